"""Configurations: YAML with every trick it knows, and rows that anybody wrote by SQL."""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Double, Integer, Time
from sqlalchemy.dialects.postgresql import JSONB

from callrouter.config.configured import ConfigSource, StoredConfiguration
from callrouter.config.load import ConfigError, load_file
from callrouter.config.rows import GENERAL, LISTS, SECTIONS
from callrouter.db.configuration_tables import CONFIGURATION
from tests.config.companies import COMPANY
from tests.fuzz import bounded
from tests.fuzz.json_values import TEXTS, VALUES

PIECES = st.sampled_from(
    [
        "a: &a [1, 2]\n",
        "b: *a\n",
        "<<: *a\n",
        "- ",
        "? ",
        "!!python/object/apply:os.system ['touch /tmp/x']\n",
        "!!binary aGk=\n",
        "!<tag:yaml.org,2002:set> {a, b}\n",
        "!!timestamp 2026-01-01\n",
        "--- \n",
        "...\n",
        "%YAML 1.1\n",
        "\x00",
        "\ufeff",
        "\t",
        "|\n  text\n",
        ">-\n  text\n",
        "{a: [b, {c: d}]}\n",
        "agents: ",
        "limits: {max_calls: 1e400}\n",
        "blocked_callers: [*a]\n",
        "[" * 2_000,
        "{a: " * 500,
        "x" * 70_000 + "\n",
        "- &l [" + ", ".join(["*l"] * 20) + "]\n",
    ]
)


def assert_told(config: ConfigSource) -> None:
    """It is usable, or refused with reasons that a terminal can show; nothing else is raised."""
    try:
        problems = load_file(config).warnings
    except ConfigError as error:
        problems, refused = error.problems, True
    else:
        refused = False
    assert problems or not refused
    assert all(str(problem).isprintable() for problem in problems)


def load_or_refuse(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "c.yaml")
        file.write_bytes(content)
        assert_told(file)


@bounded
@given(st.lists(st.one_of(PIECES, TEXTS), max_size=12))
def test_any_pieces_of_yaml(pieces: list[str]) -> None:
    load_or_refuse("".join(pieces).encode("utf-8", "replace"))


@bounded
@given(st.integers(0, len(COMPANY)), PIECES)
def test_a_trick_in_the_middle_of_a_good_file(place: int, piece: str) -> None:
    load_or_refuse((COMPANY[:place] + piece + COMPANY[place:]).encode("utf-8", "replace"))


def test_aliases_that_stand_for_very_much_are_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    load_or_refuse("\n".join(lines).encode())


def cells(column: Column[Any]) -> st.SearchStrategy[Any]:
    """What PostgreSQL lets into a column of this type; it has no text with NUL or surrogates."""
    match column.type:
        case JSONB():
            return VALUES.filter(_storable)
        case ARRAY(item_type=Integer()):
            return st.lists(st.integers(-(2**31), 2**31 - 1), max_size=3)
        case ARRAY():
            return st.lists(STORED | st.none(), max_size=3)
        case Boolean():
            return st.booleans()
        case Integer() | BigInteger():
            return st.integers(-(2**31), 2**31 - 1)
        case Double():
            return st.floats(allow_nan=False, allow_infinity=False)
        case Time():
            return st.times().map(str) | st.just("24:00:00")
        case _:
            return STORED


def _storable(value: Any) -> bool:
    return "\\u0000" not in json.dumps(value) and "\\ud" not in json.dumps(value)


STORED = TEXTS.filter(_storable)


@bounded
@given(st.randoms(use_true_random=False), st.data())
def test_any_rows(choose: random.Random, data: st.DataObject) -> None:
    """As PostgreSQL hands them on: the tables' columns, with anything in them."""
    rows: dict[str, list[dict[str, object]]] = {}
    for table in CONFIGURATION:
        entry = st.fixed_dictionaries({}, optional={c.name: cells(c) for c in table.columns})
        written = data.draw(st.lists(entry, max_size=2))
        listed = LISTS.get(table.name)
        for place, row in enumerate(written[:1] if table.name == GENERAL else written):
            if key := SECTIONS.get(table.name):  # a text, and there once
                row[key] = f"{choose.choice(['a', 'b c', 'Ж'])}{place}"
            if listed is not None:  # a foreign key
                owners = [each[SECTIONS[listed.section]] for each in rows[listed.section]]
                if not owners:
                    written = []
                    break
                row[listed.owner] = choose.choice(owners)
            row["id"] = place
        rows[table.name] = written[:1] if table.name == GENERAL else written
    text = json.dumps(rows)
    with tempfile.TemporaryDirectory() as folder:
        assert_told(StoredConfiguration(text, Path(folder)))
