"""Calls as lists of facts, one for every kind of ending, each starting at NINE on a Monday."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from callrouter.facts import (
    AgentAnswered,
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
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HungUp,
    Message,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
)

NINE = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)  # 09:00 in Belgrade


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def call_id(number: int) -> UUID:
    """`00000001-…` and so on: ids that a test can name."""
    return UUID(int=(number << 96) + 7)


def arrived(
    *, number: str = "700", caller: str = "+381641234567", name: str = "Jelena Petrović"
) -> Arrived:
    return Arrived(
        at=NINE,
        entity_id="02:42:ac:11:00:02",
        channel_id="1772438400.1",
        number=number,
        caller_number=caller,
        caller_name=name,
    )


def greeted() -> list[Fact]:
    return [
        arrived(),
        Routed(
            at=at(0.001),
            decision="ring",
            version="5f3a9c1e",
            settings="head-office",
            agent_group="sales",
            trace=("700 belongs to head-office.", "Monday 09:00-17:00 is on duty: sales."),
            timezone="Europe/Belgrade",
            schedule_row="Monday 09:00-17:00",
        ),
        AnsweredByUs(at=at(0.002)),
        PromptStarted(at=at(0.05), message=Message.GREETING),
        PromptEnded(at=at(3.2), message=Message.GREETING),
        RingingBegan(at=at(3.201)),
    ]


def first_agent_does_not_answer() -> list[Fact]:
    return [
        *greeted(),
        GroupLinedUp(
            at=at(3.205),
            agent_group="sales",
            call_routing="Sequential",
            order="fewest_calls",
            agents=("dina", "amina", "bojan", "emir"),
            sorted_by=("0 calls today", "0 calls today", "1 call today", "2 calls today"),
        ),
        AgentSkipped(
            at=at(3.21),
            agent="dina",
            extension="1003",
            reason="on_call",
            name="Dina Kos",
            agent_group="sales",
            detail="on a call since 08:51",
        ),
        AgentRung(
            at=at(3.22),
            agent="amina",
            extension="1001",
            phones=("PJSIP/1001",),
            name="Amina Haddad",
            agent_group="sales",
        ),
        AgentRinging(at=at(3.4), agent="amina"),
        AttemptEnded(at=at(23.22), agent="amina", outcome=Outcome.NO_ANSWER, cause=19),
    ]


def answered() -> list[Fact]:
    return [
        *first_agent_does_not_answer(),
        AgentRung(
            at=at(23.3),
            agent="bojan",
            extension="1002",
            phones=("PJSIP/1002",),
            name="Bojan Ilić",
            agent_group="sales",
        ),
        AgentRinging(at=at(23.5), agent="bojan"),
        AgentAnswered(at=at(28.0), agent="bojan"),
        Connected(at=at(28.1), agent="bojan"),
        HungUp(at=at(118.3), by=Party.CALLER, stage=Stage.TALK, cause=16),
        Ended(at=at(118.4)),
    ]


def abandoned() -> list[Fact]:
    return [
        *first_agent_does_not_answer()[:-1],
        HungUp(at=at(9), by=Party.CALLER, stage=Stage.RINGING, cause=16),
        AttemptEnded(at=at(9.01), agent="amina", outcome=Outcome.CALLER_LEFT),
        Ended(at=at(9.1)),
    ]


def unavailable() -> list[Fact]:
    return [
        *first_agent_does_not_answer(),
        FallbackChosen(
            at=at(23.3),
            disposition=Disposition.UNAVAILABLE,
            message=Message.UNAVAILABLE,
            rule="Nobody answered, and no agent of sales was on a call.",
        ),
        PromptStarted(at=at(23.4), message=Message.UNAVAILABLE),
        PromptEnded(at=at(26.4), message=Message.UNAVAILABLE),
        HungUp(at=at(26.5), by=Party.CALLROUTER, stage=Stage.MESSAGE),
        Ended(at=at(26.6)),
    ]


def followed_on() -> list[Fact]:
    """Nobody of sales; then other settings, whose group has the call."""
    return [
        *first_agent_does_not_answer(),
        FollowedOn(at=at(23.3), target="the settings night", rule="Nobody of sales took the call."),
        Routed(
            at=at(23.31),
            decision="ring",
            version="5f3a9c1e",
            settings="night",
            agent_group="on-call",
            trace=("On Christmas group on-call is on duty.",),
            timezone="Europe/Belgrade",
            holiday="Christmas",
        ),
        GroupLinedUp(
            at=at(23.32),
            agent_group="on-call",
            call_routing="Simultaneous",
            order="listed",
            agents=("bojan",),
        ),
        AgentRung(
            at=at(23.33),
            agent="bojan",
            extension="1002",
            phones=("PJSIP/1002",),
            name="Bojan Ilić",
            agent_group="on-call",
        ),
        AgentAnswered(at=at(28.0), agent="bojan"),
        Connected(at=at(28.1), agent="bojan"),
        HungUp(at=at(118.3), by=Party.AGENT, stage=Stage.TALK, cause=16),
        Ended(at=at(118.4)),
    ]


def rejected() -> list[Fact]:
    return [
        arrived(number="799", caller="", name=""),
        Routed(
            at=at(0.001),
            decision="unknown_number",
            version="5f3a9c1e",
            trace=("No settings list 799.",),
        ),
        FallbackChosen(
            at=at(0.002), disposition=Disposition.REJECTED, rule="No settings list 799."
        ),
        HungUp(at=at(0.003), by=Party.CALLROUTER, stage=Stage.ARRIVAL, cause=1),
        Ended(at=at(0.1)),
    ]


KINDS: tuple[Callable[[], list[Fact]], ...] = (
    answered,
    abandoned,
    unavailable,
    followed_on,
    rejected,
)
