"""Values as YAML: what is read from it is what was written, each value on its line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.config.canonical import canonical
from callrouter.config.load import examined
from callrouter.config.renaming import renamed
from callrouter.config.shape import SourceFile
from callrouter.config.source import Reading, read_source
from callrouter.config.written import Written, differences
from callrouter.config.yaml_source import ListNode, MapNode, Node, read_tree
from callrouter.config.yaml_text import TooMuch, with_lines

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["yes", "null", "~", "- x", "a: b", "#", "*a", "09:00", "0x1", "{", "\u2028"]),
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.booleans(), st.integers(0, 10**6)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=20,
)


def places(node: Node, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, int]]:
    if isinstance(node, MapNode):
        for name, (_, value) in node.entries.items():
            yield from places(value, (*path, name))
    elif isinstance(node, ListNode):
        for place, value in enumerate(node.items):
            yield from places(value, (*path, place))
    else:
        yield path, node.text, node.line


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
def test_what_is_read_is_what_was_written(values: dict[str, Any]) -> None:
    text, tree = with_lines(values)
    read, problems = read_tree(text.encode(), "draft")
    assert not problems
    assert list(places(read)) == list(places(tree))


def test_the_sample_means_the_same(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "callrouter.yaml"
    was = examined(read_source(sample))
    before = Written(was.values, was.document)
    document = canonical(before)
    text, tree = with_lines(document)
    now = examined(Reading(SourceFile("draft", tree), sample.parent, (), text))
    assert now.loaded is not None
    assert was.loaded is not None
    assert now.loaded.table.version == was.loaded.table.version
    after = Written(now.values, now.document)
    assert list(differences(before, after)) == []
    assert canonical(after) == document
    assert max(map(len, text.splitlines())) < 200


@pytest.mark.parametrize(
    "values",
    [{"a": float("nan")}, {"a": float("inf")}, {"a": [[[]]] * 300_000}],
    ids=["no number", "endless", "very many"],
)
def test_what_is_no_configuration_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(TooMuch):
        with_lines(values)


def test_deep_nesting_is_refused_without_recursion() -> None:
    values: Any = "x"
    for _ in range(100_000):
        values = [values]
    with pytest.raises(TooMuch):
        with_lines({"a": values})
    while isinstance(values, list):  # freed one by one
        values = values.pop()


def test_a_new_name_is_followed_everywhere() -> None:
    document: dict[str, Any] = {
        "agents": {"amina": {"incoming_call_settings": "office"}},
        "agent_groups": {"sales": {"members": ["amina", "bojan"]}},
        "holiday_calendars": {"rs": {"agent_group": ["sales"], "holidays": [{"date": "rs"}]}},
        "incoming_call_settings": {
            "office": {
                "holidays": ["rs"],
                "follow_on": [{"agent": "amina"}, {"agent_group": "sales"}],
                "call_handling_schedule": [{"agent_group": ["sales"]}],
            },
            "other": {"follow_on": [{"incoming_call_settings": "office"}]},
        },
    }
    for kind, old in (
        ("agents", "amina"),
        ("agent_groups", "sales"),
        ("holiday_calendars", "rs"),
        ("incoming_call_settings", "office"),
    ):
        document = renamed(document, kind, old, f"new {old}")
    assert document == {
        "agents": {"new amina": {"incoming_call_settings": "new office"}},
        "agent_groups": {"new sales": {"members": ["new amina", "bojan"]}},
        "holiday_calendars": {
            "new rs": {"agent_group": ["new sales"], "holidays": [{"date": "rs"}]}
        },
        "incoming_call_settings": {
            "new office": {
                "holidays": ["new rs"],
                "follow_on": [{"agent": "new amina"}, {"agent_group": "new sales"}],
                "call_handling_schedule": [{"agent_group": ["new sales"]}],
            },
            "other": {"follow_on": [{"incoming_call_settings": "new office"}]},
        },
    }
