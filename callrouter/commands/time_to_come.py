"""Times to come as people type them for `override`: `10:00`, `tomorrow 10:00`, `+2h`, a date.

The zone is that of the settings they are for, and the answer names it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from callrouter.commands.terminal import cut
from callrouter.commands.written_time import NotUnderstood, is_time_of_day, written_time
from callrouter.routing.schedule import local_time, wall_clock

EXAMPLES = '10:00, "tomorrow 10:00", "Monday 9:00", +2h, 90m, "2026-11-24 10:00", 2026-12-27'

_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile(r"\+?\s*((?:[0-9]{1,5}[dhms]\s*)+)")
_MINUTE = timedelta(minutes=1)
_DAY_FROM_NOW = re.compile(r"\s*(?:today|tomorrow|yesterday|now)\b", re.IGNORECASE)


class TimeToCome(NamedTuple):
    """A moment (aware, UTC), and what there is to know of it where the clocks change."""

    moment: datetime
    note: str | None = None


def time_to_come(
    written: str, option: str, timezone: str, now: datetime, begins: datetime | None = None
) -> TimeToCome:
    """The moment meant; raises NotUnderstood, which names the `option`.

    A time alone is the next one, a day alone its midnight. `begins` is from when on it counts,
    where that is not `now`: `+2h` is two hours after it, to the full minute (so that what
    is said of it is what holds), `10:00` the next ten o'clock from then.
    """
    reference = begins or now
    if span := _SPAN.fullmatch(written.strip().lower()):
        parts = re.findall(r"([0-9]+)([dhms])", span[1])
        ahead = timedelta(**{_UNITS[unit]: int(amount) for amount, unit in parts})
        end = reference + ahead
        if "s" not in span[1]:
            end += -timedelta(seconds=end.second, microseconds=end.microsecond) % _MINUTE
        return TimeToCome(end)
    start = now if _DAY_FROM_NOW.match(written) else reference
    clock = local_time(start, timezone).replace(tzinfo=None)
    try:
        meant = written_time(written)(clock)
        if is_time_of_day(written.strip()) and meant <= clock:
            meant += timedelta(days=1)
        if meant.tzinfo is not None:
            return TimeToCome(meant.astimezone(UTC))
        moment, note = wall_clock(meant, timezone)
        return TimeToCome(moment.astimezone(UTC), note)
    except (NotUnderstood, OverflowError):
        shown = cut(repr(written), 60)
        raise NotUnderstood(f"{option} {shown} is not a time; write one like {EXAMPLES}") from None
