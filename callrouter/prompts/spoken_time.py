"""When it opens again, in the natural words of a language, to stand in a sentence.

`We open again {reopens_at}.` becomes `We open again on Monday at nine.` English, Arabic and
Serbian are our own; all others are said the way the Unicode CLDR writes a weekday, date and time.
"""

import re
from datetime import datetime, timedelta

from callrouter.prompts.spoken_arabic import in_arabic
from callrouter.prompts.spoken_english import in_english
from callrouter.prompts.spoken_serbian import in_serbian

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_FAR_DAYS = 180
_MINUTE = timedelta(minutes=1)


def spoken_opening(opens: datetime, now: datetime, language: str, sentence: str = "") -> str:
    """The words for `opens` as said at `now`, both as the same clock shows them.

    `language` is a code such as `sr-latn`; a `sentence` in Cyrillic gets words in Cyrillic.
    """
    if opens.second or opens.microsecond:
        opens = opens.replace(second=0, microsecond=0) + _MINUTE
    days = (opens.date() - now.date()).days
    year = opens.year != now.year and days > _FAR_DAYS
    family, *rest = language.lower().replace("_", "-").split("-")
    match family:
        case "en":
            return in_english(opens, days, year)
        case "ar":
            return in_arabic(opens, days, year, country=rest[-1] if rest else "")
        case "sr":
            cyrillic = "cyrl" in rest or _CYRILLIC.search(sentence) is not None
            return in_serbian(opens, days, year, cyrillic=cyrillic)
        case _:
            return _in_other(opens, family, rest) or in_english(opens, days, year)


def _in_other(opens: datetime, family: str, rest: list[str]) -> str | None:
    """By the CLDR; None where it does not know the language."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date, format_skeleton, format_time

    for parts in ([family, *rest], [family]):
        try:
            locale = Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            continue
        weekday = format_date(opens.date(), "EEEE", locale=locale)
        try:
            day = format_skeleton("MMMMd", opens, locale=locale)
        except KeyError:
            day = format_date(opens.date(), "d MMMM", locale=locale)
        return f"{weekday}, {day} {format_time(opens.time(), 'HH:mm', locale=locale)}"
    return None
