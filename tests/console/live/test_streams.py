"""Patches, and those who follow them."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.console.live import streams
from callrouter.console.live.patch import merge_patch, patched
from callrouter.console.live.streams import Event, Follower, Sight, event

VALUES = st.recursive(
    st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_a_patch_makes_the_one_of_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = merge_patch(before, after)
    assert json.dumps(patched(before, patch), sort_keys=True) == json.dumps(after, sort_keys=True)
    assert bool(patch) == (before != after)


def test_what_is_the_same_is_not_in_a_patch() -> None:
    before = {"a": {"b": 1, "c": [1]}, "d": 2, "gone": {}}
    assert merge_patch(before, {"a": {"b": 1, "c": [2]}, "d": 2, "new": {}}) == {
        "gone": None,
        "a": {"c": [2]},
        "new": {},
    }


async def told(follower: Follower) -> list[Event]:
    found = []
    while follower._waiting:
        each = await follower.next()
        assert each is not None
        found.append(each)
    return found


def state(value: int, at: str = "now") -> dict[str, Any]:
    return {"at": at, "value": value}


async def test_everybody_who_follows_is_told_what_has_changed() -> None:
    sight, one, two = Sight(state(1)), Follower(), Follower()
    sight.join(one)
    sight.show(state(2, "later"))
    sight.join(two)
    sight.show(state(2, "still later"))  # only the clock has gone on: nothing to tell
    assert [(each.name, json.loads(each.data)) for each in await told(one)] == [
        ("snapshot", state(1)),
        ("board", {"value": 2, "at": "later"}),
    ]
    (whole,) = await told(two)
    assert json.loads(whole.data) == state(2, "later")


async def test_who_comes_again_is_told_what_he_missed() -> None:
    sight, one = Sight(state(0)), Follower()
    sight.join(one)
    (first,) = await told(one)
    sight.followers.clear()
    for value in (1, 2):
        sight.show(state(value))
    again = Follower()
    sight.join(again, first.id)
    assert [json.loads(each.data)["value"] for each in await told(again)] == [1, 2]
    nothing = Follower()
    sight.join(nothing, first.id.replace("-0", "-2"))
    assert await told(nothing) == [], "he missed nothing"


@pytest.mark.parametrize("last", ["", "another-7", "-", "NAME-", "NAME-x", "NAME-99", "NAME-²"])
async def test_who_missed_too_much_or_is_a_stranger_is_sent_all_of_it(last: str) -> None:
    sight, follower = Sight(state(0)), Follower()
    for value in range(streams.REMEMBERED + 5):
        sight.show(state(value + 1))
    sight.join(follower, last.replace("NAME", sight.name))
    assert [each.name for each in await told(follower)] == ["snapshot"]
    old = Follower()
    sight.join(old, f"{sight.name}-1")
    assert [each.name for each in await told(old)] == ["snapshot"]


async def test_who_reads_too_slowly_is_let_go_and_keeps_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streams, "MOST_WAITING", 3)
    slow, quick = Follower(), Follower()
    sight = Sight(state(0))
    sight.join(slow)
    sight.join(quick)
    for value in range(1, 10):
        sight.show(state(value))
        assert await quick.next() is not None
    assert slow.over
    assert not slow._waiting
    assert await slow.next() is None
    assert not quick.over


async def test_next_waits_for_news_and_for_the_end() -> None:
    follower = Follower()
    loop = asyncio.get_running_loop()
    loop.call_later(0.01, follower.tell, event("ping", {}))
    assert (await follower.next() or event("", {})).name == "ping"
    loop.call_later(0.01, follower.let_go)
    assert await follower.next() is None


def test_an_event_is_one_line_whatever_a_caller_calls_himself() -> None:
    hostile = "a\r\nevent: goodbye\r\n\r\n\u2028\ud800<script>"
    encoded = event("board", {"name": hostile}, "x-1").encoded().decode("ascii")
    assert encoded.startswith("id: x-1\nevent: board\ndata: ")
    assert encoded.count("\n") == 4
    assert json.loads(encoded.splitlines()[2].removeprefix("data: ")) == {"name": hostile}
