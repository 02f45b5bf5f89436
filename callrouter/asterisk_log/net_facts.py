"""The facts of a call that Asterisk handled by itself: what its notes amount to.

Pure. The same facts in the same order as if a router had been there, so that record, reason and
timeline need nothing of their own; what Asterisk does not know is left out, never guessed.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from callrouter.ari.causes import LegResult, leg_result
from callrouter.asterisk_conf.net import ABSENT
from callrouter.asterisk_log.notes import Note
from callrouter.facts import (
    AgentAnswered,
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
    HandledByAsterisk,
    HungUp,
    Interrupted,
    Message,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Routed,
    Stage,
)
from callrouter.routing.availability import SkipReason

_FREE = "NOT_INUSE"
_IN_USE = ("INUSE", "BUSY", "RING", "ONHOLD")
_SIP_STATUS = re.compile(r"SIP ([1-6][0-9]{2})\b")
_MOST_TELLING_FIRST = (
    LegResult.REJECTED,
    LegResult.BUSY,
    LegResult.NO_ANSWER,
    LegResult.FAILED,
    LegResult.UNREACHABLE,
)
_OF_STATUS = {
    "BUSY": Outcome.BUSY,
    "NOANSWER": Outcome.NO_ANSWER,
    "CHANUNAVAIL": Outcome.UNREACHABLE,
    "CANCEL": Outcome.CALLER_LEFT,
    "ANSWER": Outcome.ANSWERED_ELSEWHERE,
}
_LONGEST_TALK = timedelta(days=7)


def facts_of(entity_id: str, notes: Sequence[Note]) -> list[Fact]:
    """The facts of one call; none where its arrival is not noted: it is none of the net's.

    A call without its last note has no `Ended`.
    """
    call = _NetCall(entity_id)
    for note in notes:
        call.take(note)
    return call.facts


def broken_off(facts: Sequence[Fact], now: datetime) -> tuple[Fact, ...]:
    """What is appended for a call whose channel is gone without a last note."""
    last = facts[-1].at.isoformat()
    reason = f"Asterisk ended during the call, while no router was there; last heard of at {last}"
    return Interrupted(at=now, reason=reason), Ended(at=now)


@dataclass(slots=True)
class _Rung:
    agent: str
    accounts: tuple[str, ...]
    result: LegResult | None = None
    sip_status: int | None = None


class _NetCall:
    """What the notes so far amount to."""

    def __init__(self, entity_id: str) -> None:
        self.facts: list[Fact] = []
        self._entity_id = entity_id
        self._version = ""
        self._settings: str | None = None
        self._stage = Stage.ARRIVAL
        self._answered = False
        self._prompt: Message | None = None
        self._said_all = False
        self._rung: list[_Rung] = []

    def take(self, note: Note) -> None:
        at = note.at
        if not self.facts:
            match note.kind, note.words:
                case "arrived", (number, caller, name, version):
                    self._arrived(note, number, caller, name, version)
            return
        match note.kind, note.words:
            case "settings", (name,):
                self._settings = name
            case "plan", (decision, zone, group, row, holiday, override):
                self._routed(at, decision, zone, group, row, holiday, override)
            case "says", (message,):
                self._says(at, message, Stage.GREETING)
            case "said", (status,):
                self._said(at, status)
            case "agent", (agent, extension, name, group, phones):
                self._agent(at, agent, extension, name, group, phones)
            case "phone", (channel, said):
                self._phone(channel, said)
            case "dialled", (status, peer, milliseconds):
                self._dialled(at, status, peer, milliseconds)
            case "nobody", (disposition, message):
                self._nobody(at, disposition, message)
            case "ended", (cause, source, own):
                self._ended(at, cause, source, own)

    def _arrived(self, note: Note, number: str, caller: str, name: str, version: str) -> None:
        self._version = version
        arrived = Arrived(
            at=note.at,
            entity_id=self._entity_id,
            channel_id=note.channel,
            number=number,
            caller_number=caller,
            caller_name=name,
        )
        self.facts += [arrived, HandledByAsterisk(at=note.at)]

    def _routed(
        self,
        at: datetime,
        decision: str,
        zone: str,
        group: str,
        row: str,
        holiday: str,
        override: str,
    ) -> None:
        routed = Routed(
            at=at,
            decision=decision,
            version=self._version,
            settings=self._settings,
            agent_group=group or None,
            timezone=zone,
            schedule_row=row or None,
            holiday=holiday or None,
            override=override or None,
        )
        self.facts.append(routed)

    def _says(self, at: datetime, message: str, stage: Stage) -> None:
        """He is answered, and hears a message of ours or, where it has no name, Asterisk's own."""
        self._stage = stage
        self._answer(at)
        with suppress(ValueError):
            self._prompt = Message(message)
            self.facts.append(PromptStarted(at=at, message=self._prompt))

    def _said(self, at: datetime, status: str) -> None:
        self._said_all = self._stage is Stage.MESSAGE
        if self._prompt is not None:
            failure = None if status == "SUCCESS" else "Asterisk could not play it"
            self.facts.append(PromptEnded(at=at, message=self._prompt, failure=failure))
            self._prompt = None

    def _answer(self, at: datetime) -> None:
        if not self._answered:
            self._answered = True
            self.facts.append(AnsweredByUs(at=at))

    def _agent(
        self, at: datetime, agent: str, extension: str, name: str, group: str, phones: str
    ) -> None:
        states = dict(each.rpartition("=")[::2] for each in phones.split("&") if "=" in each)
        free = tuple(phone for phone, state in states.items() if state == _FREE)
        if not free:
            reason, detail = _why_not(tuple(states.values()))
            self.facts.append(
                AgentSkipped(
                    at=at,
                    agent=agent,
                    extension=extension,
                    reason=reason,
                    name=name,
                    agent_group=group,
                    detail=detail,
                )
            )
            return
        if self._stage is not Stage.RINGING:
            self._stage = Stage.RINGING
            self.facts.append(RingingBegan(at=at))
        self.facts.append(
            AgentRung(
                at=at, agent=agent, extension=extension, phones=free, name=name, agent_group=group
            )
        )
        self._rung.append(_Rung(agent, tuple(phone.partition("/")[2] for phone in free)))

    def _phone(self, channel: str, said: str) -> None:
        """What a phone's last response was; of several phones the most telling one is his."""
        rung, status = self._of(channel), _SIP_STATUS.match(said)
        if rung is None or status is None or int(status[1]) < 300:
            return
        result = leg_result(0, int(status[1]))
        known = rung.result
        if known is None or _place(result) < _place(known):
            rung.result, rung.sip_status = result, int(status[1])

    def _of(self, channel: str) -> _Rung | None:
        """Who was rung on this channel: `PJSIP/1001-0000000a`."""
        account = channel.partition("/")[2].rpartition("-")[0]
        return next((each for each in self._rung if account in each.accounts), None)

    def _dialled(self, at: datetime, status: str, peer: str, milliseconds: str) -> None:
        rung, winner = self._rung, None
        if status == "ANSWER":
            winner = self._of(peer) or (rung[0] if len(rung) == 1 else None)
            at = self._answered_at(at, milliseconds)
        if winner is not None:
            self.facts.append(AgentAnswered(at=at, agent=winner.agent))
            self._answer(at)
            self.facts.append(Connected(at=at, agent=winner.agent))
            self._stage = Stage.TALK
        for each in rung:
            if each is not winner:
                outcome, sip_status = _outcome(each, status)
                self.facts.append(
                    AttemptEnded(at=at, agent=each.agent, outcome=outcome, sip_status=sip_status)
                )
        self._rung = []

    def _answered_at(self, at: datetime, milliseconds: str) -> datetime:
        """So long before the end of the talk, but not before what was known to be earlier."""
        with suppress(ValueError, OverflowError):
            talked = timedelta(milliseconds=int(milliseconds))
            if timedelta() <= talked <= _LONGEST_TALK:
                return max(at - talked, self.facts[-1].at)
        return at

    def _nobody(self, at: datetime, disposition: str, message: str) -> None:
        with suppress(ValueError):
            chosen = Disposition(disposition)
            if chosen is Disposition.REJECTED and self._settings is None:
                unknown = Routed(at=at, decision="unknown_number", version=self._version)
                self.facts.append(unknown)
            said = Message(message) if message else None
            rule = _RULES.get(chosen, "Asterisk said that nobody can take the call.")
            self.facts.append(FallbackChosen(at=at, disposition=chosen, rule=rule, message=said))
            self._says(at, message, Stage.MESSAGE)

    def _ended(self, at: datetime, cause: str, source: str, own: str) -> None:
        by = Party.CALLER
        if self._said_all:
            by = Party.CALLROUTER
        elif self._stage is Stage.TALK and source != own:
            by = Party.AGENT
        known = int(cause) if cause.isascii() and cause.isdigit() and len(cause) < 4 else None
        if self._rung:
            self._dialled(at, "CANCEL", "", "")  # he was quicker than the note of it
        self.facts.append(HungUp(at=at, by=by, stage=self._stage, cause=known or None))
        self.facts.append(Ended(at=at))


_RULES = {
    Disposition.BUSY: "Busy message: somebody on duty was on a call.",
    Disposition.UNAVAILABLE: "Unavailable message: nobody on duty was there and answered.",
    Disposition.CLOSED: "Closed.",
    Disposition.REJECTED: "Refused: the number is not ours.",
}


def _why_not(states: Sequence[str]) -> tuple[SkipReason, str]:
    if any(state.endswith(ABSENT) for state in states):
        return SkipReason.LOGGED_OUT, "logged out or paused"
    if any(state.startswith(_IN_USE) for state in states):
        return SkipReason.ON_CALL, "the phone was in use"
    return SkipReason.UNREACHABLE, "no phone was there" if states else "no phone Asterisk may ring"


def _place(result: LegResult) -> int:
    return _MOST_TELLING_FIRST.index(result)


def _outcome(rung: _Rung, status: str) -> tuple[Outcome, int | None]:
    """A phone that was let go of while it rang says 487, as one does that rang in vain."""
    usual = _OF_STATUS.get(status, Outcome.FAILED)
    if rung.result is None or (rung.result is LegResult.NO_ANSWER and status in _LET_GO):
        return usual, None
    return Outcome(rung.result), rung.sip_status


_LET_GO = ("ANSWER", "CANCEL")
