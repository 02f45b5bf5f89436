"""What alembic runs for every step, with the connection that `callrouter.db.schema` gives it."""

from alembic import context

from callrouter.db import configuration_tables, live_tables

# Only what has been imported is in the metadata.
_WITH_TABLES = (configuration_tables, live_tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=configuration_tables.general.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
