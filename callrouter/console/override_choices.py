"""What can be chosen for an override: usual ends, settings, groups; and those of the configuration.

Pure.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from callrouter.routing.clocks import midnight, moments_of
from callrouter.routing.model import IncomingCallSettings, Override, RoutingTable
from callrouter.routing.opening import is_open, opens_next
from callrouter.routing.schedule import local_time

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MOST_ASKED = 50
"""Of so many settings it is asked when they open; more are answered by the first of them."""


class UsualEnd(StrEnum):
    """An end that people choose."""

    HALF_HOUR = "half_hour"
    HOUR = "hour"
    END_OF_TODAY = "end_of_today"
    NEXT_OPENING = "next_opening"


def zone_of(table: RoutingTable, settings: Collection[str]) -> str:
    """The zone these settings (none: all) share, or else the company's."""
    zones = {each.timezone for each in _named(table, settings)}
    return zones.pop() if len(zones) == 1 else table.timezone


def usual_ends(
    table: RoutingTable, settings: Collection[str], now: datetime
) -> Iterator[tuple[UsualEnd, datetime]]:
    """The ends people choose, in their order; only those that are to come.

    `next_opening` is the first moment from tomorrow on at which one of them opens, whatever
    overrides there are now.
    """
    yield UsualEnd.HALF_HOUR, _full_minute(now + timedelta(minutes=30))
    yield UsualEnd.HOUR, _full_minute(now + timedelta(hours=1))
    zone = zone_of(table, settings)
    tomorrow = midnight(local_time(now, zone).date() + _DAY)
    end_of_today = moments_of(tomorrow, zone)[0]
    yield UsualEnd.END_OF_TODAY, end_of_today
    openings = (
        opens_next(table, _without_live(each), end_of_today)
        for each in _named(table, settings)[:_MOST_ASKED]
    )
    after_a_night = [opens for opens in openings if opens is not None and opens > end_of_today]
    if after_a_night:
        yield UsualEnd.NEXT_OPENING, min(after_a_night)


def settings_open(
    table: RoutingTable, live: Collection[Override], now: datetime
) -> Iterator[tuple[IncomingCallSettings, bool]]:
    """All settings, and whether they are open with the overrides that people have set."""
    for settings in table.settings.values():
        others = tuple(each for each in live if not each.settings or settings.name in each.settings)
        with_them = _without_live(settings)
        with_them = replace(with_them, overrides=(*others, *with_them.overrides))
        yield settings, is_open(table, with_them, now)


def configured_overrides(table: RoutingTable, now: datetime) -> list[Override]:
    """Those of the configuration that are in force or to come, each once."""
    found = {
        override.id: override
        for settings in table.settings.values()
        for override in settings.overrides
        if not override.live and (override.until_at is None or override.until_at > now)
    }
    return list(found.values())


def _named(table: RoutingTable, names: Collection[str]) -> list[IncomingCallSettings]:
    return [each for each in table.settings.values() if not names or each.name in names]


def _without_live(settings: IncomingCallSettings) -> IncomingCallSettings:
    own = tuple(each for each in settings.overrides if not each.live)
    return settings if own == settings.overrides else replace(settings, overrides=own)


def _full_minute(moment: datetime) -> datetime:
    """What is said of it is what holds."""
    return moment + -timedelta(seconds=moment.second, microseconds=moment.microsecond) % _MINUTE
