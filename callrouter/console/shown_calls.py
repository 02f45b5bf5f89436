"""A call as somebody may see it: whole, or with its caller's number and name masked.

Pure. Law: masked is the record itself, so that whatever is made of it, a sentence, a row, an
export, cannot tell what is hidden.
"""

from dataclasses import replace
from typing import Any

import msgspec

from callrouter.call_record import CallRecord
from callrouter.console.masking import masked_name, masked_number, masked_text
from callrouter.console.rights import Identity, Right
from callrouter.db.queries import StoredCall
from callrouter.facts import Arrived, Fact

_SENTENCES = ("trace", "rule", "reason", "detail", "error", "failure")


def shown_to(who: Identity, call: StoredCall) -> StoredCall:
    """The call as `who` may see it."""
    return call if who.may(Right.SEE_NUMBERS) else masked(call)


def masked(call: StoredCall) -> StoredCall:
    """The call without its caller's number and name."""
    record = call.record
    facts = tuple(_fact(fact, record) for fact in call.facts)
    return StoredCall(call.id, _record(record), facts)


def _record(record: CallRecord) -> CallRecord:
    return replace(
        record,
        caller_number=masked_number(record.caller_number),
        caller_name=masked_name(record.caller_name),
        rule=_text(record.rule, record),
        error=_text(record.error, record),
        trace=tuple(_told(line, record) for line in record.trace),
        attempts=tuple(
            replace(attempt, detail=_told(attempt.detail, record)) for attempt in record.attempts
        ),
    )


def _fact(fact: Fact, record: CallRecord) -> Fact:
    if isinstance(fact, Arrived):
        return msgspec.structs.replace(
            fact,
            caller_number=masked_number(fact.caller_number),
            caller_name=masked_name(fact.caller_name),
        )
    changed: dict[str, Any] = {}
    for name in _SENTENCES:
        value = getattr(fact, name, None)
        if type(value) is str:
            changed[name] = _told(value, record)
        elif isinstance(value, tuple):
            changed[name] = tuple(_told(line, record) for line in value)
    return msgspec.structs.replace(fact, **changed) if changed else fact


def _text(text: str | None, record: CallRecord) -> str | None:
    return None if text is None else _told(text, record)


def _told(text: str, record: CallRecord) -> str:
    return masked_text(text, [record.caller_number], [record.caller_name])
