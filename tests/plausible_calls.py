"""Any call that could happen, as its facts: made by walking through a call step by step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from callrouter.facts import (
    AgentAnswered,
    AgentAsked,
    AgentRinging,
    AgentRung,
    AgentSkipped,
    AnsweredByUs,
    Arrived,
    AttemptEnded,
    Connected,
    Disposition,
    Ended,
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
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
    SupervisorEnded,
)

_LOST = [
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.REJECTED,
    Outcome.UNREACHABLE,
    Outcome.FAILED,
]
_FALLBACKS = [
    (Disposition.BUSY, Message.BUSY),
    (Disposition.UNAVAILABLE, Message.UNAVAILABLE),
    (Disposition.CLOSED, None),
    (Disposition.CLOSED, Message.CLOSED),
]


class _Over(Exception):
    """The call ends here."""


class _MovedOn(Exception):
    """A supervisor moves the call, whatever step it is in."""


@dataclass
class _Walk:
    draw: Callable[..., object]
    facts: list[Fact] = field(default_factory=list)
    now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    stage: Stage = Stage.ARRIVAL
    ringing: list[str] = field(default_factory=list)

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(1, one_in)) == one_in

    def note(self, fact: type[Fact], **fields: object) -> None:
        self.now += timedelta(milliseconds=137 * len(self.facts))
        self.facts.append(fact(at=self.now, **fields))  # type: ignore[arg-type]

    def maybe_over(self) -> None:
        """Between any two facts the caller may leave, or our knowledge end."""
        match self.draw(st.integers(0, 30)):
            case 1:
                self.note(HungUp, by=Party.CALLER, stage=self.stage)
            case 2:
                self.note(HungUp, by=Party.CALLER, stage=self.stage, cause=16)
            case 3:
                self.note(Interrupted, reason="the router died")
            case 4:
                self.note(Failed, error="KeyError")
            case 5:
                self.note(SupervisorEnded, by="sofia")
                self.note(HungUp, by=Party.SUPERVISOR, stage=self.stage)
            case 6:
                self.note(Moved, by="sofia", target="group night", stage=self.stage)
                raise _MovedOn
            case _:
                return
        raise _Over

    def prompt(self, message: Message) -> None:
        self.note(PromptStarted, message=message)
        self.maybe_over()
        self.note(PromptEnded, message=message)
        self.maybe_over()

    def call(self) -> None:
        self.route("s")
        if not self.chance(4):
            self.stage = Stage.GREETING
            self.note(AnsweredByUs)
            self.prompt(Message.GREETING)
        waves = self.draw(st.lists(st.integers(1, 3), max_size=3))
        assert isinstance(waves, list)
        agents = iter("abcdefghi")
        for size in waves:
            self.ring([next(agents) for _ in range(size)])
        if self.chance(3):
            self.note(FollowedOn, target="the settings t", rule="Nobody answered.")
            if self.chance(2):
                self.prompt(Message.FOLLOW_ON)
            self.route("t")
            self.ring(["a", "k"])  # one of them has been tried already
        self.fall_back()

    def moved(self) -> None:
        """Whoever rang is let go, whoever talked has left; the target is tried."""
        for agent in list(self.ringing):
            self.end_attempt(agent, Outcome.CANCELLED)
        if self.chance(2):
            self.route("u")
        self.ring(["a", "m"])
        self.fall_back()

    def until_moved_no_more(self) -> None:
        while True:
            try:
                return self.moved()
            except _MovedOn:
                pass

    def route(self, settings: str) -> None:
        self.note(
            Routed,
            decision="ring",
            version="v",
            settings=settings,
            agent_group="g",
            trace=("It rings.",),
            timezone="UTC",
            schedule_row="Monday 09:00-17:00",
        )
        self.maybe_over()

    def ring(self, wave: list[str]) -> None:
        self.stage = Stage.RINGING
        self.note(
            GroupLinedUp,
            agent_group="g",
            call_routing="Waves",
            order="fewest_calls",
            agents=tuple(wave),
            sorted_by=tuple("0 calls today" for _ in wave),
        )
        for agent in wave:
            who = {"agent": agent, "extension": "1" + agent, "agent_group": "g"}
            if self.chance(3):
                self.note(AgentSkipped, **who, reason="on_call", detail="on a call since 10:31")
            else:
                self.note(AgentRung, **who, phones=("PJSIP/1",))
                self.ringing.append(agent)
        if self.ringing:
            self.note(RingingBegan)
        for agent in list(self.ringing):
            self.maybe_over()
            if not self.chance(4):
                self.note(AgentRinging, agent=agent)
            if self.chance(6):
                self.note(AgentAsked, agent=agent, phone="PJSIP/1")
                self.maybe_over()
            if self.chance(3):
                self.talk(agent)
            outcome = self.draw(st.sampled_from(_LOST))
            self.end_attempt(agent, outcome)

    def end_attempt(self, agent: str, outcome: object) -> None:
        self.ringing.remove(agent)
        cause = self.draw(st.sampled_from([None, 17, 19]))
        self.note(AttemptEnded, agent=agent, outcome=outcome, cause=cause)

    def talk(self, agent: str) -> None:
        self.note(AgentAnswered, agent=agent)
        if self.chance(5):
            return  # the agent dropped before the caller heard anything
        self.maybe_over()
        self.note(AnsweredByUs)
        self.stage = Stage.TALK
        self.note(Connected, agent=agent)
        self.ringing.remove(agent)
        for loser in list(self.ringing):
            self.end_attempt(loser, Outcome.ANSWERED_ELSEWHERE)
        self.maybe_over()
        party = self.draw(st.sampled_from([Party.AGENT, Party.CALLER]))
        self.note(HungUp, by=party, stage=Stage.TALK, cause=16)
        raise _Over

    def fall_back(self) -> None:
        self.stage = Stage.MESSAGE
        chosen = self.draw(st.sampled_from(_FALLBACKS))
        assert isinstance(chosen, tuple)
        disposition, message = chosen
        self.note(FallbackChosen, disposition=disposition, rule="The rule.", message=message)
        self.maybe_over()
        if message is not None:
            self.prompt(message)
        self.note(HungUp, by=Party.CALLROUTER, stage=Stage.MESSAGE)

    def end(self) -> None:
        if self.ringing and not self.chance(4):
            for agent in list(self.ringing):
                self.end_attempt(agent, Outcome.CALLER_LEFT)
        if self.chance(10):  # found dead by the next router
            self.note(Interrupted, reason="the router died")
        self.note(Ended)


@st.composite
def calls(draw: Callable[..., object]) -> list[Fact]:
    """The facts of a whole call, from its arrival to its end."""
    walk = _Walk(draw)
    walk.note(
        Arrived, entity_id="a", channel_id="1.1", number="700", caller_number="", caller_name=""
    )
    try:
        try:
            walk.maybe_over()
            walk.call()
        except _MovedOn:
            walk.until_moved_no_more()
    except _Over:
        pass
    walk.end()
    return walk.facts
