"""Who is on duty, for the editor: the days to come, one moment, and what a draft changes in them.

Times are ISO 8601 in the settings' zone; sentences are those of `callrouter simulate --week`.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from callrouter.commands.week import clocks_on, who_words
from callrouter.routing.decide import describe_override
from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.lint.cover import cover
from callrouter.routing.lint.reach import Reach
from callrouter.routing.model import IncomingCallSettings, RoutingTable
from callrouter.routing.schedule import local_time
from callrouter.routing.week import DutyPlan, Stretch, StretchKind, duty_plan

_DAY = timedelta(days=1)
AHEAD_DAYS = 14
MOST_STRETCHES = 300
_LOOKED_AHEAD = (1, 7, 28)


def preview(
    table: RoutingTable, settings: IncomingCallSettings, first: date, days: int
) -> dict[str, Any]:
    """Each day from `first` on: when it is open, who rings and why; and hours without cover."""
    plan = duty_plan(table, settings, first, days)
    return {
        "settings": settings.name,
        "timezone": settings.timezone,
        "days": [_day(table, settings, plan, first + day * _DAY) for day in range(days)],
        "gaps": [
            {
                "from": each.from_at.isoformat(),
                "to": each.until_at.isoformat(),
                "text": who_words(table, settings.timezone, each),
            }
            for each in plan.gaps
            if each.targets
        ],
        "cover": [
            {"message": found.message, "remedy": found.remedy}
            for found in cover(table, settings, first, Reach(table))
        ],
    }


def _day(
    table: RoutingTable, settings: IncomingCallSettings, plan: DutyPlan, day: date
) -> dict[str, Any]:
    periods = [
        {"from": clocks[0], "to": clocks[1]} | _stretch(table, settings.timezone, stretch)
        for stretch in plan.stretches
        if (clocks := clocks_on(stretch, day)) is not None
    ]
    return {
        "date": day.isoformat(),
        "weekday": WEEKDAYS[day.weekday()].value,
        "periods": periods,
        "clock_change": next((str(each) for each in plan.changes if each.day == day), None),
        "holiday": next(
            (
                holiday.name
                for name in settings.holidays
                for holiday in table.calendars[name].days.get(day.toordinal(), ())
            ),
            None,
        ),
    }


def _stretch(table: RoutingTable, timezone: str, stretch: Stretch) -> dict[str, Any]:
    because = stretch.because
    words = None
    if because.override is not None:
        words = describe_override(because.override, timezone)
    elif because.holiday is not None:
        words = because.holiday.name
    elif because.row is not None:
        words = str(because.row)
    kind = stretch.kind.value
    if stretch.kind is StretchKind.CLOSED and because.override is not None:
        by: str | None = "override"
    elif stretch.kind is StretchKind.CLOSED and because.holiday is not None:
        by = "holiday"
    else:
        by = None if stretch.kind is StretchKind.CLOSED else kind
    return {
        "open": stretch.kind is not StretchKind.CLOSED,
        "nobody": stretch.is_gap,
        "groups": [each.name for each in stretch.targets],
        "targets": [{"kind": each.kind.value, "name": each.name} for each in stretch.targets],
        "agents": list(stretch.members),
        "off": list(stretch.off),
        "by": by,
        "because": words,
        "text": who_words(table, timezone, stretch),
    }


def duties_at(
    table: RoutingTable, at: datetime, clock: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """Of all settings who is on duty at `at`, until when, and who comes next.

    `clock` says whether there is time left: what it was too late for is left out.
    """
    known: dict[Hashable, tuple[Stretch, Stretch | None]] = {}
    for settings in table.settings.values():
        if not clock():
            return
        alike = _own(settings)
        if alike not in known:
            known[alike] = _now_and_next(table, settings, at)
        now, then = known[alike]
        endless = then is None
        yield {
            "settings": settings.name,
            "timezone": settings.timezone,
            "from": now.from_at.isoformat(),
            "until": None if endless else now.until_at.isoformat(),
            **_stretch(table, settings.timezone, now),
            "then": None if then is None else _stretch(table, settings.timezone, then),
        }


def _now_and_next(
    table: RoutingTable, settings: IncomingCallSettings, at: datetime
) -> tuple[Stretch, Stretch | None]:
    """None where nothing changes within four weeks."""
    first = local_time(at, settings.timezone).date()
    moment = at.astimezone(UTC)
    now = None
    for days in _LOOKED_AHEAD:
        stretches = duty_plan(table, settings, first, days + 1).stretches
        for place, each in enumerate(stretches):
            if each.from_at.astimezone(UTC) <= moment < each.until_at.astimezone(UTC):
                now = each
                if place + 1 < len(stretches):
                    return each, stretches[place + 1]
    if now is None:
        raise ValueError(f"no stretch at {at}")
    return now, None


def _own(settings: IncomingCallSettings) -> Hashable:
    return (
        settings.timezone,
        settings.call_handling_schedule,
        settings.holidays,
        settings.overrides,
    )


class WhoRings:
    """Where two tables give other answers in the days to come; what is only in the second answered
    nobody before.

    Only settings are looked at of which something has changed that counts; of those alike once.
    """

    def __init__(self, before: RoutingTable, after: RoutingTable, now: datetime) -> None:
        self._before, self._after = before, after
        self._now = now.astimezone(UTC).replace(microsecond=0)
        self._end = self._now + AHEAD_DAYS * _DAY
        self._calendars = _changed(before.calendars, after.calendars)
        self._agents = {
            name
            for name in {*before.agents, *after.agents}
            if _works(before, name) != _works(after, name)
        }
        self._groups = {
            name
            for name in {*before.agent_groups, *after.agent_groups}
            if _members(before, name) != _members(after, name)
            or self._agents.intersection(_members(after, name))
        }
        self._known: dict[Hashable, list[dict[str, Any]]] = {}

    def differences(self, in_time: Callable[[], bool]) -> tuple[list[dict[str, Any]], bool]:
        """The stretches, and whether these are all."""
        found: list[dict[str, Any]] = []
        for name, after in self._after.settings.items():
            before = self._before.settings.get(name)
            if before is not None and not self._may_differ(before, after):
                continue
            if len(found) >= MOST_STRETCHES or not in_time():
                return found[:MOST_STRETCHES], False
            alike = (before and _own(before), _own(after))
            if alike not in self._known:
                self._known[alike] = list(self._stretches(before, after))
            found += [{"settings": name} | each for each in self._known[alike]]
        return found[:MOST_STRETCHES], len(found) <= MOST_STRETCHES

    def _may_differ(self, before: IncomingCallSettings, after: IncomingCallSettings) -> bool:
        if _own(before) != _own(after) or self._calendars.intersection(after.holidays):
            return True
        if not (self._groups or self._agents):
            return False
        named = {group for row in after.call_handling_schedule for group in row.agent_groups}
        for override in after.overrides:
            named |= {target.name for target in override.targets}
        for calendar in after.holidays:
            for holidays in self._after.calendars[calendar].days.values():
                named.update(group for each in holidays for group in each.agent_groups)
        return bool(named & (self._groups | self._agents))

    def _stretches(
        self, before: IncomingCallSettings | None, after: IncomingCallSettings
    ) -> Iterator[dict[str, Any]]:
        old = {} if before is None else self._said(self._before, before)
        new = self._said(self._after, after)
        zone = ZoneInfo(after.timezone)
        moments = sorted({self._now, self._end, *old, *new})
        last: dict[str, Any] | None = None
        said_old = said_new = ""
        for start, end in pairwise(moments):
            said_old, said_new = old.get(start, said_old), new.get(start, said_new)
            if start < self._now or end > self._end or said_old == said_new:
                continue
            local = start.astimezone(zone).isoformat(), end.astimezone(zone).isoformat()
            if last and (last["to"], last["before"], last["after"]) == (
                *(local[0], said_old, said_new),
            ):
                last["to"] = local[1]
                continue
            if last:
                yield last
            last = {"from": local[0], "to": local[1], "before": said_old, "after": said_new}
        if last:
            yield last

    def _said(self, table: RoutingTable, settings: IncomingCallSettings) -> dict[datetime, str]:
        """What is said from each moment on."""
        first = local_time(self._now, settings.timezone).date()
        plan = duty_plan(table, settings, first, AHEAD_DAYS + 1)
        return {
            each.from_at.astimezone(UTC): who_words(table, settings.timezone, each)
            for each in plan.stretches
        }


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def _works(table: RoutingTable, name: str) -> object:
    agent = table.agents.get(name)
    return None if agent is None else (agent.name, agent.working_hours, table.timezone)


def _members(table: RoutingTable, name: str) -> tuple[str, ...]:
    group = table.agent_groups.get(name)
    return () if group is None else group.members


def until(seconds: float) -> Callable[[], bool]:
    """Whether there is time left of so many seconds from now on."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end
