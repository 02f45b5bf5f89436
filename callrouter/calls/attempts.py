"""One agent, or one outside number, being rung for a call: which of his phones ring, until when.

No I/O: times are the event loop's.
"""

from dataclasses import dataclass, field
from datetime import datetime

from callrouter.calls.leg import DialledLeg
from callrouter.facts import Outcome
from callrouter.routing.model import Agent, AgentGroup, Target, TargetKind

_MOST_TELLING_FIRST = (
    Outcome.REJECTED,
    Outcome.BUSY,
    Outcome.NO_ANSWER,
    Outcome.FAILED,
    Outcome.UNREACHABLE,
)


@dataclass(frozen=True, slots=True)
class LegEnd:
    """What became of one leg; `cause` and `sip_status` where the phone's end said so."""

    outcome: Outcome
    cause: int | None = None
    sip_status: int | None = None


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is rung, and for whose sake: `agent` is None for an outside number, `id` is it then."""

    id: str
    agent: Agent | None
    group: AgentGroup | None
    phones: tuple[str, ...]
    sorted_by: str = ""

    @property
    def target(self) -> Target:
        """To ring the same once more."""
        outside = self.agent is None
        return Target(TargetKind.OUTSIDE_NUMBER if outside else TargetKind.AGENT, self.id)

    @property
    def name(self) -> str:
        return self.agent.name if self.agent is not None else self.id

    @property
    def turns(self) -> tuple[tuple[str, ...], ...]:
        """The phones that ring together, one turn after another."""
        if self.agent is not None and self.agent.phones_in_order:
            return tuple((phone,) for phone in self.phones)
        return (self.phones,) if self.phones else ()

    def must_confirm(self, phone: str) -> bool:
        return self.agent is not None and phone in self.agent.confirmed


@dataclass(frozen=True, slots=True)
class Winner:
    """Who has the caller, on which leg, since when."""

    rung: Rung
    leg: DialledLeg
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Rest:
    """For how long an agent is left alone who did not take a call, and why in words."""

    seconds: float
    words: str


@dataclass(slots=True, eq=False)
class Attempt:
    """Over when the last leg of the last turn has ended.

    `turns` are those still to come, each of `turn_seconds`. The last turn lasts until the whole
    ringing ends where he `rings_on`. `turn_ends` is None where no clock ends the turn.
    """

    rung: Rung
    turns: list[tuple[str, ...]]
    turn_seconds: float
    rings_on: bool
    turn_ends: float | None = None
    open: dict[str, DialledLeg] = field(default_factory=dict)
    ends: list[LegEnd] = field(default_factory=list)
    ringing: bool = False
    rung_for: float = 0.0

    @property
    def id(self) -> str:
        return self.rung.id

    def begin_turn(self) -> tuple[str, ...]:
        """The phones whose turn it is now; none where every turn is over."""
        self.turn_ends = None
        return self.turns.pop(0) if self.turns else ()

    def begun(self, now: float) -> None:
        """The phones of this turn have been dialled: their time begins."""
        clockless = self.rings_on and not self.turns
        self.turn_ends = None if clockless else now + self.turn_seconds

    def no_more_turns(self) -> None:
        """What is open still ends by itself; nothing more is rung."""
        self.turns.clear()
        self.turn_ends = None

    @property
    def end(self) -> LegEnd:
        """Of several phones' results the most telling one is the attempt's."""
        return min(self.ends, key=lambda end: _MOST_TELLING_FIRST.index(end.outcome))

    def rest_after(self, outcome: Outcome) -> Rest | None:
        """As the group has it that rang him; None where he may be rung again at once."""
        group = self.rung.group
        if group is None:
            return None
        rest = {
            Outcome.BUSY: Rest(group.busy_delay_seconds, "was busy"),
            Outcome.REJECTED: Rest(group.reject_delay_seconds, "said no"),
            Outcome.NO_ANSWER: Rest(group.no_answer_delay_seconds, "did not answer"),
        }.get(outcome)
        return rest if rest is not None and rest.seconds > 0 else None
