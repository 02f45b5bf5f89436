"""Whole calls as data: who dials what, what the phones do, and the record that must come of it.

They run on the in-memory Asterisk (with exact transcripts) and on the real one.
"""

from dataclasses import dataclass

from callrouter.facts import Disposition, Party, Stage
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
class Scenario:
    """`attempts` are `agent outcome` or `agent skipped reason`, in their order."""

    name: str
    number: str
    phones: tuple[Phone, ...]
    disposition: Disposition
    attempts: tuple[str, ...] = ()
    ending: CallerHangsUp | AgentHangsUp | WeHangUp = WeHangUp()

    @property
    def answered_by(self) -> str | None:
        return next((a.split()[0] for a in self.attempts if a.endswith(" answered")), None)


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
)
