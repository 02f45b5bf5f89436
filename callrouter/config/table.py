"""A valid document → the routing table."""

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from callrouter.config.document import (
    AgentEntry,
    AgentGroupEntry,
    Document,
    FollowOnEntry,
    HoursEntry,
    IncomingCallSettingsEntry,
    MessageEntry,
    OverrideEntry,
    TargetEntry,
)
from callrouter.config.duplicates import default_phone
from callrouter.config.messages import prompt_of
from callrouter.config.sentences import sentences_for
from callrouter.config.values import PhonesRing
from callrouter.config.version import version_of
from callrouter.routing.admission import BlockedCaller, Limits, by_pattern
from callrouter.routing.hours import WEEKDAYS, Hours, Weekday
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    FollowOn,
    HolidayCalendar,
    IncomingCallSettings,
    OutsideLine,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
    normalize_number,
)
from callrouter.routing.numbers import NumberPlan
from callrouter.routing.schedule import wall_clock

DEFAULT_TIMEZONE = "UTC"


def build_table(
    document: Document, folder: Path, calendars: Mapping[str, HolidayCalendar]
) -> RoutingTable:
    """The table that routes calls. Files are read, from `folder`, for the version.

    Raises OSError when one of them cannot be read.
    """
    timezone = document.timezone or DEFAULT_TIMEZONE
    for_all = _overrides(
        document.overrides,
        (),
        lambda message: prompt_of(message, folder, document.language),
        timezone,
    )
    settings = {
        name: _settings(name, entry, document, for_all, folder)
        for name, entry in document.incoming_call_settings.items()
    }
    groups = {name: _group(name, entry) for name, entry in document.agent_groups.items()}
    homes = _first_settings(settings.values(), groups)
    agents = {id_: _agent(id_, entry, homes.get(id_)) for id_, entry in document.agents.items()}
    line = document.outside_line
    plan = number_plan(document)
    table = RoutingTable(
        version="",
        agents=agents,
        agent_groups=groups,
        settings=settings,
        numbers={number: each.name for each in settings.values() for number in each.numbers},
        timezone=timezone,
        language=document.language,
        extensions=_extensions(document),
        outside=None if line is None else OutsideLine(line.trunk, line.allowed),
        feature_codes=document.feature_codes.by_code(),
        pause_reasons=dict(document.pause_reasons),
        limits=_limits(document, plan, folder),
        number_plan=plan,
        blocked=by_pattern(_blocked(document, timezone), plan),
    )
    version = version_of(table, document, folder)
    return replace(
        table, version=version, calendars=dict(calendars), sentences=sentences_for(table)
    )


def number_plan(document: Document) -> NumberPlan:
    return NumberPlan(document.country_code or "", document.national_prefix)


def _limits(document: Document, plan: NumberPlan, folder: Path) -> Limits:
    entry = document.limits
    return Limits(
        max_calls=entry.max_calls,
        when_full=entry.when_full,
        full_message=prompt_of(entry.full_message, folder, document.language),
        max_lag_seconds=entry.max_lag_seconds,
        calls_per_minute=entry.calls_per_minute,
        anonymous_calls_per_minute=entry.anonymous_calls_per_minute,
        too_many_calls=entry.too_many_calls,
        never_limited=tuple(dict.fromkeys(map(plan.pattern, entry.never_limited))),
        blocked_message=prompt_of(entry.blocked_message, folder, document.language),
    )


def _blocked(document: Document, timezone: str) -> Iterable[BlockedCaller]:
    for each in document.blocked_callers:
        until = _moment(each.until_at, timezone)
        yield BlockedCaller(each.number, each.answer, each.note, until)


def _agent(id_: str, entry: AgentEntry, home: str | None) -> Agent:
    phones: tuple[str, ...] = (default_phone(entry.extension),)
    confirmed: frozenset[str] = frozenset()
    if entry.phones is not None:
        phones = tuple(each.phone for each in entry.phones)
        confirmed = frozenset(
            each.phone
            for each in entry.phones
            if (each.confirm if each.confirm is not None else "@" in each.phone)
        )
    return Agent(
        id_,
        entry.name or id_,
        entry.extension,
        phones,
        dict(entry.skills),
        confirmed,
        entry.phones_ring is PhonesRing.IN_ORDER,
        tuple(map(_hours, entry.working_hours)),
        entry.incoming_call_settings or home,
        entry.may_override,
    )


def _group(name: str, entry: AgentGroupEntry) -> AgentGroup:
    return AgentGroup(
        name,
        entry.members,
        entry.order,
        dict(entry.required_skills),
        dict(entry.preferred_skills),
        entry.wrap_up_seconds,
        entry.busy_delay_seconds,
        entry.reject_delay_seconds,
        entry.no_answer_delay_seconds,
    )


