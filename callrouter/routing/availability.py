"""Whether an agent may be rung now, from the state of the phones and our own bookkeeping.

Pure: states are arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callrouter.routing.model import Agent


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

    ON_CALL = "on_call"
    RESERVED = "reserved"
    UNREACHABLE = "unreachable"


_TALKING = {DeviceState.INUSE, DeviceState.BUSY, DeviceState.RINGINUSE, DeviceState.ONHOLD}
_AWAY = {DeviceState.UNAVAILABLE, DeviceState.INVALID}


def skip_reason(
    agent: Agent, states: Mapping[str, DeviceState], *, reserved: bool
) -> SkipReason | None:
    """Why the agent cannot be rung now; None if he can.

    `states` maps phones (`PJSIP/1001`) to their state; a phone not in it is tried. A call on any
    of his phones makes the agent busy; a phone that somebody else is ringing makes him reserved.
    """
    if reserved:
        return SkipReason.RESERVED
    own = [states.get(phone, DeviceState.UNKNOWN) for phone in agent.phones]
    if any(state in _TALKING for state in own):
        return SkipReason.ON_CALL
    if DeviceState.RINGING in own:
        return SkipReason.RESERVED
    if all(state in _AWAY for state in own):
        return SkipReason.UNREACHABLE
    return None


def reachable_phones(agent: Agent, states: Mapping[str, DeviceState]) -> tuple[str, ...]:
    """The agent's phones that are worth ringing, in their order."""
    return tuple(p for p in agent.phones if states.get(p, DeviceState.UNKNOWN) not in _AWAY)


@dataclass(frozen=True, slots=True)
class NobodyGotIt:
    """Which message a caller hears whom nobody took: `busy` or, if False, unavailable."""

    busy: bool
    rule: str


def nobody_got_it(group: str, working_but_busy: Sequence[str]) -> NobodyGotIt:
    """The rule: one agent of the group working but busy is enough for the busy message."""
    if working_but_busy:
        agents = ", ".join(working_but_busy)
        return NobodyGotIt(True, f"Busy message: of {group}, working but busy: {agents}.")
    return NobodyGotIt(False, f"Unavailable message: nobody of {group} was there and answered.")
