"""Blocked callers and limits: entries that keep out one's own people, or do nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from callrouter.routing.admission import blocking
from callrouter.routing.lint.finding import Finding, settings_path
from callrouter.routing.model import RoutingTable


def callers(table: RoutingTable, today: date) -> Iterator[Finding]:
    """What is odd about who is let in."""
    now = datetime.combine(today, time(), UTC)
    # They have the order in which they are written: no two are alike.
    written = [each for those in table.blocked.values() for each in those if not each.live]
    for place, blocked in enumerate(written):
        if not blocked.holds(now):
            message = f"{blocked.number} is let in again since {blocked.until_at:%Y-%m-%d}"
            yield Finding(("blocked_callers", place), message, "remove the entry, or its `until`")
    for number, agent in table.extensions.items():
        found = blocking(table.blocked, table.number_plan, number, now)
        if found is not None and not found.live:
            message = f"{found.number} keeps out {number}, the number of {table.agents[agent].name}"
            yield Finding(("blocked_callers", written.index(found)), message, "block fewer numbers")
    most = table.limits.max_calls
    for settings in table.settings.values():
        if most is not None and settings.max_calls is not None and settings.max_calls > most:
            message = f"there are never more than {most} calls, so this limit does nothing"
            remedy = "raise limits.max_calls, or remove this one"
            yield Finding(settings_path(settings, "max_calls"), message, remedy)
