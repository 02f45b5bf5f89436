"""When it opens next, and by what: rows, holidays and overrides together.

Pure. Moments are aware datetimes in UTC unless said otherwise.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from callrouter.routing.model import ScheduleRow
from callrouter.routing.schedule import Clock, covers, wall_clock

_FARTHEST_DAYS = 400


def row_to_come(rows: Sequence[ScheduleRow], timezone: str, now: datetime) -> ScheduleRow | None:
    """The row that is on duty now or begins next, holidays aside; the first listed of several."""
    clock = Clock(now)
    best: tuple[datetime, ScheduleRow] | None = None
    for row in rows:
        zone = row.hours.timezone or timezone
        if covers(row.hours, clock.local(zone)):
            return row
        today = clock.local(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        for offset in range(_FARTHEST_DAYS):
            reading = today + timedelta(days=offset, seconds=row.hours.from_time)
            moment, _ = wall_clock(reading, zone)
            if moment >= now and covers(row.hours, moment.replace(fold=0)):
                if best is None or moment < best[0]:
                    best = (moment, row)
                break
    return None if best is None else best[1]
