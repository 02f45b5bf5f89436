"""Whether an agent may be rung now, from the state of the phones and our own bookkeeping.

Pure: states are arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from callrouter.routing.hours import Hours
from callrouter.routing.model import Agent
from callrouter.routing.schedule import Clock, covers, local_time


class DeviceState(StrEnum):
    """A phone's state in Asterisk's words (`include/asterisk/devicestate.h`)."""

    UNKNOWN = "UNKNOWN"
    NOT_INUSE = "NOT_INUSE"
    INUSE = "INUSE"
    BUSY = "BUSY"
    INVALID = "INVALID"
    UNAVAILABLE = "UNAVAILABLE"
    RINGING = "RINGING"
    RINGINUSE = "RINGINUSE"
    ONHOLD = "ONHOLD"


class SkipReason(StrEnum):
    """Why an agent of the group was not rung."""

    NO_SKILL = "no_skill"
    LOGGED_OUT = "logged_out"
    OFF_HOURS = "off_hours"
    PAUSED = "paused"
    ON_CALL = "on_call"
    RESERVED = "reserved"
    UNREACHABLE = "unreachable"
    WRAP_UP = "wrap_up"
    DECLINED = "declined"
    MOVED_AWAY = "moved_away"


WORKING = frozenset(
    {SkipReason.ON_CALL, SkipReason.RESERVED, SkipReason.WRAP_UP, SkipReason.DECLINED}
)
"""Who is skipped for one of these works, but is busy: the caller hears the busy message."""

_TALKING = {DeviceState.INUSE, DeviceState.BUSY, DeviceState.RINGINUSE, DeviceState.ONHOLD}
_AWAY = {DeviceState.UNAVAILABLE, DeviceState.INVALID}


def is_talking(state: DeviceState) -> bool:
    """Whether somebody talks on a phone in this state."""
    return state in _TALKING


NEVER = datetime.max.replace(tzinfo=UTC)
"""For a pretended wrap-up that does not end."""


@dataclass(frozen=True, slots=True)
class PhoneState:
    """A phone's state and since when; `since` is None where nobody knows."""

    state: DeviceState
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of an agent at one moment.

    `phones` maps dial strings (`PJSIP/1001`) to states; a phone not in it is tried. A call of ours
    reserves him, and from `talking_since` on he talks in it. `declined` is what he did with an
    earlier call (`was busy`), for which he is left alone until `declined_until`.
    """

    phones: Mapping[str, PhoneState] = field(default_factory=dict)
    reserved: bool = False
    reserved_since: datetime | None = None
    talking_since: datetime | None = None
    wrap_up_until: datetime | None = None
    declined: str = ""
    declined_until: datetime | None = None
    logged_in: bool = True
    paused: str | None = None
    status_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Why an agent is not rung; `since`, `until` and `note` where they are known."""

    reason: SkipReason
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""

    def words(self, timezone: str, now: datetime) -> str:
        """`on a call since 10:31`: times as the clock in `timezone` shows them.

        With the date where it is another day than `now`.
        """
        note = f" ({self.note})" if self.note else ""
        since = f" since {_time_words(self.since, timezone, now, '%H:%M')}" if self.since else ""
        ends = None if self.until == NEVER else self.until
        until = f" until {_time_words(ends, timezone, now, '%H:%M:%S')}" if ends else ""
        return f"{_WORDS[self.reason]}{note}{since}{until}"


def _time_words(moment: datetime, timezone: str, now: datetime, form: str) -> str:
    local = local_time(moment, timezone)
    day = "" if local.date() == local_time(now, timezone).date() else f"{local.date()} "
    return f"{day}{local:{form}}"


_WORDS = {
    SkipReason.NO_SKILL: "lacks a skill",
    SkipReason.LOGGED_OUT: "logged out",
    SkipReason.OFF_HOURS: "not working at this hour",
    SkipReason.PAUSED: "paused",
    SkipReason.ON_CALL: "on a call",
    SkipReason.RESERVED: "being rung by another call",
    SkipReason.UNREACHABLE: "no phone can be reached",
    SkipReason.WRAP_UP: "wrapping up a call",
    SkipReason.DECLINED: "declined a call",
    SkipReason.MOVED_AWAY: "the call was moved away from this agent",
}


