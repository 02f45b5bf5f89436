"""A stored call as JSON for programs: every field; times in UTC, ISO 8601 with offset."""

import json
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec

from callrouter.call_record import Attempt
from callrouter.commands.why_words import sentence
from callrouter.db.queries import StoredCall
from callrouter.facts import Fact


def call_json(call: StoredCall) -> dict[str, Any]:
    """The call's fields by the names of the record, `live`, why in a sentence, its attempts."""
    record = call.record
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    values["attempts"] = [attempt_json(attempt) for attempt in record.attempts]
    values["waiting_seconds"] = record.waiting_seconds
    values["talking_seconds"] = record.talking_seconds
    return _plain({"id": str(call.id), "live": call.live, "why": sentence(record), **values})


def facts_json(facts: tuple[Fact, ...]) -> list[dict[str, Any]]:
    """Each fact with its place and its seconds since the arrival."""
    return [
        {
            "seq": seq,
            "seconds": (fact.at - facts[0].at).total_seconds(),
            **_plain(msgspec.structs.asdict(fact)),
            "kind": str(fact.__struct_config__.tag),
        }
        for seq, fact in enumerate(facts)
    ]


def dumped(value: Any, indent: int | None = 2) -> str:
    """JSON in ASCII: whatever a caller sent, a terminal shows it and obeys nothing.

    Without `indent` it is written five times as fast.
    """
    return json.dumps(value, indent=indent, default=_iso).replace("\x7f", "\\u007f")


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    values = {field.name: getattr(attempt, field.name) for field in fields(attempt)}
    return {**values, "seconds": attempt.seconds}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(values, builtin_types=(datetime,))
    return plain


def _iso(moment: datetime) -> str:
    # Not left to msgspec, whose `Z` some readers do not take for an offset.
    return moment.isoformat()
