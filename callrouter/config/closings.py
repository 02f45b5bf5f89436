"""When it opens again, in words, for the coming hours: what `{reopens_at}` says, and until when.

The law: nothing is left to the call. Each stretch of time in which the words stay the same (they
change at midnight, at each opening, and where a holiday or an override begins or ends) has its
message, which is rendered like any other.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from callrouter.prompts.spoken_time import spoken_opening
from callrouter.prompts.templates import filled, is_template
from callrouter.prompts.walk import prompts_in
from callrouter.routing.clocks import DAY, midnight, moments_of
from callrouter.routing.duty import can_ring, on_duty
from callrouter.routing.edges import edges
from callrouter.routing.model import Closing, IncomingCallSettings, Prompt, RoutingTable
from callrouter.routing.opening import opens_next
from callrouter.routing.overriding import Amended
from callrouter.routing.schedule import Clock, local_time

AHEAD = timedelta(hours=36)
RENEWED_BEFORE = timedelta(hours=12)
"""So long before the words run out they are made anew."""


@dataclass(frozen=True, slots=True)
class Coming:
    """The table with the closings of the coming hours, and when to make them anew, if ever."""

    table: RoutingTable
    stale_at: datetime | None


def with_closings(table: RoutingTable, now: datetime, ahead: timedelta = AHEAD) -> Coming:
    """The closings of all settings in `[now, now + ahead)`; `now` is aware."""
    end = now + ahead
    known: dict[Hashable, tuple[Closing, ...]] = {}

    def closings(each: IncomingCallSettings) -> tuple[Closing, ...]:
        alike = _what_counts(table, each, without_members)
        if alike not in known:
            known[alike] = closings_of(table, each, now, end)
        return known[alike]

    without_members = {name for name, group in table.agent_groups.items() if not group.members}
    with_templates = {
        name
        for name, calendar in table.calendars.items()
        if any(map(is_template, prompts_in(calendar)))
    }
    settings = {
        name: replace(each, closings=closings(each))
        if any(map(is_template, _own_messages(each))) or with_templates.intersection(each.holidays)
        else each
        for name, each in table.settings.items()
    }
    if all(settings[name] is each for name, each in table.settings.items()):
        return Coming(table, None)
    return Coming(replace(table, settings=settings), max(now, end - RENEWED_BEFORE))


def with_closings_asked(table: RoutingTable, now: datetime, ahead: timedelta) -> RoutingTable:
    """The same for settings that are asked for, when they are: a call needs one or two of them."""

    def amended(each: IncomingCallSettings) -> IncomingCallSettings:
        return replace(each, closings=closings_of(table, each, now, now + ahead))

    return replace(table, settings=Amended(table.settings, amended))


def closings_of(
    table: RoutingTable, settings: IncomingCallSettings, start: datetime, end: datetime
) -> tuple[Closing, ...]:
    """What the messages with `{reopens_at}` say in `[start, end)`, where it is closed.

    None where it never opens again, or where a message without it is said.
    """
    found: list[Closing] = []
    for closing in _stretches(table, settings, start, end):
        before = found[-1] if found else None
        if before and before.until_at == closing.from_at and before.prompt == closing.prompt:
            found[-1] = replace(before, until_at=closing.until_at)
        else:
            found.append(closing)
    return tuple(found)


def _stretches(
    table: RoutingTable, settings: IncomingCallSettings, start: datetime, end: datetime
) -> Iterator[Closing]:
    changes = {*edges(table, settings, start, end), *_midnights(settings.timezone, start, end)}
    opens: datetime | None = start
    for begin, until in pairwise([start, *sorted(changes - {start, end}), end]):
        duty = on_duty(table, settings, Clock(begin))
        message = duty.message or settings.closed_message
        if duty.targets or message is None or not is_template(message):
            continue
        if opens is not None and opens <= begin:
            opens = opens_next(table, settings, begin)
        if opens is not None:
            yield Closing(begin, until, _said(message, opens, begin, settings.timezone))


def _midnights(timezone: str, start: datetime, end: datetime) -> Iterator[datetime]:
    day, last = local_time(start, timezone).date(), local_time(end, timezone).date()
    while day <= last:
        for moment in moments_of(midnight(day), timezone):
            if start < moment < end:
                yield moment
        day += DAY


def _said(message: Prompt, opens: datetime, now: datetime, timezone: str) -> Prompt:
    language, text = message.language or "en", message.text or ""
    clock_then, clock_now = local_time(opens, timezone), local_time(now, timezone)
    return filled(message, spoken_opening(clock_then, clock_now, language, text))


def _what_counts(
    table: RoutingTable, settings: IncomingCallSettings, without_members: set[str]
) -> Hashable:
    """All that closings follow from: settings for which it is the same have the same closings.

    Not who is on duty, only whether somebody is, and whether anybody of them can be rung.
    """
    return (
        settings.timezone,
        settings.closed_message,
        settings.holidays,
        tuple(
            (row.hours, not row.agent_groups, not without_members.issuperset(row.agent_groups))
            for row in settings.call_handling_schedule
        ),
        tuple(
            (
                *(override.kind, override.from_at, override.until_at, override.message),
                *(not override.targets, can_ring(table, override.targets)),
            )
            for override in settings.overrides
        ),
    )


def _own_messages(settings: IncomingCallSettings) -> Iterator[Prompt]:
    """Those said when it is closed, but for the holidays'."""
    if settings.closed_message is not None:
        yield settings.closed_message
    for override in settings.overrides:
        yield from prompts_in(override)
