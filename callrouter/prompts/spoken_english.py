"""When it opens, in spoken English: `on Monday at nine`, `tomorrow at half past two in the
afternoon`, `on Monday the fourth of January at nine`."""

from datetime import datetime

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty"}
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first "
    "twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth twenty-seventh "
    "twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def in_english(opens: datetime, days: int, year: bool) -> str:
    """`opens` is so many days from today; `year` is whether its year has to be said."""
    at_midnight = opens.hour == opens.minute == 0
    if days == 1 and opens.hour == 0:
        return "tonight at midnight" if at_midnight else f"tonight at {_time(opens)}"
    day = _day(opens, days, year)
    return f"{day}, right after midnight" if at_midnight else f"{day} at {_time(opens)}"


def _day(opens: datetime, days: int, year: bool) -> str:
    if days < 2:
        return ("today", "tomorrow")[days]
    weekday = f"on {_DAYS[opens.weekday()]}"
    if days < 7:
        return weekday
    date = f"{weekday} the {_ORDINALS[opens.day - 1]} of {_MONTHS[opens.month - 1]}"
    return f"{date} {opens.year}" if year else date


def _time(opens: datetime) -> str:
    hour, minute = opens.hour, opens.minute
    if (hour, minute) == (12, 0):
        return "noon"
    if hour == 23 and minute == 45:
        return "a quarter to midnight"
    return f"{_clock(hour, minute)}{_part_of_day(hour)}"


def _clock(hour: int, minute: int) -> str:
    match minute:
        case 0:
            return _hour(hour)
        case 15:
            return f"a quarter past {_hour(hour)}"
        case 30:
            return f"half past {_hour(hour)}"
        case 45:
            return f"a quarter to {_hour(hour + 1)}"
    if hour == 0:
        return f"{_number(minute)} minute{'' if minute == 1 else 's'} past midnight"
    return f"{_hour(hour)} {'oh ' if minute < 10 else ''}{_number(minute)}"


def _hour(hour: int) -> str:
    if hour in (0, 24):
        return "midnight"
    return _ONES[(hour - 1) % 12 + 1]


def _number(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _part_of_day(hour: int) -> str:
    """What tells nine in the evening from nine; business hours of the morning go without."""
    if hour == 0 or 8 <= hour <= 12:
        return ""
    if hour < 8:
        return " in the morning"
    if hour < 18:
        return " in the afternoon"
    return " in the evening" if hour < 22 else " at night"
