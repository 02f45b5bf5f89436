"""The board from what is known: who waits, who talks, who is on duty, what is wrong.

Pure: a function of its arguments, the clock among them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callrouter.console.live.calls_now import call_now, now_of
from callrouter.console.live.content import (
    AgentTile,
    AsteriskNow,
    Board,
    CallNow,
    Day,
    GroupStrip,
    Incident,
    OnDuty,
    OverrideNow,
    RouterNow,
    SettingsStrip,
    Targets,
    Totals,
    Version,
    WhoRings,
)
from callrouter.console.live.duties import DutyNow
from callrouter.console.live.incidents import incidents_of
from callrouter.db.board import DayFigures, Figures, LiveCall
from callrouter.db.presence import RouterSeen
from callrouter.routing.duty import Duty, members_of
from callrouter.routing.model import Override, RoutingTable, Target, TargetKind
from callrouter.routing.presence import (
    ALWAYS,
    THERE,
    AgentActivity,
    Doing,
    PhoneUse,
    Presence,
    Shift,
    doing,
)
from callrouter.routing.schedule import local_time
from callrouter.routing.status import AgentStatus

NOBODY_SAID = AgentStatus()
UNKNOWN = Presence()
_LATE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Known:
    """All that was read: `presences` by router, then by agent; `duties` by settings.

    `table` has the live `overrides` in it.
    """

    table: RoutingTable
    targets: Targets
    database: bool = True
    routers: Sequence[RouterSeen] = ()
    presences: Mapping[str, Mapping[str, Presence]] = field(default_factory=dict)
    statuses: Mapping[str, AgentStatus] = field(default_factory=dict)
    shifts: Mapping[str, Shift] = field(default_factory=dict)
    duties: Mapping[str, DutyNow] = field(default_factory=dict)
    calls: Sequence[LiveCall] = ()
    figures: DayFigures = field(default_factory=DayFigures)
    version: Version | None = None


def board(known: Known, now: datetime) -> Board:
    """What is on the board at `now` (aware)."""
    table = known.table
    does = _doing_all(known, now)
    calls = {str(call.id): call_now(call) for call in known.calls}
    counts = Counter(each.activity for each in does.values())
    groups_of = _groups_of(table)
    agents = {each: _agent(known, each, own, groups_of.get(each, [])) for each, own in does.items()}
    by_settings, by_group = (
        _grouped(calls.values(), "settings"),
        _grouped(calls.values(), "agent_group"),
    )
    return Board(
        at=now,
        timezone=table.timezone,
        day=local_time(now, table.timezone).date(),
        database=known.database,
        targets=known.targets,
        totals=Totals(
            now=now_of(calls.values()),
            today=_day(known.figures.total),
            agents={activity: counts[activity] for activity in AgentActivity},
        ),
        settings={name: _settings(known, name, by_settings[name]) for name in table.settings},
        groups=_groups(known, does, by_group),
        agents=agents,
        calls=calls,
        overrides=dict(_overrides(table, now)),
        routers={each.router: router_now(each) for each in known.routers},
        incidents=_incidents(known, does),
        configuration=known.version,
    )


def wrong_now(known: Known, now: datetime) -> list[Incident]:
    """What somebody should look at, without the rest of the board."""
    return _incidents(known, _doing_all(known, now))


def _incidents(known: Known, does: Mapping[str, Doing]) -> list[Incident]:
    return incidents_of(
        known.routers,
        database=known.database,
        table=known.table,
        duties=known.duties,
        does=does,
    )


def _day(figures: Figures) -> Day:
    offered = figures.offered
    return Day(
        offered=offered,
        answered=figures.answered,
        in_time=figures.in_time,
        abandoned=figures.abandoned,
        service_level=round(figures.in_time / offered, 4) if offered else None,
        abandoned_share=round(figures.abandoned / offered, 4) if offered else None,
    )


def _doing_all(known: Known, now: datetime) -> dict[str, Doing]:
    """Of each agent, by the routers that are heard; by all where none is."""
    heard = [each.router for each in known.routers if each.heard] or list(known.presences)
    tellers = [known.presences[router] for router in heard if router in known.presences]
    return {
        agent: doing(
            max((each[agent] for each in tellers if agent in each), key=_tells, default=UNKNOWN),
            known.statuses.get(agent, NOBODY_SAID),
            known.shifts.get(agent, ALWAYS),
            now,
        )
        for agent in known.table.agents
    }


def _tells(presence: Presence) -> tuple[bool, bool, int]:
    """Of several routers the one whose call has the agent, or whose Asterisk has his phone."""
    return (
        presence.talking_since is not None,
        presence.call is not None,
        _LIVELINESS.index(presence.phone),
    )


_LIVELINESS = (
    *(PhoneUse.UNKNOWN, PhoneUse.UNREACHABLE, PhoneUse.FREE),
    *(PhoneUse.RINGING, PhoneUse.TALKING),
)


def _groups_of(table: RoutingTable) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group in table.agent_groups.values():
        for member in group.members:
            found.setdefault(member, []).append(group.name)
    return found


def _grouped(calls: Iterable[CallNow], by: str) -> Mapping[str | None, list[CallNow]]:
    found: defaultdict[str | None, list[CallNow]] = defaultdict(list)
    for call in calls:
        found[getattr(call, by)].append(call)
    return found


def _agent(known: Known, agent_id: str, does: Doing, groups: list[str]) -> AgentTile:
    agent = known.table.agents[agent_id]
    status = known.statuses.get(agent_id, NOBODY_SAID)
    return AgentTile(
        name=agent.name,
        extension=agent.extension,
        groups=groups,
        activity=does.activity,
        since=does.since,
        until=does.until,
        logged_in=status.logged_in,
        paused=status.paused,
        call=None if does.call is None else str(does.call),
        calls_today=known.figures.agents.get(agent_id, Figures()).answered,
    )


def _settings(known: Known, name: str, calls: list[CallNow]) -> SettingsStrip:
    settings = known.table.settings[name]
    duty = known.duties[name]
    override = duty.duty.because.override
    return SettingsStrip(
        numbers=list(settings.numbers),
        timezone=settings.timezone,
        now=now_of(calls),
        today=_day(known.figures.settings.get(name, Figures())),
        duty=_on_duty(duty.duty, is_open=duty.is_open),
        until=duty.until,
        then=None if duty.then is None else _on_duty(duty.then, is_open=duty.then_open),
        override=None if override is None else override.id,
    )


def _on_duty(duty: Duty, *, is_open: bool) -> OnDuty:
    because = duty.because
    said = because.override.reason if because.override else None
    if because.holiday is not None:
        said = because.holiday.name
    elif because.override is None and because.row is not None:
        said = str(because.row)
    return OnDuty(open=is_open, targets=_who_rings(duty.targets), because=said or None)


def _who_rings(targets: Iterable[Target]) -> list[WhoRings]:
    return [WhoRings(kind=each.kind, name=each.name) for each in targets]


def _groups(
    known: Known, does: Mapping[str, Doing], calls: Mapping[str | None, list[CallNow]]
) -> dict[str, GroupStrip]:
    duty_for: dict[str, list[str]] = {}
    for name, duty in known.duties.items():
        for target in duty.duty.targets:
            if target.kind is TargetKind.AGENT_GROUP:
                duty_for.setdefault(target.name, []).append(name)
    found = {}
    for group in known.table.agent_groups.values():
        target = Target(TargetKind.AGENT_GROUP, group.name)
        activities = [does[each].activity for each in members_of(known.table, target)]
        found[group.name] = GroupStrip(
            members=list(group.members),
            now=now_of(calls[group.name]),
            today=_day(known.figures.groups.get(group.name, Figures())),
            free=activities.count(AgentActivity.FREE),
            there=sum(activity in THERE for activity in activities),
            on_duty_for=duty_for.get(group.name, []),
        )
    return found


def _overrides(table: RoutingTable, now: datetime) -> Iterable[tuple[str, OverrideNow]]:
    """Those in force and to come, each once, whatever settings it is for."""
    known: dict[str, Override] = {}
    for settings in table.settings.values():
        for override in settings.overrides:
            if override.until_at is None or override.until_at > now:
                known.setdefault(override.id, override)
    for id_, override in known.items():
        yield (
            id_,
            OverrideNow(
                kind=override.kind,
                settings=list(override.settings),
                targets=_who_rings(override.targets),
                in_force=override.holds(now),
                from_at=override.from_at,
                until_at=override.until_at,
                author=override.author,
                reason=override.reason,
                live=override.live,
            ),
        )


def router_now(seen: RouterSeen) -> RouterNow:
    """A router as the board shows it."""
    status = seen.status
    late = round(status.late_seconds, 1)
    return RouterNow(
        heard=seen.heard,
        seen_at=None if seen.heard else seen.seen_at,
        started_at=seen.started_at,
        callrouter=status.callrouter,
        asterisk=[
            AsteriskNow(url=each.url, connected=each.connected, error=each.error or None)
            for each in status.asterisk
        ],
        version=status.version,
        since=status.since,
        problems=list(status.problems),
        refused_since=status.refused_since,
        records_waiting=status.records_waiting,
        stopping=status.stopping,
        alarms=list(status.alarms),
        late_seconds=late if late >= _LATE_SECONDS else None,
    )
