"""What PostgreSQL cannot take waits on disk, in order, whole, and once."""

import os
from pathlib import Path
from uuid import UUID

import pytest

from callrouter.db.fact_files import Kept
from callrouter.db.rows import storable
from callrouter.db.spool import Spool, SpoolFull
from callrouter.facts import Fact
from tests.db.sample_calls import abandoned, answered, call_id, unavailable

CALLS = {call_id(1): answered(), call_id(2): abandoned(), call_id(3): unavailable()}


def kept(call: UUID, facts: list[Fact], first: int = 0) -> list[Kept]:
    places = range(first, len(facts))
    return [Kept(call, seq, storable(facts[seq])[1]) for seq in places]


def held(spool: Spool) -> dict[UUID, list[Fact]]:
    """All that is there; it is gone afterwards."""
    found: dict[UUID, list[Fact]] = {}
    for batch in spool.calls():
        assert not found.keys() & batch.keys()
        found |= batch
    return found


def test_what_is_kept_comes_back_in_order_and_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for call, facts in CALLS.items():
        spool.keep(kept(call, facts))

    assert held(spool) == CALLS
    assert held(spool) == {}
    assert spool.size() == 0


def test_a_call_in_several_files_comes_back_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path, file_bytes=300)
    longest = max(map(len, CALLS.values()))
    for step in range(longest):
        for call, facts in CALLS.items():
            if step < len(facts):
                spool.keep(kept(call, facts)[step : step + 1])
    assert len(list(tmp_path.iterdir())) > 5

    assert held(spool) == CALLS


def test_a_dead_routers_files_are_read_and_a_living_ones_left_alone(tmp_path: Path) -> None:
    living, other = Spool(tmp_path), Spool(tmp_path)
    living.keep(kept(call_id(1), answered()))

    assert held(other) == {}
    assert held(living) == {call_id(1): answered()}

    child = os.fork()
    if not child:
        Spool(tmp_path).keep(kept(call_id(2), abandoned()))
        os._exit(0)
    os.waitpid(child, 0)
    assert held(other) == {call_id(2): abandoned()}


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_line_torn_by_a_power_cut_costs_that_line_and_no_more(tmp_path: Path, cut: int) -> None:
    spool = Spool(tmp_path)
    spool.keep(kept(call_id(1), answered()))
    (file,) = tmp_path.iterdir()
    os.truncate(file, file.stat().st_size - cut)

    assert held(spool) == {call_id(1): answered()[:-1]}


def test_a_line_that_was_damaged_ends_its_call_there_and_spares_the_others(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep([*kept(call_id(1), answered()), *kept(call_id(2), abandoned())])
    (file,) = tmp_path.iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"', b"'", 1)
    file.write_bytes(b"".join(lines))

    assert held(spool) == {call_id(1): answered()[:2], call_id(2): abandoned()}


def test_left_before_the_end_it_has_everything_still(tmp_path: Path) -> None:
    spool = Spool(tmp_path, file_bytes=1)
    for call, facts in CALLS.items():
        spool.keep(kept(call, facts))
    reading = spool.calls()
    next(reading)
    reading.close()

    assert held(spool) == CALLS


def test_facts_kept_twice_count_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.keep(kept(call_id(1), answered()[:4]))
    spool.keep(kept(call_id(1), answered()))

    assert held(spool) == {call_id(1): answered()}


def test_it_grows_no_further_than_it_may(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=4000)
    spool.keep(kept(call_id(1), answered()))
    more = [each for n in range(2, 50) for each in kept(call_id(n), answered())]
    with pytest.raises(SpoolFull):
        spool.keep(more)

    assert spool.size() <= 4000
    assert held(spool)[call_id(1)] == answered()
    spool.keep(kept(call_id(9), abandoned()))
    assert held(spool) == {call_id(9): abandoned()}
