"""Bridges are used again when they are known to be empty, and only then."""

import asyncio

import pytest

from callrouter.ari import bridges
from callrouter.ari.bridges import BRIDGE_PREFIX, BridgePool
from callrouter.ari.errors import AriError, Gone, Unavailable
from callrouter.concurrency import beside


class Asterisk:
    """Remembers which bridges there are; may be ill."""

    def __init__(self) -> None:
        self.bridges: list[str] = []
        self.strangers: set[str] = set()
        self.asked = 0
        self.of_others = 0
        self.error: AriError | None = None

    async def create_bridge(self, bridge_id: str) -> None:
        self._ask()
        self.bridges.append(bridge_id)

    async def destroy_bridge(self, bridge_id: str) -> None:
        self._ask()
        if bridge_id not in self.bridges:
            raise Gone(bridge_id)
        self.bridges.remove(bridge_id)

    async def bridge_is_empty(self, bridge_id: str) -> bool:
        self._ask()
        if bridge_id not in self.bridges:
            raise Gone(bridge_id)
        return bridge_id not in self.strangers

    async def empty_bridges(self) -> tuple[int, frozenset[str]]:
        self._ask()
        return len(self.bridges) + self.of_others, frozenset(self.bridges) - self.strangers

    def _ask(self) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error


async def test_an_empty_bridge_is_used_again() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    first, second = await pool.take(), await pool.take()
    assert first != second
    assert first.startswith(BRIDGE_PREFIX)
    assert asterisk.bridges == [first, second]
    await pool.give_back(first, empty=True)
    assert pool.free == frozenset(), "nobody has looked into it yet"
    await pool.look()
    assert pool.free == {first}
    assert pool.ids == {first, second}
    assert await pool.take() == first
    assert pool.free == frozenset()
    assert asterisk.asked == 3


async def test_those_that_calls_have_left_are_looked_into_soon_in_one_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bridges, "LOOK_SECONDS", 0.01)
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    taken = [await pool.take() for _ in range(20)]
    asterisk.strangers.add(taken[0])
    asterisk.asked = 0
    async with beside(pool.run(), name="look into bridges"):
        for bridge in taken[:5]:
            await pool.give_back(bridge, empty=True)
        async with asyncio.timeout(5):
            while len(pool.free) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert pool.free == {*taken[1:5]}
        assert taken[0] not in asterisk.bridges
        assert asterisk.asked == 2, "one look, and one to take the stranger's away"
        await pool.give_back(taken[5], empty=True)
        async with asyncio.timeout(5):
            while taken[5] not in pool.free:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_few_of_many_are_asked_after_by_name() -> None:
    """A list of thousands for two would cost more than two questions."""
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    taken = [await pool.take() for _ in range(2 * bridges.WORTH_A_LIST + 1)]
    asterisk.strangers.add(taken[1])
    asterisk.asked = 0
    for bridge in taken[:2]:
        await pool.give_back(bridge, empty=True)
    await pool.look()
    assert asterisk.asked == 3
    assert pool.free == {taken[0]}


async def test_a_list_is_not_asked_for_where_most_bridges_are_of_others() -> None:
    asterisk = Asterisk()
    asterisk.of_others = 1000
    pool = BridgePool(asterisk)
    for asked in (1, 2):  # the first list tells how long it is
        taken = [await pool.take() for _ in range(2)]
        asterisk.asked = 0
        for bridge in taken:
            await pool.give_back(bridge, empty=True)
        await pool.look()
        assert asterisk.asked == asked


async def test_one_that_two_calls_give_back_is_free_once() -> None:
    """Both were taken up from a router before us, with channels in one bridge."""
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    bridge = await pool.take()
    await pool.give_back(bridge, empty=True)
    await pool.give_back(bridge, empty=True)
    await pool.look()
    await pool.give_back(bridge, empty=True)
    await pool.look()
    assert await pool.take() == bridge
    assert await pool.take() != bridge


async def test_one_that_is_made_after_a_restart_of_asterisk_is_ours() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    make = asterisk.create_bridge

    async def slowly(bridge_id: str) -> None:
        pool.forget()
        await make(bridge_id)

    asterisk.create_bridge = slowly  # type: ignore[method-assign]
    bridge = await pool.take()
    assert pool.ids == {bridge}


