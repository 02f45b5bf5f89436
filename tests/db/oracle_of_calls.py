"""What the filters and totals of the call log mean, written plainly over a list of calls."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callrouter.db.call_totals import Sums
from callrouter.db.queries import StoredCall
from callrouter.db.wanted import Span, Wanted
from callrouter.facts import Disposition

FOR_AGENTS = ("answered", "abandoned", "busy", "unavailable")


def wanted_of(calls: Sequence[StoredCall], wanted: Wanted, now: datetime) -> list[StoredCall]:
    """In the order of the log: those in progress first, then those that ended; newest first."""
    found = [call for call in calls if _is_wanted(call, wanted, now)]
    found.sort(key=lambda call: call.id)
    found.sort(key=lambda call: call.record.arrived_at, reverse=True)
    return sorted(found, key=lambda call: not call.live)


def _is_wanted(call: StoredCall, wanted: Wanted, now: datetime) -> bool:
    record = call.record
    if call.live:
        fits = wanted.live or not wanted.dispositions
        waiting = record.waiting_seconds
        if waiting is None:
            waiting = (now - record.arrived_at).total_seconds()
        talking: float | None = record.earlier_talk_seconds
        if record.talking_since is not None and talking is not None:
            talking += (now - record.talking_since).total_seconds()
    else:
        fits = record.disposition in wanted.dispositions
        fits = fits or not (wanted.live or wanted.dispositions)
        fits = fits and (wanted.since is None or record.arrived_at >= wanted.since)
        waiting, talking = record.waiting_seconds, record.talking_seconds
    fits = fits and (wanted.until is None or record.arrived_at < wanted.until)
    for asked, value in (
        (wanted.numbers, record.number),
        (wanted.callers, record.caller_number),
        (wanted.directions, record.direction),
        (wanted.agent_groups, record.agent_group),
        (wanted.settings, record.settings),
        (wanted.versions, record.settings_version),
    ):
        fits = fits and (not asked or value in asked)
    if wanted.agents:
        fits = fits and not {record.agent, record.agent_extension}.isdisjoint(wanted.agents)
    if wanted.only_agent is not None:
        fits = fits and record.agent == wanted.only_agent
    places = [record.number[:64]]
    if not wanted.only_dialled:
        places += [record.caller_number[:64], record.caller_name[:128]]
    fits = fits and any(wanted.text.lower() in place.lower() for place in places)
    return fits and _within(waiting, wanted.waiting) and _within(talking, wanted.talking)


def _within(seconds: float | None, span: Span) -> bool:
    if not span.given:
        return True
    if seconds is None:
        return False
    least = span.least is None or seconds >= span.least
    return least and (span.most is None or seconds <= span.most)


def sums_by_day(calls: Sequence[StoredCall], timezone: str) -> dict[date, Sums]:
    """Of the ended ones, day by day, the newest first."""
    days: dict[date, Sums] = {}
    for call in sorted(calls, key=lambda call: call.record.arrived_at, reverse=True):
        record = call.record
        if record.disposition is None or call.live:
            continue
        day = record.arrived_at.astimezone(ZoneInfo(timezone)).date()
        answered = record.disposition is Disposition.ANSWERED
        waited = record.waiting_seconds if record.disposition in FOR_AGENTS else None
        days.setdefault(day, Sums()).add(
            Sums(
                1,
                {record.disposition: 1},
                int(waited is not None),
                waited or 0.0,
                waited,
                (record.talking_seconds or 0.0) if answered else 0.0,
                int(answered and waited is not None and waited <= 20),
            )
        )
    return days
