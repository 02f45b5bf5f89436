"""Three configurations into one: laws, and what people do to the same schedule."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.config.merge import Conflict, merged

SCALARS = st.one_of(st.booleans(), st.integers(0, 9), st.sampled_from(["a", "b", "c", "09:00"]))
NAMES = st.sampled_from(["agents", "numbers", "rows", "ring_seconds", "closed_message"])
ROWS = st.lists(st.dictionaries(NAMES, SCALARS, max_size=3), max_size=4)
VALUES = st.recursive(
    st.one_of(SCALARS, st.lists(SCALARS, max_size=4), ROWS),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(DOCUMENTS, DOCUMENTS)
def test_without_changes_on_one_side_it_is_the_other(
    base: dict[str, Any], other: dict[str, Any]
) -> None:
    for theirs, ours in ((base, other), (other, base), (other, other)):
        result = merged(base, copy.deepcopy(theirs), copy.deepcopy(ours))
        assert result.document == other
        assert result.conflicts == ()


@given(DOCUMENTS, st.dictionaries(NAMES, VALUES), st.dictionaries(NAMES, VALUES))
def test_changes_at_different_places_both_survive(
    base: dict[str, Any], one: dict[str, Any], two: dict[str, Any]
) -> None:
    """Theirs are under names that begin with t, ours under others."""
    theirs = base | {f"t-{name}": value for name, value in one.items()}
    ours = base | {f"o-{name}": value for name, value in two.items()}
    result = merged(base, theirs, ours)
    assert result.document == theirs | ours
    assert result.conflicts == ()


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_every_value_of_ours_and_theirs_is_in_the_result_or_among_the_conflicts(
    base: dict[str, Any], theirs: dict[str, Any], ours: dict[str, Any]
) -> None:
    result = merged(base, theirs, ours)
    known = _texts(result.document) | {
        text for each in result.conflicts for side in (each.theirs, each.ours)
        for text in _texts(side)
    }  # fmt: skip
    removed = _texts(base)
    assert _texts(theirs) - removed <= known
    assert _texts(ours) - removed <= known


def _texts(value: Any) -> set[str]:
    """The values at the bottom; names do not count."""
    match value:
        case dict():
            return {text for each in value.values() for text in _texts(each)}
        case list():
            return {text for each in value for text in _texts(each)}
        case None:
            return set()
        case _:
            return {repr(value)}


def row(first: str, last: str, group: str = "sales") -> dict[str, Any]:
    return {"days": ["Monday"], "from_time": first, "to_time": last, "agent_group": [group]}


def schedule(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"incoming_call_settings": {"office": {"call_handling_schedule": list(rows)}}}


A, B, C = row("08:00", "12:00"), row("12:00", "16:00"), row("16:00", "20:00")


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "result"),
    [
        ([A, B, C], [row("07:00", "12:00"), B, C], [A, B, row("16:00", "22:00")],
         [row("07:00", "12:00"), B, row("16:00", "22:00")]),
        ([A], [A, B], [A, C], [A, B, C]),
        ([A], [A, B], [A, B], [A, B]),
        ([A, B], [B], [A, B, C], [B, C]),
        ([A], [row("08:00", "13:00")], [row("08:00", "12:00", "night")],
         [row("08:00", "13:00", "night")]),
    ],
    ids=["two rows", "each adds one", "the same one", "removed and added", "two fields of a row"],
)  # fmt: skip
def test_rows(base: list[Any], theirs: list[Any], ours: list[Any], result: list[Any]) -> None:
    found = merged(schedule(*base), schedule(*theirs), schedule(*ours))
    assert found.document == schedule(*result)
    assert found.conflicts == ()


def test_the_same_field_is_a_conflict_and_ours_stands() -> None:
    found = merged(schedule(A), schedule(row("08:00", "13:00")), schedule(row("08:00", "14:00")))
    assert found.document == schedule(row("08:00", "14:00"))
    where = "incoming_call_settings.office.call_handling_schedule[0].to_time"
    assert found.conflicts == (Conflict(where, "13:00", "14:00"),)


def test_members_are_added_and_removed_by_both() -> None:
    found = merged({"members": ["a", "b"]}, {"members": ["a", "b", "c"]}, {"members": ["b"]})
    assert found.document == {"members": ["b", "c"]}
    assert found.conflicts == ()


def test_removed_by_them_and_changed_by_us() -> None:
    base: dict[str, Any] = {"agents": {"amina": {"extension": "1"}, "bojan": {"extension": "2"}}}
    ours: dict[str, Any] = {"agents": {"amina": {"extension": "9"}, "bojan": {"extension": "2"}}}
    found = merged(base, {"agents": {"bojan": {"extension": "2"}}}, ours)
    assert found.document == ours
    assert found.conflicts == (Conflict("agents.amina", None, {"extension": "9"}),)


def test_a_message_is_one_thing() -> None:
    base = {"closed_message": {"text": "Closed.", "language": "en"}}
    theirs = {"closed_message": {"text": "We are closed.", "language": "en"}}
    ours = {"closed_message": {"sound": "closed.wav"}}
    found = merged(base, theirs, ours)
    assert found.document == ours
    assert [conflict.path for conflict in found.conflicts] == ["closed_message"]