def _extensions(document: Document) -> dict[str, str]:
    """What can be dialled to reach an agent; his extension wins over another's own number."""
    found = {number: id_ for id_, entry in document.agents.items() for number in entry.numbers}
    found |= {normalize_number(entry.extension): id_ for id_, entry in document.agents.items()}
    return found


def _first_settings(
    settings: Iterable[IncomingCallSettings], groups: Mapping[str, AgentGroup]
) -> dict[str, str]:
    """Agent → the first settings that have a row with one of his groups."""
    homes: dict[str, str] = {}
    seen: set[str] = set()
    for each in settings:
        for row in each.call_handling_schedule:
            for group in row.agent_groups:
                if group not in seen:
                    seen.add(group)
                    for member in groups[group].members:
                        homes.setdefault(member, each.name)
    return homes


def _settings(
    name: str,
    entry: IncomingCallSettingsEntry,
    document: Document,
    for_all: tuple[Override, ...],
    folder: Path,
) -> IncomingCallSettings:
    language = entry.language or document.language
    timezone = entry.timezone or document.timezone or DEFAULT_TIMEZONE

    def prompt(message: MessageEntry | None) -> Prompt | None:
        return prompt_of(message, folder, language)

    def follow_on(entries: tuple[FollowOnEntry, ...]) -> tuple[FollowOn, ...]:
        return tuple(FollowOn(_target(each), prompt(each.message)) for each in entries)

    own = _overrides(entry.overrides, (name,), prompt, timezone)
    return IncomingCallSettings(
        name=name,
        numbers=entry.numbers,
        timezone=timezone,
        call_routing=entry.call_routing,
        call_handling_schedule=tuple(
            ScheduleRow(_hours(row), row.agent_group) for row in entry.call_handling_schedule
        ),
        greeting_message=prompt(entry.greeting_message),
        agent_busy_message=prompt(entry.agent_busy_message),
        agent_unavailable_message=prompt(entry.agent_unavailable_message),
        ring_seconds=entry.ring_seconds,
        max_ring_seconds=entry.max_ring_seconds,
        closed_message=prompt(entry.closed_message),
        holidays=entry.holidays,
        overrides=(*own, *for_all),
        follow_on=follow_on(entry.follow_on),
        follow_on_closed=follow_on(entry.follow_on_closed),
        required_skills=dict(entry.required_skills),
        preferred_skills=dict(entry.preferred_skills),
        wave_sizes=entry.wave_sizes,
        stagger_seconds=entry.stagger_seconds,
        greet=entry.greet,
        skip_greeting_minutes=entry.skip_greeting_minutes,
        ringback=entry.ringback,
        music_class=entry.music_class,
        early_media=entry.early_media,
        max_calls=entry.max_calls,
    )


def _hours(entry: HoursEntry) -> Hours:
    written = (*entry.days, *entry.day_of_week)
    said = written[0] if len(written) == 1 else frozenset().union(*written)
    return _shared_hours(
        _in_week_order(said),
        entry.from_time,
        entry.to_time,
        entry.valid_from,
        entry.valid_to,
        entry.timezone,
    )


_shared_hours = functools.lru_cache(maxsize=8192)(Hours)
"""The same few hours come in many schedules: one object each, so that they are quickly compared."""


@functools.cache
def _in_week_order(days: frozenset[Weekday]) -> tuple[Weekday, ...]:
    return tuple(day for day in WEEKDAYS if day in days)


def _overrides(
    entries: tuple[OverrideEntry, ...],
    settings: tuple[str, ...],
    prompt: Callable[[MessageEntry | None], Prompt | None],
    timezone: str,
) -> tuple[Override, ...]:
    """Those of some settings, or of all where none are named, with their places as ids."""
    owner = "".join(f"{name}." for name in settings)
    return tuple(
        Override(
            f"{owner}overrides[{index}]",
            _kind(entry),
            _moment(entry.from_at, timezone),
            _moment(entry.until_at, timezone),
            settings,
            tuple(map(_target, entry.send_to)) or _groups(entry.agent_group),
            prompt(entry.message),
            entry.author,
            entry.reason,
        )
        for index, entry in enumerate(entries)
    )


def _kind(entry: OverrideEntry) -> OverrideKind:
    if entry.send_to:
        return OverrideKind.SEND_TO
    return OverrideKind.OPEN if entry.open else OverrideKind.CLOSED


def _moment(written: datetime | None, timezone: str) -> datetime | None:
    """The moment in UTC; without an offset it is what the clock in `timezone` shows."""
    if written is None:
        return None
    aware = written if written.tzinfo is not None else wall_clock(written, timezone)[0]
    return aware.astimezone(UTC)


def _groups(names: tuple[str, ...]) -> tuple[Target, ...]:
    return tuple(Target(TargetKind.AGENT_GROUP, name) for name in names)


def _target(entry: TargetEntry) -> Target:
    named = {kind: getattr(entry, kind.value) for kind in TargetKind}
    return next(Target(kind, name) for kind, name in named.items() if name is not None)
