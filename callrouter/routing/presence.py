"""What an agent is doing at a moment, as a board shows it, and since when.

Pure. A router tells what only it knows (`Presence`: phones and calls); what agents say of
themselves and the clock are put to it here, so nobody needs to be told that a time has passed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from callrouter.routing.availability import DeviceState, PhoneState, in_hours, is_talking
from callrouter.routing.clocks import SECOND, later
from callrouter.routing.edges import hours_edges
from callrouter.routing.hours import Hours
from callrouter.routing.status import AgentStatus


class PhoneUse(StrEnum):
    """What all phones of an agent amount to; UNKNOWN where Asterisk tells nothing of them."""

    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    FREE = "free"
    RINGING = "ringing"
    TALKING = "talking"


class AgentActivity(StrEnum):
    """What an agent is doing; in the order in which a board lists them."""

    RINGING = "ringing"
    TALKING = "talking"
    OTHER_CALL = "other_call"
    WRAP_UP = "wrap_up"
    RESTING = "resting"  # left alone for a while, because he declined a call or let it ring
    FREE = "free"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    OFF_HOURS = "off_hours"
    LOGGED_OUT = "logged_out"


THERE = frozenset(
    {
        AgentActivity.RINGING,
        AgentActivity.TALKING,
        AgentActivity.OTHER_CALL,
        AgentActivity.WRAP_UP,
        AgentActivity.RESTING,
        AgentActivity.FREE,
    }
)
"""Who does one of these takes calls, now or soon."""


@dataclass(frozen=True, slots=True)
class Presence:
    """What a router knows of an agent: his phones, the call of ours that has him, his rests.

    `phone_since` is None where nobody knows; `changed_at` is when the router first saw it so.
    """

    phone: PhoneUse = PhoneUse.UNKNOWN
    phone_since: datetime | None = None
    call: UUID | None = None
    call_since: datetime | None = None
    talking_since: datetime | None = None
    wrap_up_until: datetime | None = None
    declined_until: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """`since` and `until` where they are known; `note` is the reason of a pause.

    `until` is when it may change by the clock alone.
    """

    activity: AgentActivity
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""
    call: UUID | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """Whether an agent works by his hours, since when and until when.

    None where that is more than a day or two away.
    """

    works: bool
    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Shift(True)


def phone_use(phones: Iterable[PhoneState]) -> tuple[PhoneUse, datetime | None]:
    """What the phones of one agent amount to: the liveliest of them, and since when."""
    uses = [(_use(phone.state), phone.since) for phone in phones]
    return max(uses, key=lambda use: _LIVELINESS[use[0]], default=(PhoneUse.UNKNOWN, None))


def _use(state: DeviceState) -> PhoneUse:
    if is_talking(state):
        return PhoneUse.TALKING
    return _USES.get(state, PhoneUse.UNKNOWN)


_USES = {
    DeviceState.NOT_INUSE: PhoneUse.FREE,
    DeviceState.RINGING: PhoneUse.RINGING,
    DeviceState.UNAVAILABLE: PhoneUse.UNREACHABLE,
    DeviceState.INVALID: PhoneUse.UNREACHABLE,
}
# A phone of which nothing is known is tried: it counts for more than one that is surely away.
_LIVELINESS = {
    use: rank
    for rank, use in enumerate(
        (
            PhoneUse.UNREACHABLE,
            PhoneUse.UNKNOWN,
            PhoneUse.FREE,
            PhoneUse.RINGING,
            PhoneUse.TALKING,
        )
    )
}


def doing(presence: Presence, status: AgentStatus, shift: Shift, now: datetime) -> Doing:
    """What the agent does at `now`, which lies in the shift.

    A call of ours comes first, then what he said, then what his phones do: who talks although he
    is logged out is seen to talk.
    """
    if presence.talking_since is not None:
        return Doing(AgentActivity.TALKING, presence.talking_since, call=presence.call)
    if presence.call is not None:
        return Doing(AgentActivity.RINGING, presence.call_since, call=presence.call)
    if not status.logged_in:
        return Doing(AgentActivity.LOGGED_OUT, status.since)
    if not shift.works:
        return Doing(AgentActivity.OFF_HOURS, shift.since, shift.until)
    if status.paused is not None:
        return Doing(AgentActivity.PAUSED, status.since, shift.until, status.paused)
    if (activity := _BY_PHONE.get(presence.phone)) is not None:
        return Doing(activity, presence.phone_since, shift.until)
    for until, activity in (
        (presence.wrap_up_until, AgentActivity.WRAP_UP),
        (presence.declined_until, AgentActivity.RESTING),
    ):
        if until is not None and now < until:
            return Doing(activity, presence.changed_at, until)
    return Doing(AgentActivity.FREE, _free_since(presence, status, shift, now), shift.until)


_BY_PHONE = {
    PhoneUse.TALKING: AgentActivity.OTHER_CALL,
    PhoneUse.RINGING: AgentActivity.RINGING,
    PhoneUse.UNREACHABLE: AgentActivity.UNREACHABLE,
}


def _free_since(
    presence: Presence, status: AgentStatus, shift: Shift, now: datetime
) -> datetime | None:
    """When the last thing ended that kept him from being free."""
    ended = (
        presence.changed_at,
        presence.wrap_up_until,
        presence.declined_until,
        status.since,
        shift.since,
    )
    return max((each for each in ended if each is not None and each <= now), default=None)


def shift_at(hours: Sequence[Hours], now: datetime, timezone: str) -> Shift:
    """The shift that `now` (aware) lies in; `timezone` is that of the hours that name none."""
    if not hours:
        return ALWAYS
    now = now.astimezone(UTC)
    moments = sorted(hours_edges(hours, timezone, later(now, -1), later(now, 1)))
    changes = [
        moment
        for moment in moments
        if in_hours(hours, moment, timezone) is not in_hours(hours, moment - SECOND, timezone)
    ]
    return Shift(
        in_hours(hours, now, timezone),
        max((moment for moment in changes if moment <= now), default=None),
        min((moment for moment in changes if moment > now), default=None),
    )
