"""Every table of ours. Only what has been imported is in the metadata: here everything is."""

from callrouter.db import call_requests, configuration_tables, live_tables, models_people
from callrouter.db.models import Base

_WITH_TABLES = (call_requests, configuration_tables, live_tables, models_people)

METADATA = Base.metadata
