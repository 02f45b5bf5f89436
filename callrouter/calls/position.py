"""Where on its way a call is, told by its facts: from there another router's process goes on.

Pure. The newest facts may be missing (the router died before they were written): what Asterisk
shows then decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from callrouter.facts import (
    AgentAnswered,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AnsweredByUs,
    AttemptEnded,
    Connected,
    Fact,
    Failed,
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HungUp,
    Interrupted,
    Message,
    Moved,
    Outcome,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
)
from callrouter.routing.availability import WORKING
from callrouter.routing.model import Target, TargetKind


@dataclass(slots=True)
class Position:
    """What `position_of` finds.

    `arrival` is the call's first decision. `entered` are those since then, or since the last move,
    one for each settings; the messages of the first of them hold. `begun` are the targets that
    were rung since the newest of them, or since the call followed on to `follows`. Of the last of
    them `line` is the order (of a group), `considered` whose turn has come, and `rung` who is rung
    now; of these, who is in `ringing` said so, and whether the caller hears it is `rings`. `left`
    are those who rang when the call was moved, and are to ring no more. `talks` has the caller,
    `had` had him before he was moved. `prompt` is being heard, `said` was heard to its end.
    `refused` is a caller who was not let in.
    """

    stage: Stage = Stage.ARRIVAL
    answered: bool = False
    over: bool = False
    refused: bool = False
    entered: list[Routed] = field(default_factory=list)
    arrival: Routed | None = None
    begun: list[Target] = field(default_factory=list)
    began_at: datetime | None = None
    follows: Target | None = None
    followed: set[str] = field(default_factory=set)
    line: GroupLinedUp | None = None
    considered: set[str] = field(default_factory=set)
    rung: dict[str, AgentRung] = field(default_factory=dict)
    rings: bool = False
    ringing: set[str] = field(default_factory=set)
    left: dict[str, AgentRung] = field(default_factory=dict)
    answers: dict[str, datetime] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)
    talks: AgentRung | None = None
    talks_since: datetime | None = None
    had: AgentRung | None = None
    moved: bool = False
    fallback: FallbackChosen | None = None
    prompt: PromptStarted | None = None
    said: set[Message] = field(default_factory=set)

    @property
    def target(self) -> Target | None:
        """The one that is being rung, or was rung last."""
        return self.begun[-1] if self.begun else None


def position_of(facts: Iterable[Fact]) -> Position:
    """Where these facts, the first of a call, leave it."""
    position = Position()
    for fact in facts:
        _add(position, fact)
    return position


def _add(position: Position, fact: Fact) -> None:
    match fact:
        case Routed(decision="refused"):
            position.refused = True
        case Routed():
            _enter(position, fact)
        case AnsweredByUs():
            position.answered = True
        case PromptStarted():
            position.prompt = fact
            greeting = fact.message is Message.GREETING
            position.stage = Stage.GREETING if greeting else Stage.MESSAGE
        case PromptEnded():
            position.prompt = None
            position.said.add(fact.message)
        case GroupLinedUp():
            _begins(position, Target(TargetKind.AGENT_GROUP, fact.agent_group))
            position.line = fact
        case AgentSkipped() | AgentRung():
            _add_turn(position, fact)
        case RingingBegan():
            position.rings = True
        case AgentRinging():
            position.ringing.add(fact.agent)
        case AgentAnswered():
            position.answers[fact.agent] = fact.at
        case AttemptEnded():
            position.left.pop(fact.agent, None) or position.rung.pop(fact.agent, None)
            position.answers.pop(fact.agent, None)
            position.ringing.discard(fact.agent)
            if fact.outcome is Outcome.BUSY:
                position.busy.append(fact.agent)
        case Connected():
            position.stage = Stage.TALK
            position.talks = position.rung.pop(fact.agent, None)
            position.talks_since = position.answers.pop(fact.agent, fact.at)
        case FollowedOn():
            target = Target.of_words(fact.target)
            position.followed.add(fact.target)
            position.follows, position.fallback = target, None
            position.begun, position.began_at = [], fact.at
        case Moved():
            _add_move(position, fact)
        case FallbackChosen():
            position.fallback, position.stage = fact, Stage.MESSAGE
        case HungUp() | Failed() | Interrupted():
            position.over = True
        case _:
            pass


def _enter(position: Position, fact: Routed) -> None:
    """Settings are entered; after a move to settings it is they whose messages hold."""
    follows, moved = position.follows, position.moved and len(position.entered) == 1
    if moved and follows and follows.kind is TargetKind.SETTINGS:
        position.entered.clear()
    position.arrival = position.arrival or fact
    position.entered.append(fact)
    position.begun, position.began_at, position.follows = [], fact.at, None


def _begins(position: Position, target: Target) -> None:
    position.stage = Stage.RINGING
    position.begun.append(target)
    position.line = None
    position.considered.clear()
    if target.name not in position.tried:
        position.tried.append(target.name)


def _add_turn(position: Position, fact: AgentSkipped | AgentRung) -> None:
    """It is an agent's turn; one without a group is a target himself."""
    if not fact.agent_group:
        outside = not fact.extension and not fact.name
        kind = TargetKind.OUTSIDE_NUMBER if outside else TargetKind.AGENT
        _begins(position, Target(kind, fact.agent))
    position.considered.add(fact.agent)
    if isinstance(fact, AgentRung):
        position.rung[fact.agent] = fact
    elif fact.reason in WORKING:
        position.busy.append(fact.agent)


def _add_move(position: Position, fact: Moved) -> None:
    """From here on it is another way; whoever rang or talked does so no more."""
    target = Target.of_words(fact.target)
    position.moved = True
    position.had = position.talks or position.had
    position.left, position.rung = position.left | position.rung, {}
    position.talks = position.talks_since = None
    del position.entered[1:]
    position.rings = position.rings and position.had is None
    position.follows, position.begun, position.began_at = target, [], fact.at
    position.line, position.fallback, position.prompt = None, None, None
    position.tried, position.busy = [], []
    position.said &= {Message.GREETING}
    position.stage = Stage.RINGING
