"""`callrouter simulate --week`: who is on duty over seven days, with gaps and clock changes."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callrouter.commands.terminal import visible, write
from callrouter.commands.written_time import NotUnderstood, written_day
from callrouter.routing.decide import IncomingCall, Ring, UnknownNumber, describe_override, let_in
from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.model import IncomingCallSettings, RoutingTable
from callrouter.routing.week import DutyPlan, Stretch, StretchKind, duty_plan

DAYS = 7


def show_week(table: RoutingTable, args: argparse.Namespace) -> int:
    """Print the week of the dialled number; raises NotUnderstood."""
    now = datetime.now(UTC)
    settings = _settings(table, args.to, now)
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    week = duty_plan(table, settings, _first_day(args.week, today), DAYS)
    if args.json:
        write([json.dumps({"number": args.to, "version": table.version, **_json(week)}, indent=2)])
    else:
        write(map(visible, _lines(table, week, args.to)))
    return 0


def _settings(table: RoutingTable, number: str, now: datetime) -> IncomingCallSettings:
    decision = let_in(table, IncomingCall(number), now)
    if isinstance(decision, UnknownNumber):
        raise NotUnderstood(f"--to {number}: no incoming call settings list this number")
    if isinstance(decision, Ring) and decision.direct:
        who = decision.targets[0].name
        raise NotUnderstood(f"--to {number}: this is {who}'s own number, which has no schedule")
    return decision.settings


def _first_day(written: str, today: date) -> date:
    try:
        return written_day(written, today)
    except NotUnderstood:
        examples = "2026-11-23, today, tomorrow or Monday"
        raise NotUnderstood(f"--week {written!r} is not a day; write one like {examples}") from None


def _json(week: DutyPlan) -> dict[str, Any]:
    return {
        "settings": week.settings,
        "timezone": week.timezone,
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "stretches": [_stretch_json(stretch, week.timezone) for stretch in week.stretches],
        "gap_seconds": sum(gap.seconds for gap in week.gaps),
        "clock_changes": [
            {
                "day": change.day.isoformat(),
                "timezone": change.timezone,
                "at": change.at.isoformat(),
                "seconds": change.seconds,
                "words": str(change),
            }
            for change in week.changes
        ],
    }


def _stretch_json(stretch: Stretch, timezone: str) -> dict[str, Any]:
    because = stretch.because
    return {
        "from_at": stretch.from_at.isoformat(),
        "until_at": stretch.until_at.isoformat(),
        "seconds": stretch.seconds,
        "kind": stretch.kind.value,
        "gap": stretch.is_gap,
        "schedule_row": str(because.row) if because.row else None,
        "holiday": because.holiday.name if because.holiday else None,
        "override": describe_override(because.override, timezone) if because.override else None,
        "targets": [{"kind": each.kind.value, "name": each.name} for each in stretch.targets],
        "members": list(stretch.members),
        "off": list(stretch.off),
    }


def _lines(table: RoutingTable, week: DutyPlan, number: str) -> Iterator[str]:
    yield (
        f"Who is on duty for {number} ({week.settings}) from {_day(week.first)} to "
        f"{_day(week.last)}, times in {week.timezone}"
    )
    for offset in range((week.last - week.first).days + 1):
        day = week.first + timedelta(days=offset)
        yield ""
        yield _day(day)
        for change in week.changes:
            if change.day == day:
                yield f"! {_change_words(str(change))}"
        for stretch in week.stretches:
            if times := times_on(stretch, day):
                mark = "-" if stretch.is_gap else " "
                yield f"{mark} {times}  {who_words(table, week.timezone, stretch)}"
    hours = sum(gap.seconds for gap in week.gaps) / 3600
    yield ""
    if hours:
        yield f"-: nobody can be rung, for {hours:g} of {_hours(week):g} hours"
    else:
        yield "At every moment somebody is on duty."


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day}"


def _hours(week: DutyPlan) -> float:
    return sum(stretch.seconds for stretch in week.stretches) / 3600


def _change_words(words: str) -> str:
    """Which day it is stands above."""
    return words[0].upper() + words[1:]


def times_on(stretch: Stretch, day: date) -> str:
    """`09:00-17:00` of the day; empty where the stretch has no part of it."""
    return "-".join(clocks_on(stretch, day) or ())


def clocks_on(stretch: Stretch, day: date) -> tuple[str, str] | None:
    """What the clock shows where the stretch begins and ends on the day; None: not on this day."""
    first, last = stretch.from_at.date(), stretch.until_at.date()
    ends_before = last == day and stretch.until_at.time() == datetime.min.time()
    if not first <= day <= last or ends_before:
        return None
    start = _clock(stretch.from_at) if first == day else "00:00"
    end = _clock(stretch.until_at) if last == day else "24:00"
    return start, end


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}" + (f"{moment:%S}" if moment.second else "")


def who_words(table: RoutingTable, timezone: str, stretch: Stretch) -> str:
    """Who is on duty in the stretch, and because of what: `sales: Amina, Bojan`, `closed`."""
    because = stretch.because
    why = ""
    if because.override is not None:
        why = f" ({describe_override(because.override, timezone)})"
    elif because.holiday is not None:
        why = f" (holiday: {because.holiday.name})"
    if stretch.kind is StretchKind.CLOSED:
        return f"closed{why}"
    names = ", then ".join(each.name for each in stretch.targets)
    members = ", ".join(table.agents[member].name for member in stretch.members)
    off = ", ".join(table.agents[member].name for member in stretch.off)
    away = f"; not working then: {off}" if off else ""
    nobody = ": nobody" if stretch.is_gap else ""
    return f"{names}{why}{': ' + members if members else nobody}{away}"
