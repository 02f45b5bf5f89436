"""What there is to choose from in a form: zones, languages, countries, words of the configuration.

The holidays library is slow to load: it is asked on the workbench only.
"""

import zoneinfo
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError

from callrouter.config.known_holidays import country_holidays
from callrouter.config.values import PhonesRing
from callrouter.routing.hours import WEEKDAYS, format_time
from callrouter.routing.model import CallRouting, FeatureCode, Greet, Order, OverrideKind, Ringback


def choices(languages: list[str]) -> dict[str, Any]:
    """Everything but regions, which come with a country's holidays."""
    from holidays.registry import COUNTRIES

    zones = sorted(
        zone
        for zone in zoneinfo.available_timezones()
        if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/", "SystemV/"))
    )
    countries = {codes[1]: codes[0] for codes in COUNTRIES.values() if len(codes[1]) == 2}
    return {
        "timezones": ["UTC", *zones],
        "languages": [{"code": code, "name": _language(code)} for code in languages],
        "countries": [
            {"code": code, "name": _country(code)} for code in sorted(countries, key=_country)
        ],
        "days": [day.value for day in WEEKDAYS],
        "call_routing": [each.value for each in CallRouting],
        "orders": [each.value for each in Order],
        "greet": [each.value for each in Greet],
        "ringback": [each.value for each in Ringback],
        "phones_ring": [each.value for each in PhonesRing],
        "override_kinds": [each.value for each in OverrideKind],
        "feature_codes": [each.value for each in FeatureCode],
    }


def country_days(country: str, region: str | None, year: int, language: str) -> dict[str, Any]:
    """A country's or region's holidays of one year, and its regions. Raises Fault."""
    found = country_holidays(country, region, range(year, year + 1), language)
    import holidays

    plain = holidays.country_holidays(country.upper()) if len(country) == 2 else None
    aliases = {} if plain is None else plain.get_subdivision_aliases()
    return {
        "country": country,
        "region": region,
        "year": year,
        "days": [
            {
                "date": each.day.isoformat(),
                "weekday": WEEKDAYS[each.day.weekday()].value,
                "name": each.names[0],
                "names": list(each.names),
                "from": format_time(each.from_time),
                "to": format_time(each.to_time),
            }
            for each in found.found
            if each.day >= date(year, 1, 1)
        ],
        "regions": []
        if plain is None
        else [
            {"code": code, "name": next(iter(aliases.get(code, ())), code)}
            for code in sorted(plain.subdivisions)
        ],
    }


def _language(code: str) -> str:
    try:
        return Locale.parse(code, sep="-").get_display_name("en") or code
    except (UnknownLocaleError, ValueError):
        return code


def _country(code: str) -> str:
    return str(Locale("en").territories.get(code, code))
