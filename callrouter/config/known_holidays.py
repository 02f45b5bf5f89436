"""Holidays that others know: those of a country, by the `holidays` library.

The library is imported here, and only in the processes that compile a configuration.
"""

import functools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from callrouter.config.problems import Fault, did_you_mean, quoted
from callrouter.routing.hours import DAY_SECONDS

_ENGLISH = "en_US"
_LABEL = re.compile(r" \((?:observed|estimated|observed, estimated)\)$")
_OWN_LABEL = re.compile(r" ?[(（][^()（）]*[)）]$")


@dataclass(frozen=True, slots=True)
class KnownHoliday:
    """A day, or a part of it, that somebody calls a holiday, in one or several languages.

    The first of `names` is the one to show.
    """

    day: date
    names: tuple[str, ...]
    from_time: int = 0
    to_time: int = DAY_SECONDS


@dataclass(frozen=True, slots=True)
class CountryHolidays:
    """Those of the years that the library knows for this country."""

    found: tuple[KnownHoliday, ...]
    years: range


def country_holidays(country: str, region: str | None, years: range, language: str) -> Any:
    """The public holidays of a country or one of its regions, named in `language` if possible.

    Raises Fault, whose message is about the country or the region.
    """
    return _country_holidays(_country(country), region, years, language)


@functools.lru_cache(maxsize=64)
def _country_holidays(
    code: str, region: str | None, years: range, language: str
) -> CountryHolidays:
    import holidays

    plain = holidays.country_holidays(code)
    subdivision = None if region is None else _region(plain, region)
    known = range(max(years.start, plain.start_year), min(years.stop, plain.end_year + 1))

    def named(language: str | None) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return holidays.country_holidays(
                code, subdiv=subdivision, years=known, language=language
            )

    spoken = _languages(plain, language)
    by_language = [named(each) for each in spoken]
    english = spoken.index(_ENGLISH) if _ENGLISH in spoken else 0
    found = tuple(
        KnownHoliday(day, _with_base_names(names, names[english]))
        for day in sorted(by_language[0])
        for names in zip(*(each.get_list(day) for each in by_language), strict=False)
    )
    return CountryHolidays(found, known)


def _languages(plain: Any, wanted: str) -> tuple[str, ...]:
    """The library's names of the languages: the one wanted first, then English, then its own."""
    supported = tuple(plain.supported_languages) or (plain.default_language,)
    fitting = [
        each
        for each in supported
        if each and each.lower().replace("_", "-").split("-")[0] == wanted.split("-")[0]
    ]
    english = [_ENGLISH] if _ENGLISH in supported else []
    chosen = [*fitting[:1], *english, plain.default_language]
    return tuple(dict.fromkeys(each for each in chosen if each)) or (_ENGLISH,)


def _with_base_names(names: tuple[str, ...], english: str) -> tuple[str, ...]:
    """Also without `(observed)` and `(estimated)`, in all languages."""
    if not _LABEL.search(english):
        return tuple(dict.fromkeys(names))
    bare = tuple(_OWN_LABEL.sub("", name) for name in names)
    return tuple(dict.fromkeys((*names, *bare)))


@functools.cache
def _countries() -> dict[str, str]:
    """Every way to name a country, folded → its code."""
    from holidays.registry import COUNTRIES

    named: dict[str, str] = {}
    for module, (_, code, *others) in COUNTRIES.items():
        for name in (code, module.replace("_", " "), *others):
            named.setdefault(name.lower(), code)
    return named


def _country(written: str) -> str:
    known = _countries()
    code = known.get(" ".join(written.lower().replace("_", " ").split()))
    if code is None:
        places = [name.title() for name in known if len(name) > 3]
        remedy = did_you_mean(written, places) or "write its code, such as RS, AE or DE"
        raise Fault(f"no holidays are known of the country {quoted(written)}", remedy)
    return code


def _region(plain: Any, written: str) -> str:
    aliases: dict[str, str] = {}
    for code in plain.subdivisions:
        aliases[code.lower()] = code
    for code, names in plain.get_subdivision_aliases().items():
        aliases.update({name.lower(): code for name in names})
    code = aliases.get(written.lower()) or aliases.get(
        written.lower().removeprefix(f"{plain.country.lower()}-")
    )
    if code is None:
        names = plain.get_subdivision_aliases()
        known = ", ".join(
            f"{code} ({names[code][0]})" if names.get(code) else code
            for code in sorted(plain.subdivisions)
        )
        known = known or "none; remove the field"
        remedy = did_you_mean(written, aliases) or f"known are {known}"
        raise Fault(f"{plain.country} has no region {quoted(written)}", remedy)
    return code


def folded_names(known: KnownHoliday) -> Iterator[str]:
    """Its names as they are compared."""
    return (folded_name(name) for name in known.names)


def folded_name(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())
