"""The facts of a call in words, for its timeline: one line a fact."""

from collections.abc import Sequence
from typing import assert_never

from callrouter.commands.call_words import agent, message, party, stage
from callrouter.commands.terminal import visible
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
    Ended,
    EndLearned,
    Fact,
    Failed,
    FallbackChosen,
    FollowedOn,
    GroupLinedUp,
    HandledByAsterisk,
    HungUp,
    Interrupted,
    Moved,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    SupervisorEnded,
    TakenUp,
)

_AgentFact = (
    AgentSkipped | AgentRung | AgentRinging | AgentAsked | AgentAnswered | AttemptEnded | Connected
)


def timeline(facts: Sequence[Fact]) -> list[str]:
    """`+4.210  Amina's phone …`, with seconds since the arrival."""
    extensions: dict[str, str] = {}
    lines = []
    for fact in facts:
        if isinstance(fact, AgentRung | AgentSkipped):
            extensions[fact.agent] = fact.extension
        offset = f"{(fact.at - facts[0].at).total_seconds():+.3f}"
        lines.append(f"{offset:>9}  {_words(fact, extensions)}")
    return lines


def _words(fact: Fact, extensions: dict[str, str]) -> str:
    match fact:
        case Arrived():
            name = f" ({visible(fact.caller_name)})" if fact.caller_name else ""
            number = visible(fact.caller_number) or "a hidden number"
            return f"arrived on {visible(fact.number)} from {number}{name}"
        case HandledByAsterisk():
            return "no router is there: Asterisk follows the schedule by itself"
        case Routed():
            where = [part for part in (fact.settings, fact.agent_group) if part]
            place = f": {visible(', '.join(where))}" if where else ""
            decision = visible(fact.decision).replace("_", " ")
            return f"routed: {decision}{place} (configuration {visible(fact.version)})"
        case AnsweredByUs():
            return "callrouter answers the call"
        case PromptStarted():
            return f"the caller hears {message(fact.message)}"
        case PromptEnded():
            failure = f" failed: {visible(fact.failure)}" if fact.failure else " ends"
            return f"{message(fact.message)}{failure}"
        case RingingBegan():
            return "the caller hears ringing"
        case GroupLinedUp():
            line = ", ".join(fact.agents) or "nobody"
            order = fact.order.replace("_", " ")
            return visible(f"group {fact.agent_group}, {fact.call_routing}, {order}: {line}")
        case FollowedOn():
            return visible(f"{fact.rule} The call goes on to {fact.target}")
        case Moved():
            return visible(f"{fact.by} moves the call {stage(fact.stage)} to {fact.target}")
        case SupervisorEnded():
            return f"{visible(fact.by)} ends the call"
        case FallbackChosen():
            then = f"; then {message(fact.message)}" if fact.message else ""
            return f"nobody got the call: {fact.disposition} ({visible(fact.rule)}){then}"
        case TakenUp():
            return "its router is gone; another goes on with the call"
        case HungUp() | EndLearned() | Failed() | Interrupted() | Ended():
            return _ending_words(fact)
        case _:
            return _agent_words(fact, agent(fact.agent, extensions.get(fact.agent)))


def _agent_words(fact: _AgentFact, who: str) -> str:
    match fact:
        case AgentSkipped():
            why = fact.detail or fact.reason.replace("_", " ")
            return f"{who} is skipped: {visible(why)}"
        case AgentRung():
            return f"{who} is called on {visible(', '.join(fact.phones))}"
        case AgentRinging():
            return f"{who}: the phone rings"
        case AgentAsked():
            return f"{who} is asked on {visible(fact.phone)} to press a key"
        case AgentAnswered():
            return f"{who} answers"
        case AttemptEnded():
            codes = _codes(fact.cause, fact.sip_status)
            return f"{who}: {fact.outcome.replace('_', ' ')}{codes}"
        case Connected():
            return f"{who} and the caller hear each other"
        case _:
            assert_never(fact)


def _ending_words(fact: HungUp | EndLearned | Failed | Interrupted | Ended) -> str:
    match fact:
        case HungUp():
            return f"{party(fact.by)} hangs up {stage(fact.stage)}{_codes(fact.cause, None)}"
        case EndLearned():
            who = "somebody" if fact.by is None else party(fact.by)
            codes = _codes(fact.cause, None)
            return f"{who} hangs up {stage(fact.stage)}{codes}, as Asterisk's own records say"
        case Failed():
            return f"failed: {visible(fact.error)}"
        case Interrupted():
            return f"interrupted: {visible(fact.reason)}"
        case Ended():
            late = (fact.at - fact.left_at).total_seconds() if fact.left_at else 0.0
            before = f"; the caller had been gone for {late:.1f} s" if late else ""
            return f"ended; nothing of the call is left{before}"
        case _:
            assert_never(fact)


def _codes(cause: int | None, sip_status: int | None) -> str:
    known = [f"{name} {code}" for name, code in (("SIP", sip_status), ("cause", cause)) if code]
    return f" ({', '.join(known)})" if known else ""
