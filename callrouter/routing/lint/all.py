"""All that lint looks for, in the order in which it is told.

Pure: a function of the table and a date. Where a finding stands in a file is the reader's
business; here it has the path of names that leads to it.
"""

from datetime import date

from callrouter.routing.lint.callers import callers
from callrouter.routing.lint.clock_days import clock_days
from callrouter.routing.lint.cover import cover
from callrouter.routing.lint.days import calendars, holidays
from callrouter.routing.lint.finding import Finding
from callrouter.routing.lint.messages import messages
from callrouter.routing.lint.overrides import overrides
from callrouter.routing.lint.people import people
from callrouter.routing.lint.reach import Reach, reach
from callrouter.routing.lint.ringing import ringing
from callrouter.routing.lint.rows import rows
from callrouter.routing.model import RoutingTable


def lint(table: RoutingTable, today: date) -> list[Finding]:
    """Everything in the table that an admin should look at; the table works all the same.

    `today` is the date from which on the coming weeks are looked through.
    """
    found = list(people(table))
    if not table.numbers:
        message = "no number is listed anywhere, so every call is refused"
        found.append(Finding(("incoming_call_settings",), message, "list the numbers you dial"))
    found += callers(table, today)
    found += calendars(table, today)
    seen = Reach(table)
    found += reach(table, seen)
    for settings in table.settings.values():
        found += messages(settings)
        found += ringing(table, settings)
        found += rows(settings, today)
        found += cover(table, settings, today, seen)
        found += holidays(table, settings, today)
        found += overrides(settings, today)
        found += clock_days(settings, today)
    return list(dict.fromkeys(found))
