"""When it opens, in spoken Arabic: `غدًا الساعة التاسعة والنصف صباحًا`,
`يوم الاثنين الرابع من يناير الساعة التاسعة صباحًا`."""

from datetime import datetime

_HOURS = (
    "الثانية عشرة", "الواحدة", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة",
    "الثامنة", "التاسعة", "العاشرة", "الحادية عشرة",
)  # fmt: skip
_UNITS = (
    "", "إحدى", "اثنتين", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر",
)  # fmt: skip
_TENS = {2: "عشرين", 3: "ثلاثين", 4: "أربعين", 5: "خمسين"}
_ORDINALS = (
    "", "الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع",
    "العاشر",
)  # fmt: skip
_DAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر",
    "نوفمبر", "ديسمبر",
)  # fmt: skip
_MONTHS_OF_THE_LEVANT = (
    "كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول",
    "تشرين الأول", "تشرين الثاني", "كانون الأول",
)  # fmt: skip
_LEVANT = {"iq", "jo", "lb", "ps", "sy"}


def in_arabic(opens: datetime, days: int, year: bool, *, country: str = "") -> str:
    """`opens` is so many days from today; `year` is whether its year has to be said.

    `country` (`lb`, `jo`, …) decides about the names of the months.
    """
    at_midnight = opens.hour == opens.minute == 0
    if days == 1 and opens.hour == 0:
        return "الليلة عند منتصف الليل" if at_midnight else f"الليلة {_time(opens)}"
    day = _day(opens, days, year, country)
    return f"{day} بعد منتصف الليل مباشرة" if at_midnight else f"{day} {_time(opens)}"


def _day(opens: datetime, days: int, year: bool, country: str) -> str:
    if days < 2:
        return ("اليوم", "غدًا")[days]
    weekday = f"يوم {_DAYS[opens.weekday()]}"
    if days < 7:
        return weekday
    months = _MONTHS_OF_THE_LEVANT if country in _LEVANT else _MONTHS
    date = f"{weekday} {_ordinal(opens.day)} من {months[opens.month - 1]}"
    return f"{date} عام {opens.year}" if year else date


def _time(opens: datetime) -> str:
    hour, minute = opens.hour, opens.minute
    following = _HOURS[(hour + 1) % 12]
    match minute:
        case 0:
            clock = _HOURS[hour % 12]
        case 15:
            clock = f"{_HOURS[hour % 12]} والربع"
        case 20:
            clock = f"{_HOURS[hour % 12]} والثلث"
        case 30:
            clock = f"{_HOURS[hour % 12]} والنصف"
        case 40:
            clock = f"{following} إلا ثلثًا"
        case 45:
            clock = f"{following} إلا ربعًا"
        case _:
            clock = f"{_HOURS[hour % 12]} و{_minutes(minute)}"
    return f"الساعة {clock} {_part_of_day(hour)}"


def _minutes(minute: int) -> str:
    """So many minutes; the number has the gender of `دقيقة`."""
    if minute < 3:
        return ("", "دقيقة", "دقيقتين")[minute]
    if minute <= 10:
        return f"{_UNITS[minute]} دقائق"
    tens, ones = divmod(minute, 10)
    if tens == 1:
        return f"{'اثنتي' if ones == 2 else _UNITS[ones]} عشرة دقيقة"
    return f"{_UNITS[ones]} و{_TENS[tens]} دقيقة" if ones else f"{_TENS[tens]} دقيقة"


def _ordinal(day: int) -> str:
    """`الرابع`, `الحادي عشر`, `الثاني والعشرين`."""
    if day <= 10:
        return _ORDINALS[day]
    tens, ones = divmod(day, 10)
    unit = "الحادي" if ones == 1 else _ORDINALS[ones]
    if tens == 1:
        return f"{unit} عشر"
    return f"{unit} وال{_TENS[tens]}" if ones else f"ال{_TENS[tens]}"


def _part_of_day(hour: int) -> str:
    if hour == 0:
        return "بعد منتصف الليل"
    if hour < 12:
        return "صباحًا"
    if hour == 12:
        return "ظهرًا"
    return "بعد الظهر" if hour < 17 else "مساءً"
