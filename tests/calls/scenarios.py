"""Whole calls as data: who dials what, what the phones do, and the record that must come of it.

They run on the in-memory Asterisk (with exact transcripts) and on the real one.
"""

from dataclasses import dataclass

from callrouter.call_requests import Result
from callrouter.facts import Disposition, Party, Stage
from callrouter.routing.model import Target, TargetKind
from tests.fakes.phones import (
    Answers,
    Busy,
    Declines,
    Phone,
    Redirects,
    Silent,
    on_another_call,
    phone,
    unregistered,
)

GREETING_SECONDS = 1.75
"""How long the greeting lasts on the in-memory Asterisk; on the real one it is not shorter."""

AMINA, BOJAN, CARLA = "1001", "1002", "1003"
DANA, DANAS_MOBILE = "1004", "1005"
EMIL, EMILS_OTHER = "1006", "1007"
OUTSIDE = "+38164123456"
OUTSIDE_ANSWERS = Answers(1.0, talks=1.0)
"""What the phone of the outside number does in every scenario."""


@dataclass(frozen=True)
class CallerHangsUp:
    """So many seconds into a stage of the call."""

    stage: Stage
    after: float = 0.5
    party: Party = Party.CALLER


@dataclass(frozen=True)
class AgentHangsUp:
    """As his phone's behaviour says."""

    stage: Stage = Stage.TALK
    party: Party = Party.AGENT


@dataclass(frozen=True)
class WeHangUp:
    stage: Stage = Stage.MESSAGE
    party: Party = Party.CALLROUTER


@dataclass(frozen=True)
class SupervisorHangsUp:
    """When he asks for it."""

    stage: Stage
    party: Party = Party.SUPERVISOR


@dataclass(frozen=True)
class Asks:
    """A supervisor wants the call moved `to` somebody, or ended: so many seconds into a stage.

    `result` is what he is told.
    """

    stage: Stage
    after: float = 0.5
    to: Target | None = None
    result: Result = Result.DONE


def group(name: str) -> Target:
    return Target(TargetKind.AGENT_GROUP, name)


def agent(name: str) -> Target:
    return Target(TargetKind.AGENT, name)


def settings(name: str) -> Target:
    return Target(TargetKind.SETTINGS, name)


@dataclass(frozen=True)
class EarlierCall:
    """A call before the scenario's own, to another number: its caller hangs up."""

    number: str
    stage: Stage
    after: float


@dataclass(frozen=True)
class Scenario:
    """`attempts` are `agent outcome` or `agent skipped reason`, in their order.

    `paused` are agents who are so when the call comes.
    """

    name: str
    number: str
    phones: tuple[Phone, ...]
    disposition: Disposition
    attempts: tuple[str, ...] = ()
    ending: CallerHangsUp | AgentHangsUp | WeHangUp | SupervisorHangsUp = WeHangUp()
    earlier: EarlierCall | None = None
    paused: tuple[str, ...] = ()
    asks: tuple[Asks, ...] = ()

    @property
    def answered_by(self) -> str | None:
        """Who talked with the caller last."""
        answered = (a.split()[0] for a in reversed(self.attempts) if a.endswith(" answered"))
        return next(answered, None)


ANSWERED, UNAVAILABLE, BUSY = Disposition.ANSWERED, Disposition.UNAVAILABLE, Disposition.BUSY

