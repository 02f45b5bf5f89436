"""A bug in any step of one call ends that call, says so in its record, and touches no other."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest

from callrouter.ari.events import StasisStart
from callrouter.call_record import CallRecord
from callrouter.calls import session
from callrouter.calls.call import Call
from callrouter.calls.dialling import Dialler
from callrouter.calls.ringing import Ringing
from callrouter.calls.saying import Saying
from callrouter.calls.talking import Talking
from callrouter.calls.targets import Targets
from callrouter.calls.way import Way
from callrouter.facts import Disposition, Ended, Fact, Failed, GroupLinedUp
from tests.calls.company import Book, Company, Day, a_day
from tests.fakes.phones import Answers, Busy, phone


class Bug(Exception):
    """What nobody has thought of."""


class Breaks:
    """Wraps a function so that it raises for the first caller's call: before it works, or after."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.happened = 0

    def at(self, owner: type, name: str, *, after: bool = False, times: int = 1) -> None:
        works = getattr(owner, name)

        def breaks(this: Any, *args: Any, **more: Any) -> Any:
            mine = self._of(this, args)
            if mine and not after and self.happened < times:
                self.happened += 1
                raise Bug(name)
            result = works(this, *args, **more)
            if mine and after and self.happened < times:
                self.happened += 1
                if hasattr(result, "close"):
                    result.close()
                raise Bug(name)
            return result

        self._patch.setattr(owner, name, breaks)

    def _of(self, this: Any, args: tuple[Any, ...]) -> bool:
        call = this if isinstance(this, Call) else getattr(this, "_call", None)
        if call is None:
            call = next((each for each in args if isinstance(each, Call)), None)
        return call is not None and call.caller_channel == "caller"


def two_calls(number: str = "700") -> Callable[[Company], None]:
    def script(here: Company) -> None:
        here.asterisk.call(number)
        here.asterisk.call("702", at=0.5)
        here.asterisk.hang_up_at("caller2", 12.0)
        here.asterisk.hang_up_at("caller", 20.0)

    return script


PHONES = [phone("1001", Answers(1.0)), phone("1002", Answers(1.0)), phone("1003", Answers(1.0))]


def check(day: Day) -> None:
    """The first call failed and says so; the second went as always."""
    first, second = day.records
    assert first.error is not None
    assert first.error.startswith("Bug: ")
    assert first.disposition is Disposition.FAILED
    assert isinstance(day.facts[0][-1], Ended)
    assert sum(isinstance(fact, Failed) for fact in day.facts[0]) == 1
    assert second.disposition is Disposition.ANSWERED
    assert second.error is None
    assert "to the dialplan caller (sentence)" in "\n".join(day.transcript)


STEPS: dict[str, tuple[type, str]] = {
    "the decision": (Way, "_governs"),
    "the greeting": (Saying, "greet"),
    "a target": (Targets, "ring"),
    "lining up": (Targets, "_ring_group"),
    "reserving": (Targets, "_reserve"),
    "dialling": (Dialler, "begin_turns"),
    "a leg": (Call, "add_leg"),
    "waiting": (Ringing, "wait"),
    "a phone that rings": (Ringing, "_note_ringing"),
    "an answer": (Ringing, "_answered"),
    "connecting": (Ringing, "_connect"),
    "books": (Call, "keep_books"),
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_bug_on_the_way(
    step: tuple[type, str], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = Breaks(monkeypatch)
    breaks.at(*step, after=after)
    day = a_day(two_calls(), PHONES)
    assert breaks.happened == 1
    check(day)


def test_a_bug_in_the_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    breaks = Breaks(monkeypatch)
    breaks.at(Talking, "talk")
    day = a_day(two_calls(), PHONES)
    check(day)
    assert day.records[0].agent == "bojan"  # amina has the other call
    assert day.records[0].talking_seconds is not None


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_bug_in_a_message(after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    breaks = Breaks(monkeypatch)
    breaks.at(Saying, "say", after=after)
    nobody = [phone("1001", Busy()), phone("1002", Busy()), phone("1003", Answers(1.0))]

    def script(here: Company) -> None:
        here.asterisk.call("700")
        here.asterisk.call("701", at=0.5)
        here.asterisk.hang_up_at("caller2", 12.0)

    check(a_day(script, nobody))


def test_a_bug_where_facts_are_written_costs_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    appends = Book.append

    def append(book: Book, call_id: UUID, fact: Fact) -> None:
        if isinstance(fact, GroupLinedUp):
            raise Bug("no room")
        appends(book, call_id, fact)

    monkeypatch.setattr(Book, "append", append)
    day = a_day(two_calls(), PHONES)
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED] * 2


@pytest.mark.parametrize(
    ("owner", "name"),
    [(Way, "end_open_attempts"), (Call, "hang_up_leg"), (Call, "wait_until_gone")],
)
def test_a_bug_in_cleaning_up_leaves_nothing_behind(
    owner: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`a_day` looks for channels, bridges and reservations that are left."""
    breaks = Breaks(monkeypatch)
    breaks.at(owner, name)
    day = a_day(two_calls(), PHONES, leaves_channels=name == "hang_up_leg")
    assert breaks.happened == 1
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED] * 2


def test_a_bug_in_making_the_last_line_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(facts: Sequence[Fact]) -> CallRecord:
        raise Bug("the record")

    monkeypatch.setattr(session, "record_of", broken)
    day = a_day(two_calls(), PHONES)
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED] * 2


def test_a_bug_before_there_is_a_call_costs_only_that_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def script(here: Company) -> None:
        inside = here.switchboard._new_caller

        def new_caller(start: StasisStart) -> None:
            if start.channel.id == "caller":
                raise Bug("arrival")
            inside(start)

        here.switchboard._new_caller = new_caller
        two_calls()(here)

    day = a_day(script, PHONES)
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED]