async def test_one_that_is_left_while_asterisk_is_asked_waits_for_the_next_look() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    early, late = await pool.take(), await pool.take()
    ask = asterisk.bridge_is_empty

    async def slowly(bridge_id: str) -> bool:
        said = await ask(bridge_id)
        await pool.give_back(late, empty=True)
        return said

    asterisk.bridge_is_empty = slowly  # type: ignore[method-assign]
    await pool.give_back(early, empty=True)
    await pool.look()
    assert pool.free == {early}
    asterisk.bridge_is_empty = ask  # type: ignore[method-assign]
    await pool.look()
    assert pool.free == {early, late}


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with another"])
async def test_a_bridge_in_which_somebody_is_whom_no_call_knows_is_taken_away(others: int) -> None:
    """A phone has taken somebody's place in it, unheard."""
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    bridge, *more = [await pool.take() for _ in range(1 + others)]
    asterisk.strangers.add(bridge)
    for each in (bridge, *more):
        await pool.give_back(each, empty=True)
    await pool.look()
    assert asterisk.bridges == more
    assert pool.free == {*more}
    assert pool.ids == {*more}


@pytest.mark.parametrize("others", [0, 1], ids=["alone", "with another"])
async def test_a_bridge_of_which_asterisk_does_not_say_who_is_in_it_is_not_used_again(
    others: int, caplog: pytest.LogCaptureFixture
) -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    for bridge in [await pool.take() for _ in range(1 + others)]:
        await pool.give_back(bridge, empty=True)
    asterisk.error = Unavailable("ill")
    with caplog.at_level("WARNING"):
        await pool.look()
    assert pool.free == pool.ids == frozenset()
    assert caplog.text.count("a bridge is left behind: ill") == 1 + others


async def test_a_bridge_in_which_somebody_may_be_is_taken_away() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    bridge = await pool.take()
    await pool.give_back(bridge, empty=False)
    assert asterisk.bridges == []
    assert pool.ids == set()
    bridge = await pool.take()
    asterisk.bridges.clear()
    await pool.give_back(bridge, empty=False)  # it is gone already


async def test_that_of_a_router_before_us_is_used_like_our_own() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    asterisk.bridges.append("callrouter-bridge-old")
    pool.adopt("callrouter-bridge-old")
    assert pool.free == frozenset()
    await pool.give_back("callrouter-bridge-old", empty=True)
    await pool.look()
    assert await pool.take() == "callrouter-bridge-old"


async def test_after_a_restart_of_asterisk_there_are_none() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    taken, left = await pool.take(), await pool.take()
    await pool.give_back(await pool.take(), empty=True)
    await pool.look()
    await pool.give_back(left, empty=True)
    asterisk.bridges.clear()
    pool.forget()
    assert pool.ids == set()
    await pool.give_back(taken, empty=True)  # by a call that ended with it
    await pool.look()
    assert pool.free == frozenset()
    assert await pool.take() in asterisk.bridges


async def test_one_that_could_not_be_made_is_nobody_s() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    asterisk.error = Unavailable("ill")
    with pytest.raises(Unavailable):
        await pool.take()
    assert pool.ids == set()


async def test_after_a_busy_hour_not_all_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridges, "MOST_FREE", 2)
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    taken = [await pool.take() for _ in range(5)]
    for bridge in taken:
        await pool.give_back(bridge, empty=True)
    await pool.look()
    assert sorted(asterisk.bridges) == sorted(pool.free)
    assert len(pool.free) == 2


async def test_in_the_end_they_are_taken_away_as_far_as_that_can_be_done() -> None:
    asterisk = Asterisk()
    pool = BridgePool(asterisk)
    free, left, in_use = [await pool.take() for _ in range(3)]
    await pool.give_back(free, empty=True)
    await pool.look()
    await pool.give_back(left, empty=True)
    await pool.clear()
    assert asterisk.bridges == [in_use]
    await pool.give_back(in_use, empty=True)
    asterisk.error = Unavailable("away")
    await pool.clear()
    assert asterisk.bridges == [in_use]
