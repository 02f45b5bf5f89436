"""Ids that one call gives to channels and playbacks."""

from itertools import permutations

from callrouter.calls.names import name_of


def test_no_id_begins_with_another() -> None:
    names = [name_of("callrouter-7", number) for number in (1, 10, 100, 10_001, 100_010, 1_000_101)]
    assert not any(one.startswith(other) for one, other in permutations(names, 2))