def skip(
    agent: Agent,
    situation: Situation,
    now: datetime,
    timezone: str,
    needs: Mapping[str, int],
) -> Skip | None:
    """Why the agent cannot be rung at `now`; None if he can.

    `timezone` is that of working hours which name none; `needs` are the skills that the call
    requires, with their lowest levels (`order.needed_skills`). A call on any of his phones makes
    the agent busy; a phone that somebody else is ringing makes him reserved. Of several reasons
    the one that a person would fix first is given: skill, login, hours, pause, then the phones,
    then resting.
    """
    lacking = [f"{name} {low}" for name, low in needs.items() if agent.skills.get(name, 0) < low]
    if lacking:
        return Skip(SkipReason.NO_SKILL, note=", ".join(lacking))
    if not situation.logged_in:
        return Skip(SkipReason.LOGGED_OUT, since=situation.status_since)
    if not works_at(agent, now, timezone):
        return Skip(SkipReason.OFF_HOURS)
    if situation.paused is not None:
        return Skip(SkipReason.PAUSED, since=situation.status_since, note=situation.paused)
    if situation.talking_since is not None:
        return Skip(SkipReason.ON_CALL, since=situation.talking_since)
    if situation.reserved:
        return Skip(SkipReason.RESERVED, since=situation.reserved_since)
    return _by_phones(agent, situation) or _resting(situation, now)


def works_at(agent: Agent, now: datetime, timezone: str) -> bool:
    """Whether `now` is within the agent's working hours; without any he always works."""
    return not agent.working_hours or in_hours(agent.working_hours, now, timezone)


def in_hours(hours: Sequence[Hours], now: datetime, timezone: str) -> bool:
    """Whether `now` lies in one of the hours; `timezone` is that of those which name none."""
    clock = Clock(now)
    return any(covers(each, clock.local(each.timezone or timezone)) for each in hours)


def _by_phones(agent: Agent, situation: Situation) -> Skip | None:
    own = [situation.phones.get(phone, _NEVER_SEEN) for phone in agent.phones]
    for phone in own:
        if phone.state in _TALKING:
            return Skip(SkipReason.ON_CALL, since=phone.since)
    for phone in own:
        if phone.state is DeviceState.RINGING:
            return Skip(SkipReason.RESERVED, since=phone.since)
    if all(phone.state in _AWAY for phone in own):
        return Skip(SkipReason.UNREACHABLE)
    return None


_NEVER_SEEN = PhoneState(DeviceState.UNKNOWN)


def _resting(situation: Situation, now: datetime) -> Skip | None:
    if situation.wrap_up_until is not None and now < situation.wrap_up_until:
        return Skip(SkipReason.WRAP_UP, until=situation.wrap_up_until)
    if situation.declined_until is not None and now < situation.declined_until:
        return Skip(SkipReason.DECLINED, until=situation.declined_until, note=situation.declined)
    return None


def reachable_phones(agent: Agent, phones: Mapping[str, PhoneState]) -> tuple[str, ...]:
    """The agent's phones that are worth ringing, in their order."""
    return tuple(p for p in agent.phones if phones.get(p, _NEVER_SEEN).state not in _AWAY)


@dataclass(frozen=True, slots=True)
class NobodyGotIt:
    """Which message a caller hears whom nobody took: `busy` or, if False, unavailable."""

    busy: bool
    rule: str


def nobody_got_it(tried: str, working_but_busy: Sequence[str]) -> NobodyGotIt:
    """The rule: one agent of those tried, working but busy, is enough for the busy message.

    `tried` names the group, or whoever else was to take the call.
    """
    if working_but_busy:
        agents = ", ".join(dict.fromkeys(working_but_busy))
        return NobodyGotIt(True, f"Busy message: of {tried}, working but busy: {agents}.")
    return NobodyGotIt(False, f"Unavailable message: nobody of {tried} was there and answered.")