SCENARIOS = (
    Scenario(
        "the first agent answers and the caller hangs up",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK, 1.0),
    ),
    Scenario(
        "the first agent answers and hangs up",
        "700",
        (phone(AMINA, Answers(1.0, talks=1.5)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        AgentHangsUp(),
    ),
    Scenario(
        "the first does not answer, the second does",
        "700",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina no_answer", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "the first is busy, the second is rung at once",
        "700",
        (phone(AMINA, Busy()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina busy", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "the first declines, the second is rung at once",
        "700",
        (phone(AMINA, Declines()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina rejected", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "a phone that redirects is not followed outside",
        "700",
        (phone(AMINA, Redirects()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina rejected", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "the first is not registered and is skipped",
        "700",
        (unregistered(AMINA), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina skipped unreachable", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "nobody answers: the unavailable message",
        "700",
        (phone(AMINA, Silent()), phone(BOJAN, Silent())),
        UNAVAILABLE,
        ("amina no_answer", "bojan no_answer"),
    ),
    Scenario(
        "everybody is busy: the busy message",
        "700",
        (phone(AMINA, Busy()), phone(BOJAN, Busy())),
        BUSY,
        ("amina busy", "bojan busy"),
    ),
    Scenario(
        "one is on another call, the other does not answer: the busy message",
        "700",
        (on_another_call(AMINA), phone(BOJAN, Silent())),
        BUSY,
        ("amina skipped on_call", "bojan no_answer"),
    ),
    Scenario(
        "nobody is registered: the unavailable message",
        "700",
        (unregistered(AMINA), unregistered(BOJAN)),
        UNAVAILABLE,
        ("amina skipped unreachable", "bojan skipped unreachable"),
    ),
    Scenario(
        "everybody declines: the unavailable message",
        "700",
        (phone(AMINA, Declines()), phone(BOJAN, Declines())),
        UNAVAILABLE,
        ("amina rejected", "bojan rejected"),
    ),
    Scenario(
        "all ring together, the first to answer gets the call",
        "701",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(1.0)), phone(CARLA, Silent())),
        ANSWERED,
        ("amina answered_elsewhere", "bojan answered", "carla answered_elsewhere"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "all ring together: one is busy, one is away, the third answers",
        "701",
        (phone(AMINA, Busy()), unregistered(BOJAN), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina busy", "bojan skipped unreachable", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "all ring together and nobody answers",
        "701",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Silent())),
        UNAVAILABLE,
        ("amina no_answer", "bojan no_answer", "carla no_answer"),
    ),
    Scenario(
        "the caller hangs up in the greeting",
        "700",
        (phone(AMINA, Silent()), phone(BOJAN, Silent())),
        Disposition.ABANDONED,
        (),
        CallerHangsUp(Stage.GREETING),
    ),
    Scenario(
        "the caller hangs up while the first rings",
        "700",
        (phone(AMINA, Silent()), phone(BOJAN, Silent())),
        Disposition.ABANDONED,
        ("amina caller_left",),
        CallerHangsUp(Stage.RINGING, 1.0),
    ),
    Scenario(
        "the caller hangs up while all ring",
        "701",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Silent())),
        Disposition.ABANDONED,
        ("amina caller_left", "bojan caller_left", "carla caller_left"),
        CallerHangsUp(Stage.RINGING, 1.0),
    ),
    Scenario(
        "the caller hangs up in the unavailable message",
        "700",
        (unregistered(AMINA), phone(BOJAN, Declines())),
        UNAVAILABLE,
        ("amina skipped unreachable", "bojan rejected"),
        CallerHangsUp(Stage.MESSAGE),
    ),
    Scenario(
        "an unknown number is refused",
        "799",
        (phone(AMINA, Silent()),),
        Disposition.REJECTED,
        (),
        WeHangUp(Stage.ARRIVAL),
    ),
    Scenario("closed: greeting and unavailable message", "703", (), Disposition.CLOSED),
    Scenario("a group without members", "704", (), UNAVAILABLE),
    Scenario(
        "an agent with two phones answers on the second",
        "700",
        (phone(AMINA, Silent(), Answers(1.0)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "an agent with two phones declines on one and answers on the other",
        "700",
        (phone(AMINA, Declines(), Answers(1.0)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "an agent whose one phone is busy while the other rings in vain is busy",
        "700",
        (phone(AMINA, Busy(), Silent()), phone(BOJAN, Silent())),
        BUSY,
        ("amina busy", "bojan no_answer"),
    ),
    Scenario(
        "a phone with early media has the call only when it answers",
        "702",
        (phone(AMINA, Answers(1.0, talks=1.0, early_media=True)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        AgentHangsUp(),
    ),
    Scenario(
        "early media from a phone that never answers is no answer",
        "701",
        (
            phone(AMINA, Answers(30.0, early_media=True)),
            phone(BOJAN, Answers(1.0, talks=1.0)),
            phone(CARLA, Answers(1.5)),
        ),
        ANSWERED,
        ("amina answered_elsewhere", "bojan answered", "carla answered_elsewhere"),
        AgentHangsUp(),
    ),
    Scenario(
        "without a greeting the caller is answered when the agent answers",
        "702",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(1.0, talks=1.0))),
        ANSWERED,
        ("amina no_answer", "bojan answered"),
        AgentHangsUp(),
    ),
    Scenario(
        "without a greeting the caller cancels while it rings",
        "702",
        (phone(AMINA, Silent()), phone(BOJAN, Silent())),
        Disposition.ABANDONED,
        ("amina caller_left",),
        CallerHangsUp(Stage.RINGING, 1.0),
    ),
    Scenario(
        "without any message a caller for busy agents is not even answered",
        "705",
        (phone(AMINA, Busy()), phone(BOJAN, Busy())),
        BUSY,
        ("amina busy", "bojan busy"),
    ),
    Scenario(
        "all ringing together lasts no longer than max_ring_seconds",
        "706",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(1.5))),
        UNAVAILABLE,
        ("amina no_answer", "bojan no_answer"),
    ),
    Scenario(
        "in waves the first two ring on while the third is rung",
        "710",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina answered_elsewhere", "bojan answered_elsewhere", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "in waves one of the first answers in the second wave",
        "710",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(3.0)), phone(CARLA, Silent())),
        ANSWERED,
        ("amina answered_elsewhere", "bojan answered", "carla answered_elsewhere"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "in waves nobody answers",
        "710",
        (phone(AMINA, Silent()), phone(BOJAN, Busy()), phone(CARLA, Silent())),
        BUSY,
        ("amina no_answer", "bojan busy", "carla no_answer"),
    ),
    Scenario(
        "adding up: the first rings until all ring, and answers",
        "711",
        (phone(AMINA, Answers(4.5)), phone(BOJAN, Silent()), phone(CARLA, Silent())),
        ANSWERED,
        ("amina answered", "bojan answered_elsewhere", "carla answered_elsewhere"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "adding up: one who cannot be rung takes no time",
        "711",
        (phone(AMINA, Silent()), unregistered(BOJAN), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina answered_elsewhere", "bojan skipped unreachable", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "staggered: each rings for his own time",
        "712",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Answers(1.5))),
        ANSWERED,
        ("amina no_answer", "bojan no_answer", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "staggered: nobody answers",
        "712",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Declines())),
        UNAVAILABLE,
        ("amina no_answer", "bojan no_answer", "carla rejected"),
    ),
    Scenario(
        "the second group is rung when nobody of the first answers",
        "713",
        (phone(AMINA, Declines()), phone(BOJAN, Silent()), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina rejected", "bojan no_answer", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "one agent who is busy in the first group is enough for the busy message",
        "713",
        (phone(AMINA, Busy()), unregistered(BOJAN), phone(CARLA, Declines())),
        BUSY,
        ("amina busy", "bojan skipped unreachable", "carla rejected"),
    ),
    Scenario(
        "an agent wraps up his last call and the next is rung",
        "714",
        (phone(AMINA, Answers(0.5)), phone(BOJAN, Answers(0.5))),
        ANSWERED,
        ("amina skipped wrap_up", "bojan answered"),
        CallerHangsUp(Stage.TALK),
        earlier=EarlierCall("914", Stage.TALK, 0.5),
    ),
    Scenario(
        "who has just declined a call is left alone",
        "715",
        (phone(AMINA, Declines()), phone(BOJAN, Answers(0.5))),
        ANSWERED,
        ("amina skipped declined", "bojan answered"),
        CallerHangsUp(Stage.TALK),
        earlier=EarlierCall("915", Stage.TALK, 0.5),
    ),
    Scenario(
        "who has paused is skipped",
        "700",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(0.5))),
        ANSWERED,
        ("amina skipped paused", "bojan answered"),
        CallerHangsUp(Stage.TALK),
        paused=("amina",),
    ),
    Scenario(
        "who lacks a skill is skipped",
        "728",
        (phone(AMINA, Silent()), phone(BOJAN, Silent()), phone(CARLA, Answers(0.5))),
        ANSWERED,
        ("amina skipped no_skill", "bojan skipped no_skill", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "a mobile gets the call when somebody presses the key",
        "716",
        (phone(DANA, Silent()), phone(DANAS_MOBILE, Answers(0.5, presses="1"))),
        ANSWERED,
        ("dana answered",),
        CallerHangsUp(Stage.TALK, 1.0),
    ),
    Scenario(
        "a mobile: another key is a no",
        "716",
        (phone(DANA, Silent()), phone(DANAS_MOBILE, Answers(0.5, presses="5"))),
        UNAVAILABLE,
        ("dana rejected",),
    ),
    Scenario(
        "a mobile: who hangs up instead of pressing the key has declined",
        "716",
        (phone(DANA, Silent()), phone(DANAS_MOBILE, Answers(0.5, talks=1.0))),
        UNAVAILABLE,
        ("dana rejected",),
    ),
    Scenario(
        "a mobile's voicemail never gets the call",
        "716",
        (phone(DANA, Silent()), phone(DANAS_MOBILE, Answers(0.5))),
        UNAVAILABLE,
        ("dana no_answer",),
    ),
    Scenario(
        "the caller leaves while the key is waited for",
        "716",
        (phone(DANA, Silent()), phone(DANAS_MOBILE, Answers(0.5))),
        Disposition.ABANDONED,
        ("dana caller_left",),
        CallerHangsUp(Stage.RINGING, 2.0),
    ),
    Scenario(
        "the desk phone is picked up while the key is waited for",
        "716",
        (phone(DANA, Answers(1.5)), phone(DANAS_MOBILE, Answers(0.5))),
        ANSWERED,
        ("dana answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "a colleague answers while the key is waited for",
        "717",
        (
            phone(DANA, Silent()),
            phone(DANAS_MOBILE, Answers(0.5)),
            phone(BOJAN, Answers(1.5)),
        ),
        ANSWERED,
        ("dana answered_elsewhere", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "phones in order: the second is rung when nobody picks up the first",
        "718",
        (phone(EMIL, Silent()), phone(EMILS_OTHER, Answers(1.0))),
        ANSWERED,
        ("emil answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "phones in order: the second is rung at once when the first is busy",
        "718",
        (phone(EMIL, Busy()), phone(EMILS_OTHER, Silent())),
        BUSY,
        ("emil busy",),
    ),
    Scenario(
        "an agent is reached by his own extension",
        CARLA,
        (phone(CARLA, Answers(0.5)),),
        ANSWERED,
        ("carla answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "an agent who is on a call is not reached by his extension",
        CARLA,
        (on_another_call(CARLA),),
        BUSY,
        ("carla skipped on_call",),
    ),
    Scenario(
        "greeted while it rings: the greeting ends when an agent answers",
        "719",
        (phone(AMINA, Answers(0.5)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "greeted while it rings: after the greeting he hears ringing",
        "719",
        (phone(AMINA, Silent()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina no_answer", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "greeted while it rings: the message waits for the end of the greeting",
        "719",
        (phone(AMINA, Busy()), phone(BOJAN, Busy())),
        BUSY,
        ("amina busy", "bojan busy"),
    ),
    Scenario(
        "a caller who was greeted lately is not greeted again",
        "720",
        (phone(AMINA, Answers(1.0)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK),
        earlier=EarlierCall("920", Stage.RINGING, 0.5),
    ),
    Scenario(
        "music instead of ringing",
        "721",
        (phone(AMINA, Busy()), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina busy", "bojan answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "music until the busy message",
        "721",
        (phone(AMINA, Busy()), phone(BOJAN, Busy())),
        BUSY,
        ("amina busy", "bojan busy"),
    ),
    Scenario(
        "early media: greeting and busy message without an answer",
        "722",
        (phone(AMINA, Busy()), phone(BOJAN, Busy())),
        BUSY,
        ("amina busy", "bojan busy"),
    ),
    Scenario(
        "early media: he is answered when the agent answers",
        "722",
        (phone(AMINA, Answers(1.0, talks=1.0)), phone(BOJAN, Silent())),
        ANSWERED,
        ("amina answered",),
        AgentHangsUp(),
    ),
    Scenario(
        "an outside number follows on",
        "723",
        (
            phone(AMINA, Declines()),
            phone(f"{OUTSIDE}@provider", Answers(1.0, talks=1.0)),
        ),
        ANSWERED,
        ("amina rejected", f"{OUTSIDE} answered"),
        AgentHangsUp(),
    ),
    Scenario(
        "closed settings are passed over, then a group follows on",
        "724",
        (phone(AMINA, Busy()), phone(BOJAN, Declines()), phone(CARLA, Answers(0.5))),
        ANSWERED,
        ("amina busy", "bojan rejected", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "nobody of those who follow on answers either",
        "724",
        (phone(AMINA, Busy()), phone(BOJAN, Declines()), phone(CARLA, Declines())),
        BUSY,
        ("amina busy", "bojan rejected", "carla rejected"),
    ),
    Scenario(
        "other settings follow on, in their own pattern, and are not greeted for",
        "725",
        (phone(AMINA, Declines()), phone(BOJAN, Silent()), phone(CARLA, Answers(0.5))),
        ANSWERED,
        ("amina rejected", "amina rejected", "bojan answered_elsewhere", "carla answered"),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "closed: after the closed message a group takes the call",
        "726",
        (phone(BOJAN, Answers(0.5)), phone(CARLA, Silent())),
        ANSWERED,
        ("bojan answered",),
        CallerHangsUp(Stage.TALK),
    ),
    Scenario(
        "closed: nobody takes the call after the closed message either",
        "726",
        (phone(BOJAN, Declines()), phone(CARLA, Busy())),
        Disposition.CLOSED,
        ("bojan rejected", "carla busy"),
    ),
    Scenario("closed: the closed message", "727", (), Disposition.CLOSED),
    # What supervisors do.
    Scenario(
        "ended in the greeting",
        "700",
        (phone(AMINA), phone(BOJAN)),
        Disposition.REJECTED,
        (),
        SupervisorHangsUp(Stage.GREETING),
        asks=(Asks(Stage.GREETING),),
    ),
    Scenario(
        "ended while the first rings",
        "700",
        (phone(AMINA), phone(BOJAN)),
        Disposition.REJECTED,
        ("amina cancelled",),
        SupervisorHangsUp(Stage.RINGING),
        asks=(Asks(Stage.RINGING, 1.0),),
    ),
    Scenario(
        "ended while all ring",
        "701",
        (phone(AMINA), phone(BOJAN), phone(CARLA)),
        Disposition.REJECTED,
        ("amina cancelled", "bojan cancelled", "carla cancelled"),
        SupervisorHangsUp(Stage.RINGING),
        asks=(Asks(Stage.RINGING, 1.0),),
    ),
    Scenario(
        "ended while it rings, before anybody answered the caller",
        "702",
        (phone(AMINA), phone(BOJAN)),
        Disposition.REJECTED,
        ("amina cancelled",),
        SupervisorHangsUp(Stage.RINGING),
        asks=(Asks(Stage.RINGING, 1.0),),
    ),
    Scenario(
        "ended while the key is waited for",
        "716",
        (unregistered(DANA), phone(DANAS_MOBILE, Answers(0.5))),
        Disposition.REJECTED,
        ("dana cancelled",),
        SupervisorHangsUp(Stage.RINGING),
        asks=(Asks(Stage.RINGING, 1.5),),
    ),
    Scenario(
        "ended in the talk",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN)),
        ANSWERED,
        ("amina answered",),
        SupervisorHangsUp(Stage.TALK),
        asks=(Asks(Stage.TALK, 1.0),),
    ),
    Scenario(
        "ended in the unavailable message",
        "700",
        (unregistered(AMINA), phone(BOJAN, Declines())),
        UNAVAILABLE,
        ("amina skipped unreachable", "bojan rejected"),
        SupervisorHangsUp(Stage.MESSAGE),
        asks=(Asks(Stage.MESSAGE),),
    ),
    Scenario(
        "moved in the greeting to another group",
        "700",
        (phone(AMINA), phone(BOJAN, Answers(1.0)), phone(CARLA)),
        ANSWERED,
        ("bojan answered",),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.GREETING, to=group("others")),),
    ),
    Scenario(
        "moved while the first rings to an agent",
        "700",
        (phone(AMINA), phone(BOJAN), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina cancelled", "carla answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.RINGING, 1.0, agent("carla")),),
    ),
    Scenario(
        "moved while all ring to one of them",
        "701",
        # Late enough for a slow supervisor in the first ringing, early enough for the second's 2 s.
        (phone(AMINA, Answers(1.3)), phone(BOJAN), phone(CARLA)),
        ANSWERED,
        ("amina cancelled", "bojan cancelled", "carla cancelled", "amina answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.RINGING, 0.5, agent("amina")),),
    ),
    Scenario(
        "moved out of the second wave to other settings",
        "710",
        (phone(AMINA), phone(BOJAN), phone(CARLA), phone(EMIL), phone(EMILS_OTHER, Answers(1.0))),
        ANSWERED,
        ("amina cancelled", "bojan cancelled", "carla cancelled", "emil answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.RINGING, 3.0, settings("phones-in-order")),),
    ),
    Scenario(
        "moved while it rings, and nobody there answers: the unavailable message",
        "702",
        (phone(AMINA), phone(BOJAN), phone(CARLA)),
        UNAVAILABLE,
        ("amina cancelled", "carla no_answer"),
        asks=(Asks(Stage.RINGING, 1.0, agent("carla")),),
    ),
    Scenario(
        "moved while the key is waited for",
        "716",
        (unregistered(DANA), phone(DANAS_MOBILE, Answers(0.5)), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("dana cancelled", "carla answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.RINGING, 1.5, agent("carla")),),
    ),
    Scenario(
        "moved in the unavailable message",
        "700",
        (unregistered(AMINA), phone(BOJAN, Declines()), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina skipped unreachable", "bojan rejected", "carla answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.MESSAGE, to=agent("carla")),),
    ),
    Scenario(
        "moved in the closed message to a group that does not answer: closed",
        "727",
        (phone(BOJAN, Declines()), phone(CARLA, Declines())),
        Disposition.CLOSED,
        ("bojan rejected", "carla rejected"),
        asks=(Asks(Stage.MESSAGE, to=group("others")),),
    ),
    Scenario(
        "moved in the talk to an agent who answers",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN), phone(CARLA, Answers(1.0))),
        ANSWERED,
        ("amina answered", "carla answered"),
        CallerHangsUp(Stage.TALK, 4.0),
        asks=(Asks(Stage.TALK, 1.5, agent("carla")),),
    ),
    Scenario(
        "moved in the talk to the group of whom he talks with: another of it is rung",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN, Answers(1.0, talks=1.0))),
        ANSWERED,
        ("amina answered", "amina skipped moved_away", "bojan answered"),
        AgentHangsUp(),
        asks=(Asks(Stage.TALK, 1.5, group("sales")),),
    ),
    Scenario(
        "moved in the talk, nobody there answers: back to whom he knows",
        "714",
        (phone(AMINA, Answers(0.5)), phone(BOJAN), phone(CARLA)),
        ANSWERED,
        ("amina answered", "carla no_answer", "amina answered"),
        CallerHangsUp(Stage.TALK, 6.0),
        asks=(Asks(Stage.TALK, 1.5, agent("carla")),),
    ),
    Scenario(
        "moved in the talk, the caller hangs up while it rings",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN), phone(CARLA)),
        ANSWERED,
        ("amina answered", "carla caller_left"),
        CallerHangsUp(Stage.RINGING, 3.5),
        asks=(Asks(Stage.TALK, 1.5, agent("carla")),),
    ),
    Scenario(
        "moved in the talk to an outside number, with music",
        "721",
        (phone(AMINA, Answers(1.0)), phone(BOJAN), phone(f"{OUTSIDE}@provider", OUTSIDE_ANSWERS)),
        ANSWERED,
        ("amina answered", f"{OUTSIDE} answered"),
        AgentHangsUp(),
        asks=(Asks(Stage.TALK, 1.5, Target(TargetKind.OUTSIDE_NUMBER, OUTSIDE)),),
    ),
    Scenario(
        "moved to an agent who is on a call: he stays where he is",
        "700",
        (phone(AMINA, Answers(1.0)), phone(BOJAN), on_another_call(CARLA)),
        ANSWERED,
        ("amina answered",),
        CallerHangsUp(Stage.TALK, 2.0),
        asks=(Asks(Stage.TALK, 1.0, agent("carla"), Result.NOBODY),),
    ),
    Scenario(
        "moved to settings that are closed: it rings on",
        "700",
        (phone(AMINA), phone(BOJAN, Answers(1.0))),
        ANSWERED,
        ("amina no_answer", "bojan answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(Asks(Stage.RINGING, 1.0, settings("closed-message"), Result.NOBODY),),
    ),
    Scenario(
        "moved twice",
        "700",
        (phone(AMINA), phone(BOJAN, Answers(1.0)), phone(CARLA)),
        ANSWERED,
        ("amina cancelled", "carla cancelled", "bojan answered"),
        CallerHangsUp(Stage.TALK, 1.5),
        asks=(
            Asks(Stage.RINGING, 1.0, agent("carla")),
            Asks(Stage.RINGING, 2.0, agent("bojan")),
        ),
    ),
    Scenario(
        "moved, then ended",
        "701",
        (phone(AMINA), phone(BOJAN), phone(CARLA)),
        Disposition.REJECTED,
        ("amina cancelled", "bojan cancelled", "carla cancelled", "carla cancelled"),
        SupervisorHangsUp(Stage.RINGING),
        asks=(Asks(Stage.RINGING, 1.0, agent("carla")), Asks(Stage.RINGING, 2.0)),
    ),
)
