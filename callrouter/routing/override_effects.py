"""What an override does to each of its settings: from when until when, and what holds then.

Pure. People read it in words before they set one, and programs as values.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from callrouter.routing.decide import Because, Closed, decide_by
from callrouter.routing.model import (
    IncomingCallSettings,
    Override,
    OverrideKind,
    RoutingTable,
)
from callrouter.routing.opening import opens_next
from callrouter.routing.overriding import settings_of
from callrouter.routing.schedule import local_time


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What holds when the override has ended by itself: `opens_at` is None where it is open then,
    or where it does not open any more."""

    is_open: bool
    because: Because
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an override does to one of its settings; `then` is None where somebody must end it.

    `begins_at` is None where it holds already.
    """

    settings: IncomingCallSettings
    override: Override
    begins_at: datetime | None
    then: Afterwards | None

    def __str__(self) -> str:
        what = f"{self.settings.name}: {_what(self.override)}"
        return f"{what}{_when(self)}{_then(self)}."


def effects(
    table: RoutingTable, override: Override, live: Collection[Override], now: datetime
) -> Iterator[Effect]:
    """What it does, for each of its settings.

    `live` are the other overrides that people have set, the winning one first: they count for
    what comes after this one.
    """
    begins = override.from_at if override.from_at and override.from_at > now else None
    for settings in settings_of(table, override):
        others = tuple(
            each
            for each in live
            if each.id != override.id and (not each.settings or settings.name in each.settings)
        )
        without = replace(settings, overrides=(*others, *_configured(settings)))
        yield Effect(settings, override, begins, _afterwards(table, without, override.until_at))


def in_words(
    table: RoutingTable, override: Override, live: Collection[Override], now: datetime
) -> Iterator[str]:
    """The same, a sentence for each of its settings."""
    return map(str, effects(table, override, live, now))


def _configured(settings: IncomingCallSettings) -> tuple[Override, ...]:
    return tuple(each for each in settings.overrides if not each.live)


def _afterwards(
    table: RoutingTable, settings: IncomingCallSettings, until: datetime | None
) -> Afterwards | None:
    if until is None:
        return None
    decision = decide_by(table, settings, until)
    if not isinstance(decision, Closed):
        return Afterwards(True, decision.because)
    return Afterwards(False, decision.because, opens_next(table, settings, until))


def _what(override: Override) -> str:
    to = " and then ".join(map(str, override.targets))
    match override.kind:
        case OverrideKind.CLOSED:
            return "closed"
        case OverrideKind.OPEN:
            return f"open, {to} rings" if to else "open, whoever is on duty now or next rings"
        case OverrideKind.SEND_TO:
            return f"every call goes to {to}"
        case _:
            assert_never(override.kind)


def _when(effect: Effect) -> str:
    until, timezone = effect.override.until_at, effect.settings.timezone
    since = f" from {_at(effect.begins_at, timezone)}" if effect.begins_at else ""
    if until is None:
        return f"{since} until somebody ends it"
    return f"{since} until {_at(until, timezone)} ({timezone})"


def _then(effect: Effect) -> str:
    then = effect.then
    if then is None:
        return ""
    if then.is_open:
        return f"; then open{_because(then.because)}"
    opens = then.opens_at
    reopens = f", open again {_at(opens, effect.settings.timezone)}" if opens else ""
    return f"; then closed{_because(then.because)}{reopens}"


def _because(because: Because) -> str:
    if because.override is not None:
        return " by another override"
    if because.holiday is not None:
        return f" ({because.holiday.name})"
    return f" ({because.row})" if because.row is not None else ""


def _at(moment: datetime, timezone: str) -> str:
    """`Tuesday 2026-11-24 10:00`."""
    return f"{local_time(moment, timezone):%A %Y-%m-%d %H:%M}"
