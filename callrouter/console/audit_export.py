"""The audit log as a file: CSV that Excel opens without obeying it, or JSON."""

import csv
import io
import json
from collections.abc import AsyncIterator

from callrouter.db.audit_log import Deed

CSV_TYPE = "text/csv; charset=utf-8"

_HEAD = ("at", "who", "action", "subject", "address", "details")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


async def csv_lines(deeds: AsyncIterator[Deed]) -> AsyncIterator[str]:
    """A line a deed; times in UTC. What a spreadsheet would take for a formula gets a `'`."""
    yield "\ufeff" + _line(_HEAD)
    async for deed in deeds:
        details = json.dumps(deed.details, ensure_ascii=False)
        values = (deed.at.isoformat(), deed.who, deed.action, deed.subject, deed.address, details)
        yield _line(values)


async def json_lines(deeds: AsyncIterator[Deed]) -> AsyncIterator[str]:
    """A list of objects, one a line."""
    before = "[\n"
    async for deed in deeds:
        value = {name: getattr(deed, name) for name in Deed.__dataclass_fields__}
        yield before + json.dumps(value | {"at": deed.at.isoformat()})
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _line(values: tuple[str, ...]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_inert(value) for value in values])
    return written.getvalue()


def _inert(value: str) -> str:
    text = value.replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULAS) else text
