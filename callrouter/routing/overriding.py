"""Overrides that people set while the router runs: what may be set, and what it is put into.

Pure. Commands, phones and an API ask the same questions here.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import assert_never

from callrouter.routing.model import (
    IncomingCallSettings,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    Target,
    TargetKind,
)
from callrouter.routing.schedule import local_time
from callrouter.routing.sendable import check_known, checked_target
from callrouter.routing.status import ChangeRefused

LONGEST_MESSAGE = 1000
_LONGEST_REMARK = 200
_REOPENS = re.compile(r"\{ *reopens_at *\}")
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def checked(table: RoutingTable, override: Override, now: datetime) -> Override:
    """The override as it is to be stored: outside numbers in their normal form, from now on.

    Raises ChangeRefused where it cannot be meant: names nobody has, a time that is over, a number
    that may not be dialled, nobody who would be rung.
    """
    for name in override.settings:
        check_known("settings", name, table.settings)
    begins = override.from_at or now
    until = override.until_at
    if begins < _FIRST or (until is not None and until >= _LAST):
        raise ChangeRefused(
            f"a time is not between {_FIRST.year} and {_LAST.year}; without an end it holds until"
            " somebody ends it"
        )
    if until is not None and until <= now:
        raise ChangeRefused(f"it would be over already: {_at(until, table.timezone)} has passed")
    if until is not None and until <= begins:
        raise ChangeRefused(
            f"it would end ({_at(until, table.timezone)}) before it begins"
            f" ({_at(begins, table.timezone)})"
        )
    targets = tuple(_checked_target(table, override, target) for target in override.targets)
    _check_kind(table, override)
    _check_words(override)
    return replace(override, from_at=begins, targets=targets, live=True)


def settings_of(table: RoutingTable, override: Override) -> tuple[IncomingCallSettings, ...]:
    """Those it is for, in the configuration's order."""
    return tuple(
        each
        for each in table.settings.values()
        if not override.settings or each.name in override.settings
    )


def with_overrides(
    table: RoutingTable, begun: Collection[Override], ended: Collection[str]
) -> RoutingTable:
    """The table with these overrides (the winning one first) before its own, without those ended.

    For the moment until the table is compiled with them. Who finds it closed by them hears a
    message that is rendered already and names no time: those that do were made for another time.
    """
    meant = [override for override in begun if is_meant_in(table, override)]

    def amended(settings: IncomingCallSettings) -> IncomingCallSettings:
        known = {override.id for override in settings.overrides}
        new = [
            replace(override, message=_without_a_time(settings))
            for override in meant
            if override.id not in known
            and (not override.settings or settings.name in override.settings)
        ]
        overrides = tuple(o for o in (*new, *settings.overrides) if o.id not in ended)
        same = overrides == settings.overrides
        return settings if same else replace(settings, overrides=overrides)

    return replace(table, settings=Amended(table.settings, amended))


class Amended(Mapping[str, IncomingCallSettings]):
    """Settings that are amended when somebody asks for them: of thousands a call needs a few."""

    def __init__(
        self,
        settings: Mapping[str, IncomingCallSettings],
        amend: Callable[[IncomingCallSettings], IncomingCallSettings],
    ) -> None:
        self._settings = settings
        self._amend = amend
        self._amended: dict[str, IncomingCallSettings] = {}

    def __getitem__(self, name: str) -> IncomingCallSettings:
        if name not in self._amended:
            self._amended[name] = self._amend(self._settings[name])
        return self._amended[name]

    def __contains__(self, name: object) -> bool:
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)


def is_meant_in(table: RoutingTable, override: Override) -> bool:
    """Whether all that it rings is still there: what it was set for may be gone since."""
    known: dict[TargetKind, Collection[str]] = {
        TargetKind.AGENT: table.agents,
        TargetKind.AGENT_GROUP: table.agent_groups,
        TargetKind.SETTINGS: table.settings,
    }
    return all(
        table.outside is not None and table.outside.allows(target.name)
        if target.kind is TargetKind.OUTSIDE_NUMBER
        else target.name in known[target.kind]
        for target in override.targets
    )


def _without_a_time(settings: IncomingCallSettings) -> Prompt | None:
    usual = settings.closed_message
    says_when = usual is None or (usual.text is not None and "{" in usual.text)
    return settings.agent_unavailable_message if says_when else usual


def _checked_target(table: RoutingTable, override: Override, target: Target) -> Target:
    known = checked_target(table, target)
    itself = not override.settings or target.name in override.settings
    if target.kind is TargetKind.SETTINGS and itself:
        raise ChangeRefused(
            f"{target.name} would be sent to itself: name the settings it is for,"
            f" and not {target.name}"
        )
    return known


def _check_kind(table: RoutingTable, override: Override) -> None:
    match override.kind:
        case OverrideKind.CLOSED:
            if override.targets:
                raise ChangeRefused("who is closed rings nobody: leave the group away")
        case OverrideKind.OPEN:
            if any(target.kind is not TargetKind.AGENT_GROUP for target in override.targets):
                raise ChangeRefused("open with a group; for anything else use send_to")
            for settings in settings_of(table, override):
                if not override.targets and not settings.call_handling_schedule:
                    raise ChangeRefused(
                        f"{settings.name} has no schedule to take a group from: name a group"
                    )
        case OverrideKind.SEND_TO:
            if not override.targets:
                raise ChangeRefused(
                    "say where to: a group, an agent, settings or an outside number"
                )
        case _:
            assert_never(override.kind)


def _check_words(override: Override) -> None:
    for name, text in ("author", override.author), ("reason", override.reason):
        if len(text) > _LONGEST_REMARK or not text.isprintable():
            raise ChangeRefused(
                f"the {name} must be one line of at most {_LONGEST_REMARK} characters"
            )
    if override.message is None:
        return
    if override.kind is not OverrideKind.CLOSED:
        raise ChangeRefused("a message is said only when it is closed")
    text = override.message.text or ""
    if not text.strip() or len(text) > LONGEST_MESSAGE:
        raise ChangeRefused(f"the message must have 1 to {LONGEST_MESSAGE} characters")
    if (odd := _CONTROL.search(text)) is not None:
        raise ChangeRefused(f"the message has the control character U+{ord(odd[0]):04X} in it")
    if set("{}") & set(_REOPENS.sub("", text)):
        raise ChangeRefused("in the message braces stand only around {reopens_at}")


def _at(moment: datetime, timezone: str) -> str:
    """`Tuesday 2026-11-24 10:00`."""
    return f"{local_time(moment, timezone):%A %Y-%m-%d %H:%M}"
