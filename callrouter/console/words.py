"""What the pages say, in the reader's language, and how times and numbers are written there.

The words themselves are gettext catalogues in `locale/`: one folder a language, one file an area,
all files of a folder joined. English is what stands in the templates.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "ar": "العربية", "sr": "Srpski"})
"""Each by the name it has for those who speak it."""

_LOCALES = {"en": "en_GB", "ar": "ar", "sr": "sr_Latn"}
_TAGS = {"en": "en", "ar": "ar", "sr": "sr-Latn"}
_FOLDER = Path(__file__).parent / "locale"
_A_MINUTE, _AN_HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `gettext` and `ngettext` translate, the others write values.

    `tag` is the language's tag for HTML, `direction` is `ltr` or `rtl`.
    """

    language: str
    translations: NullTranslations

    @property
    def tag(self) -> str:
        return _TAGS[self.language]

    @property
    def direction(self) -> str:
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    @property
    def locale(self) -> Locale:
        return _locale(self.language)

    def gettext(self, message: str) -> str:
        return str(self.translations.gettext(message))

    def ngettext(self, one: str, several: str, count: int) -> str:
        return str(self.translations.ngettext(one, several, count))

    def date_of(self, at: datetime | date, zone: str, style: str = "medium") -> str:
        """`21 Nov 2026`; `style` is short, medium, long or full."""
        return format_date(_there(at, zone), style, locale=self.locale)

    def day_of(self, at: datetime | date, zone: str) -> str:
        """`Sat 21 Nov`."""
        return format_skeleton("MMMEd", _there(at, zone), locale=self.locale)

    def time_of(self, at: datetime, zone: str, *, seconds: bool = False) -> str:
        """`09:05` or `09:05:07`, of 24 hours."""
        there = at.astimezone(ZoneInfo(zone))
        return format_time(there, "HH:mm:ss" if seconds else "HH:mm", locale=self.locale)

    def duration(self, seconds: float | None) -> str:
        """`0:07`, `12:30`, `1:02:03`; a dash where it is not known."""
        if seconds is None:
            return "–"
        whole = round(seconds)
        hours, rest = divmod(whole, _AN_HOUR)
        minutes, left = divmod(rest, _A_MINUTE)
        return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        """`0.82` → `82%`."""
        return format_percent(share, locale=self.locale)

    def week_days(self) -> list[tuple[int, str, str]]:
        """Monday is 0: each with its name and its short one, as the week begins there."""
        names, short = (
            self.locale.days["stand-alone"]["wide"],
            self.locale.days["format"]["abbreviated"],
        )
        first = self.locale.first_week_day
        order = [(first + day) % 7 for day in range(7)]
        return [(day, names[day], short[day]) for day in order]


@cache
def words_of(language: str) -> Words:
    """The words of one of LANGUAGES."""
    catalog = joined(language)
    if catalog is None:
        return Words(language, NullTranslations())
    written = BytesIO()
    write_mo(written, catalog)
    written.seek(0)
    return Words(language, Translations(written))


@cache
def words_for_scripts(language: str) -> tuple[str, str]:
    """What the pages' scripts say, as JSON, and a mark that changes with it.

    Each message has a list of its forms; `plural` is the rule as JavaScript understands it.
    """
    catalog = joined(language)
    entries = {}
    for message in catalog or ():
        if message.id and message.string:
            first = message.id if isinstance(message.id, str) else message.id[0]
            forms = message.string
            entries[first] = [forms] if isinstance(forms, str) else list(forms)
    plural = catalog.plural_expr if catalog is not None else "(n != 1)"
    text = json.dumps({"plural": plural, "words": entries}, ensure_ascii=False)
    return text, hashlib.sha256(text.encode()).hexdigest()[:12]


def joined(language: str) -> Catalog | None:
    """All catalogues of a language as one; None for English."""
    files = sorted((_FOLDER / language).glob("*.po"))
    if not files:
        return None
    whole = Catalog(locale=_LOCALES[language], charset="utf-8")
    for path in files:
        with path.open("rb") as file:
            for message in read_po(file, locale=_LOCALES[language]):
                if message.id:
                    whole[message.id] = message
    return whole


def best_language(accepted: str) -> str:
    """The first of LANGUAGES that an `Accept-Language` header names, else English."""
    ranked = []
    for place, part in enumerate(accepted[:1000].split(",")):
        tag, _, rest = part.strip().partition(";")
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        ranked.append((-quality, place, tag.split("-")[0].lower()))
    # What Bosnians, Croats and Montenegrins ask for is nearest to our Serbian.
    near = {"bs": "sr", "hr": "sr", "sh": "sr", "cnr": "sr"}
    for _, _, tag in sorted(ranked):
        language = near.get(tag, tag)
        if language in LANGUAGES:
            return language
    return "en"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


def _there(at: datetime | date, zone: str) -> datetime | date:
    return at.astimezone(ZoneInfo(zone)) if isinstance(at, datetime) else at
