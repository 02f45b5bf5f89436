"""Points in time as people type them: `today`, `2h`, `2026-03-02`, `2026-03-02T14:00`, `14:00`."""

import argparse
import re
from datetime import UTC, date, datetime, time, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
EXAMPLES = "today, yesterday, 30m, 2h, 7d, 14:00, 2026-03-02, 2026-03-02T14:00"


def point_in_time(written: str, now: datetime | None = None) -> datetime:
    """The moment meant, aware; without an offset it is this computer's local time.

    A day is its midnight, `2h` is two hours ago, a time alone is today's. Raises
    argparse.ArgumentTypeError, so that it can be an argument's type.
    """
    now = (now or datetime.now(UTC)).astimezone()
    text = written.strip().lower()
    if text in ("today", "yesterday"):
        return _midnight(now.date() - timedelta(days=text == "yesterday"))
    try:
        if ago := re.fullmatch(r"(\d+)([smhdw])", text):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return _midnight(date.fromisoformat(text))
        if re.fullmatch(r"\d\d?:\d\d(:\d\d)?", text):
            clock = time.fromisoformat(text.zfill(5))
            return datetime.combine(now.date(), clock).astimezone()
        moment = datetime.fromisoformat(text.upper())
        return moment.astimezone() if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{written!r} is not a point in time; write one like {EXAMPLES}"
        ) from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()
