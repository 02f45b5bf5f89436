"""How overrides are shown: as a table, and as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from callrouter.commands.terminal import cut, table, visible
from callrouter.db.overrides import StoredOverride
from callrouter.routing.model import Override, OverrideKind
from callrouter.routing.schedule import local_time

HEAD = ("ID", "STATE", "WHAT", "SETTINGS", "FROM", "UNTIL", "BY", "REASON")
_SHOWN_DIGITS = 8
_WHAT = {OverrideKind.CLOSED: "closed", OverrideKind.OPEN: "open", OverrideKind.SEND_TO: "send"}


def list_lines(stored: Sequence[StoredOverride], timezone: str, now: datetime) -> list[str]:
    """A table; times in `timezone`, which a last line names."""
    if not stored:
        return ["No overrides."]
    rows = []
    for each in stored:
        override = each.override
        row = (
            override.id[:_SHOWN_DIGITS],
            state(each, now),
            cut(visible(_what(override)), 50),
            cut(visible(", ".join(override.settings) or "all"), 30),
            _clock(override.from_at, timezone),
            _clock(override.until_at, timezone),
            cut(visible(override.author), 24),
            cut(visible(override.reason), 40),
        )
        rows.append(row)
    return [*table(HEAD, rows), f"Times are in {timezone}."]


def state(stored: StoredOverride, now: datetime) -> str:
    """`in force`, `to come`, `ended by amina` or `expired`."""
    if stored.ended_at is not None:
        return cut(visible(f"ended by {stored.ended_by or 'somebody'}"), 24)
    if stored.over(now):
        return "expired"
    return "in force" if stored.override.holds(now) else "to come"


def override_json(stored: StoredOverride, now: datetime) -> dict[str, Any]:
    """Every field; times are ISO 8601 in UTC."""
    override = stored.override
    return {
        "id": override.id,
        "state": state(stored, now),
        "kind": override.kind.value,
        "settings": list(override.settings),
        "targets": [{each.kind.value: each.name} for each in override.targets],
        "from": _iso(override.from_at),
        "until": _iso(override.until_at),
        "message": override.message.text if override.message else None,
        "language": override.message.language if override.message else None,
        "author": override.author,
        "reason": override.reason,
        "set_at": _iso(stored.set_at),
        "ended_at": _iso(stored.ended_at),
        "ended_by": stored.ended_by,
    }


def _what(override: Override) -> str:
    to = ", then ".join(map(str, override.targets))
    return " to ".join(filter(None, (_WHAT[override.kind], to)))


def _clock(moment: datetime | None, timezone: str) -> str:
    return f"{local_time(moment, timezone):%a %Y-%m-%d %H:%M}" if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
