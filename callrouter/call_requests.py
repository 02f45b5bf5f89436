"""What people may ask the router to do with a call, and what may come of it: pure values."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from callrouter.routing.model import Target


class What(StrEnum):
    """What is to be done with a call."""

    END = "end"
    MOVE = "move"


class Result(StrEnum):
    """What came of a request: `nobody` of the target can be rung, `refused` for another reason."""

    DONE = "done"
    CALL_OVER = "call_over"
    NOBODY = "nobody"
    REFUSED = "refused"
    NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Do `what` with the call, for `by`; `target` is where a call is to be moved."""

    id: UUID
    call_id: UUID
    what: What
    by: str
    target: Target | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request, and a sentence that says so."""

    result: Result
    detail: str
