"""How a call ended that no router heard then: from its facts and Asterisk's own records.

Pure. Only what can be known is said: a caller whose channel ended while no router was there has
left, for nobody else was there to end it; of a talk it is known when it ended, not who ended it.
"""

from collections.abc import Sequence
from datetime import datetime

from callrouter.asterisk_log.cdr import AtTheDoor, ChannelEnd
from callrouter.call_record import CallRecord, record_of
from callrouter.facts import (
    AgentAnswered,
    AgentRung,
    AnsweredByUs,
    Arrived,
    AttemptEnded,
    Connected,
    Ended,
    EndLearned,
    Fact,
    FallbackChosen,
    Message,
    Outcome,
    Party,
    PromptStarted,
    RingingBegan,
    Stage,
)


def unheard_call(entity_id: str, caller: AtTheDoor) -> tuple[Fact, ...]:
    """The facts of one who came to us and left while we could not hear him.

    Or whose router died before it had written anything of him.
    """
    arrived = Arrived(
        at=caller.began_at,
        entity_id=entity_id,
        channel_id=caller.channel_id,
        number=caller.number,
        caller_number=caller.caller_number,
        caller_name=caller.caller_name,
    )
    answered = (AnsweredByUs(at=caller.answered_at),) if caller.answered_at else ()
    left = EndLearned(at=caller.ended_at, by=Party.CALLER, stage=Stage.ARRIVAL)
    return arrived, *answered, left, Ended(at=caller.ended_at)


def unseen_ending(
    facts: Sequence[Fact], end: ChannelEnd, heard_again: datetime, now: datetime
) -> tuple[Fact, ...]:
    """The facts that end such a call; none where its end is not known for certain.

    `end` is that of the caller's channel; `heard_again` is when a router was there again.
    """
    last = facts[-1].at
    record = record_of(facts)
    answered: tuple[Fact, ...] = ()
    if end.answered_at is not None and record.answered_at is None:
        # Unwritten, or by what Asterisk does alone.
        answered = (AnsweredByUs(at=max(last, min(end.answered_at, end.ended_at))),)
    unwritten = _unwritten_talk(record, facts, end)
    if record.talking_since is not None or unwritten:
        at = end.talk_ended_at
        if at is None:
            return ()
        learned = EndLearned(at=max(at, last), by=None, stage=Stage.TALK)
        return *answered, *unwritten, learned, Ended(at=now, left_at=learned.at)
    if end.ended_at >= heard_again:
        return ()
    at = max(end.ended_at, last)
    rung = (each.agent for each in record.attempts if each.outcome is None)
    left = [AttemptEnded(at=at, agent=agent, outcome=Outcome.CALLER_LEFT) for agent in rung]
    learned = EndLearned(at=at, by=Party.CALLER, stage=_stage(facts))
    return *answered, learned, *left, Ended(at=now, left_at=at)


def _unwritten_talk(record: CallRecord, facts: Sequence[Fact], end: ChannelEnd) -> tuple[Fact, ...]:
    """That the caller was put together with an agent in the moment before the router died.

    By Asterisk's records he talked, by ours he did not yet; what happened is at most as much
    younger than our last fact as facts wait to be written.
    """
    if record.talking_since is not None or end.talk_ended_at is None:
        return ()
    at = facts[-1].at
    open_ = [each.agent for each in record.attempts if each.outcome is None]
    for fact in reversed(facts):
        match fact:
            case AgentRung(agent=agent, phones=phones) if (
                agent in open_ and end.talked_to in phones
            ):
                others = [
                    AttemptEnded(at=at, agent=each, outcome=Outcome.ANSWERED_ELSEWHERE)
                    for each in open_
                    if each != agent
                ]
                return AgentAnswered(at=at, agent=agent), Connected(at=at, agent=agent), *others
    return ()


def _stage(facts: Sequence[Fact]) -> Stage:
    """Where the caller was at the last of these facts."""
    stage = Stage.ARRIVAL
    for fact in facts:
        match fact:
            case PromptStarted(message=Message.GREETING):
                stage = Stage.GREETING
            case PromptStarted() | FallbackChosen():
                stage = Stage.MESSAGE
            case RingingBegan():
                stage = Stage.RINGING
    return stage
