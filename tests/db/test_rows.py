"""What is written of a call in several steps, some of them in vain, is what it is at once."""

import json
from contextlib import suppress
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from callrouter.db.engine import DatabaseUnavailable, make_engine
from callrouter.db.records import RecordWriter
from callrouter.db.rows import as_json, rows_of
from callrouter.facts import Fact
from tests.db.sample_calls import KINDS, call_id
from tests.plausible_calls import calls

NOWHERE = "postgresql://callrouter@127.0.0.1:1/calls"
CALL = call_id(1)


class Refused(Exception):
    """What PostgreSQL will never take."""


class Tables:
    """Stands for PostgreSQL: what `WRITE_ROWS` would have put into the three tables."""

    KEYS = ("id", "call_id", "ordinal", "seq")

    def __init__(self) -> None:
        self.rows: dict[Any, dict[str, Any]] = {}
        self.takes = True
        self.error: Exception | None = None

    async def execute(self, _: str, parameter: str) -> None:
        """As KeptConnection's: of what fails either nothing is done, or all."""
        if self.takes:
            self.take(parameter)
        if self.error is not None:
            raise self.error

    def take(self, parameter: str) -> None:
        for table, rows in json.loads(parameter).items():
            for row in rows:
                if table == "attempts":
                    del row["fact_count"]  # it differs with the steps
                self.rows[table, *map(row.get, self.KEYS)] = row

    async def close(self) -> None:
        pass


def written_at_once(facts: list[Fact]) -> dict[Any, dict[str, Any]]:
    tables = Tables()
    tables.take(as_json([rows_of(CALL, list(facts), 0, None)]))
    return tables.rows


@given(calls() | st.sampled_from(KINDS).map(lambda kind: kind()), st.data())
async def test_what_a_writer_writes_in_steps_is_the_call(
    facts: list[Fact], data: st.DataObject
) -> None:
    facts[0] = msgspec.structs.replace(facts[0], caller_name="\ud800 and \0")
    writer = RecordWriter(make_engine(NOWHERE))
    writer._connection = tables = Tables()  # type: ignore[assignment]
    for fact in facts:
        writer.append(CALL, fact)
        if fact is not facts[-1] and data.draw(st.booleans()):
            tables.error = data.draw(st.sampled_from([None, DatabaseUnavailable(), Refused()]))
            tables.takes = tables.error is None or data.draw(st.booleans())
            with suppress(DatabaseUnavailable):
                await writer._write_waiting()
    tables.takes, tables.error = True, None
    assert await writer.flush(5)
    assert tables.rows == written_at_once(facts)
