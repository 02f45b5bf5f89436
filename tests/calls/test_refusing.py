"""Callers who are not let in, on the in-memory Asterisk: what they get, and their records."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from callrouter.commands.why_words import sentence
from callrouter.facts import Disposition, Message, Party, Stage
from callrouter.routing.admission import BlockedCaller, Refuse, by_pattern
from callrouter.routing.decide import Refused
from callrouter.routing.model import Prompt
from tests.calls.company import Company, Day, a_day
from tests.fakes.phones import phone

MESSAGE = Prompt("No room.", media="/prompts/busy", seconds=1.5)


def refused_day(refused: Refused, *, leaves: float | None = None) -> Day:
    def script(here: Company) -> None:
        inside = here._new_caller

        def new_caller(start: object) -> None:
            inside(start)  # type: ignore[arg-type]
            here.calls[-1].refused = refused

        here.switchboard._new_caller = new_caller
        here.asterisk.call("700")
        if leaves is not None:
            here.asterisk.hang_up_at("caller", leaves)

    return a_day(script, [phone("1001"), phone("1002")])


def requests(day: Day) -> list[str]:
    """What was asked of Asterisk."""
    return [line.partition(" > ")[2] for line in day.transcript if " > " in line]


@pytest.mark.parametrize(
    ("refuse", "asked"),
    [
        (Refuse.BUSY, "hang up caller (busy)"),
        (Refuse.CONGESTION, "hang up caller (congestion)"),
        (Refuse.REJECTED, "hang up caller (rejected)"),
        (Refuse.SAFETY_NET, "to the dialplan caller"),
    ],
)
def test_one_request_and_one_true_record(refuse: Refuse, asked: str) -> None:
    day = refused_day(Refused("Refused: full.", refuse, None, "Head office", ("Refused: full.",)))
    assert requests(day) == [asked]
    record = day.record
    assert record.disposition is Disposition.REJECTED
    assert record.rule == "Refused: full."
    assert record.decision == "refused"
    assert record.settings == "Head office"
    assert (record.hung_up_by, record.left_during) == (Party.CALLROUTER, Stage.ARRIVAL)
    assert record.attempts == ()
    assert record.answered_at is None
    assert sentence(record) == "Refused: full."


def test_he_hears_the_message_and_is_hung_up() -> None:
    day = refused_day(Refused("Refused: full.", Refuse.MESSAGE, MESSAGE, None, ()))
    assert requests(day) == ["answer caller", "play caller busy", "hang up caller"]
    assert day.record.message is Message.REFUSED
    assert day.record.disposition is Disposition.REJECTED
    assert day.record.hung_up_by is Party.CALLROUTER


def test_who_hangs_up_in_the_message_was_refused_all_the_same() -> None:
    refused = Refused("Refused: full.", Refuse.MESSAGE, MESSAGE, None, ())
    day = refused_day(refused, leaves=1.0)
    assert day.record.disposition is Disposition.REJECTED
    assert (day.record.hung_up_by, day.record.left_during) == (Party.CALLER, Stage.MESSAGE)


def blocked_call(caller: str) -> Callable[[Company], None]:
    def script(here: Company) -> None:
        entry = BlockedCaller("+38160*", Refuse.REJECTED, "spam")
        blocked = by_pattern([entry], here.table.number_plan)
        here.table = replace(here.table, blocked=blocked)
        here.asterisk.call("700", caller)
        here.asterisk.hang_up_at("caller", 1.0)

    return script


def test_a_blocked_caller_rings_nobody() -> None:
    day = a_day(blocked_call("0038160123456"), [phone("1001")])
    assert day.record.disposition is Disposition.REJECTED
    assert day.record.rule == "Refused: numbers that begin with +38160 are blocked (spam)."
    assert requests(day) == ["hang up caller (rejected)"]
    other = a_day(blocked_call("+38161123456"), [phone("1001")])
    assert other.record.disposition is Disposition.ABANDONED
