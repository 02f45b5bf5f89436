"""What supervisors ask of one call: done in the order of its events, refused, or too late.

The laws: what is to be done is a fact before it is done, so that it never looks like another's
deed. Everybody who asks is answered, once.
"""

from collections.abc import Callable

from callrouter.call_requests import Answer, Result
from callrouter.calls.endings import CallEnded, CallMoved
from callrouter.calls.inbox import EndRequested, Inbox, MoveRequested, Requested
from callrouter.calls.story import Story
from callrouter.facts import HungUp, Moved, Party, Stage, SupervisorEnded

OVER = Answer(Result.CALL_OVER, "The call was over already.")
LET_GO = Answer(Result.REFUSED, "The router has stopped looking after this call.")
ON_ITS_WAY_OUT = Answer(Result.REFUSED, "The call is being refused.")
ENDED = Answer(Result.DONE, "The call was ended.")


def now_rings(names: list[str]) -> Answer:
    """The call was moved to those who ring now."""
    *first, last = names
    who = f"{', '.join(first)} and {last} are" if first else f"{last} is"
    return Answer(Result.DONE, f"The call was moved: {who} being rung.")


def _on_its_way_out(asked: MoveRequested) -> Answer:
    return ON_ITS_WAY_OUT


class Requests:
    """One call's. `why_not` says whether it may be moved; `over` that nothing can be done any more,
    `closed` that nobody reads the inbox now.
    """

    def __init__(self, inbox: Inbox, story: Story) -> None:
        self._inbox = inbox
        self._story = story
        self._pending: Requested | None = None
        self.over = self.closed = False
        self.why_not: Callable[[MoveRequested], Answer | None] = _on_its_way_out

    def hand(self, asked: EndRequested | MoveRequested) -> None:
        """Let the call's task know of it, behind what has happened before; never waits."""
        if self.closed:
            asked.tell(OVER)
        else:
            self._inbox.put(asked)

    def came(self, asked: EndRequested | MoveRequested, stage: Stage) -> None:
        """Raises CallEnded or CallMoved where it is to be done, at once."""
        note = self._story.note
        if self.over:
            self.too_late(asked)
        elif isinstance(asked, EndRequested):
            self._now_it_is(asked)
            note(SupervisorEnded, by=asked.by)
            note(HungUp, by=Party.SUPERVISOR, stage=stage)
            self.over = True
            raise CallEnded
        elif refusal := self.why_not(asked):
            asked.tell(refusal)
        else:
            self._now_it_is(asked)
            note(Moved, by=asked.by, target=str(asked.target), stage=stage)
            raise CallMoved(asked)

    def too_late(self, asked: Requested) -> None:
        """The caller has left, or we have hung up."""
        asked.tell(OVER)

    def answer(self, answer: Answer) -> None:
        """This came of what is being done; only the first word counts."""
        if self._pending is not None:
            self._pending.tell(answer)
            self._pending = None

    def close(self, *, caller_here: bool) -> None:
        """Nothing more is done; also not what nobody has read yet."""
        self.over = self.closed = True
        self.why_not = _on_its_way_out
        last = LET_GO if caller_here else OVER
        self.answer(last)
        for event in self._inbox.rest():
            if isinstance(event, Requested):
                event.tell(last)

    def _now_it_is(self, asked: Requested) -> None:
        words = f"{asked.by} wanted something else before anybody was rung."
        self.answer(Answer(Result.REFUSED, words))
        self._pending = asked
