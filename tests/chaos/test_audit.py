"""The audit sees what is wrong: each disagreement of the accounts is found, and nothing else."""

from dataclasses import replace

import pytest

from tests.chaos.accounts import AsteriskSaw, Attempt, WeSay, asterisk_saw
from tests.chaos.audit import Found, audit, by_the_right_clock
from tests.chaos.load import CallerSaw, callers_in, rings_in, under_way

CALLER = CallerSaw("90007", 10.0, 12.0, 20.0, "leaves", [(11.9, 20.1)])
CHANNEL = AsteriskSaw("ch-7", "90007", 20.0, 12.0)
RECORD = WeSay("ch-7", "90007", 10.0, 20.1, "answered", True, attempts=(Attempt("ann", 10, 20),))
OTHER = WeSay("ch-8", "90008", 10.0, 20.1, "answered", True, attempts=(Attempt("ann", 15, 18),))


def found(
    caller: CallerSaw = CALLER,
    channel: AsteriskSaw | None = CHANNEL,
    *records: WeSay,
    rings: dict[str, list[tuple[float, float, str]]] | None = None,
    dead: tuple[tuple[float, float], ...] = (),
) -> Found:
    channels = {channel.channel: channel} if channel else {}
    return audit({caller.caller: caller}, channels, records, rings or {}, dead)


def test_three_accounts_that_agree() -> None:
    agreed = found(CALLER, CHANNEL, RECORD)
    assert agreed.nothing
    assert agreed.calls == 1


def test_a_channel_without_a_record_is_lost() -> None:
    assert found(CALLER, CHANNEL).lost == ["90007 channel ch-7 has no record"]


def test_two_records_of_one_channel_are_double() -> None:
    assert found(CALLER, CHANNEL, RECORD, RECORD).double


@pytest.mark.parametrize(
    ("caller", "what"),
    [
        (replace(CALLER, how=""), "did not get through to an end"),
        (replace(CALLER, how="refused"), "was refused"),
        (replace(CALLER, how="other"), "was cut off from his agent"),
        (replace(CALLER, caller="90027", talks=[]), "waited in vain"),
    ],
)
def test_who_is_harmed(caller: CallerSaw, what: str) -> None:
    assert found(caller, CHANNEL, RECORD).harmed == [f"{caller.caller} {what}"]


def test_whose_agent_hangs_up_as_he_always_does_is_not_harmed() -> None:
    assert not found(replace(CALLER, caller="90027", how="other")).harmed


@pytest.mark.parametrize(
    ("record", "what"),
    [
        (replace(RECORD, answered=False), "90007 is not answered, Asterisk says otherwise"),
        (replace(RECORD, ended=None), "90007 never ended in our record"),
        (replace(RECORD, ended=31.0), "90007 ended +11.0 s from its end"),
        (replace(RECORD, disposition="failed"), "90007 failed"),
        (
            replace(RECORD, disposition="interrupted"),
            "90007 is interrupted, but Asterisk knows its end",
        ),
    ],
)
def test_a_record_that_is_not_true_is_unexplained(record: WeSay, what: str) -> None:
    assert found(CALLER, CHANNEL, record).unexplained == [what]


def test_a_call_that_ended_with_asterisk_is_interrupted_and_nobody_is_to_blame() -> None:
    with_it = replace(CALLER, how="")
    ended = found(with_it, None, replace(RECORD, disposition="interrupted"), dead=((15, 18),))
    assert ended.nothing
    assert ended.interrupted == 1
    assert found(with_it, None, dead=((15, 18),)).nothing, "or it was too young for a record"
    assert found(with_it, None, dead=((3, 5),)).harmed


def test_one_agent_in_two_calls_is_double_by_our_account_and_by_his_phones() -> None:
    both = audit({}, {}, [RECORD, OTHER], {})
    assert both.double == ["90007 and 90008 had ann at once"]
    rings = {"1001": [(10.0, 16.0, "90007"), (15.0, 18.0, "90008")]}
    apart = [replace(each, attempts=()) for each in (RECORD, OTHER)]
    assert audit({}, {}, apart, rings).double == ["90007 and 90008 had phone 1001 at once"]
    alone = [apart[0], replace(apart[1], by_asterisk=True)]
    assert not audit({}, {}, alone, rings).double, "Asterisk alone knows no reservations"


def test_logs_of_callers_and_phones_are_read() -> None:
    times = "2026-11-22\t07:30:00.1\t1763796600.{}"
    log = "\n".join(
        f"{what} 90007 {times.format(n)}" for n, what in enumerate(("created", "connected"), 1)
    )
    seen = callers_in(log)["90007"]
    assert (seen.created, seen.connected, seen.how) == (1763796600.1, 1763796600.2, "")
    assert under_way([seen], seen.created + 5) == 1
    who = "<sip:90007@127.0.0.1>;tag=1 <sip:1001@127.0.0.1>"
    log = f"rung {who} {times.format(1)}\nfree {who} {times.format(3)}\nrung {who} x"
    assert rings_in(log) == {"1001": [(1763796600.1, 1763796600.3, "90007")]}


def test_asterisks_rows_of_a_channel_are_one_call_and_agents_are_left_out() -> None:
    row = ',"90007","700","c","n","{}","d","a","",s,"{}","{}",1,1,"ANSWERED","D","ch-7"'
    rows = [
        row.format("PJSIP/trunk-01", "", "2026-11-22 07:30:01"),
        row.format("PJSIP/trunk-01", "2026-11-22 07:30:02", "2026-11-22 07:30:05"),
        row.format("PJSIP/1001-02", "2026-11-22 07:30:02", "2026-11-22 07:30:09"),
    ]
    (saw,) = asterisk_saw(rows, {"1001"}, "900").values()
    assert saw.caller == "90007"
    assert saw.answered is not None
    assert saw.ended - saw.answered == 3


@pytest.mark.parametrize("off", [600.0, -600.0])
def test_who_came_while_the_clock_was_wrong_has_times_by_that_clock(off: float) -> None:
    attempts = (Attempt("ann", 10 + off, 20 + off), Attempt("bob", 11 + off, None))
    wrong = replace(RECORD, arrived=10 + off, ended=20.1 + off, attempts=attempts)
    right = by_the_right_clock(wrong, CALLER, [(50.0, 60.0, off), (9.5, 15.0, off)])
    assert (right.arrived, right.ended) == pytest.approx((10.0, 20.1))
    assert right.attempts[0] == Attempt("ann", 10, 20)
    assert found(CALLER, CHANNEL, right).nothing


def test_who_came_before_the_clock_was_set_has_no_time_by_it() -> None:
    clocks = [(15.0, 30.0, 600.0)]
    assert by_the_right_clock(RECORD, CALLER, clocks) is RECORD
    wrong = replace(RECORD, ended=620.1)
    assert found(CALLER, CHANNEL, by_the_right_clock(wrong, CALLER, clocks)).unexplained
    assert by_the_right_clock(RECORD, None, clocks) is RECORD


def test_a_live_call_that_came_while_the_clock_was_wrong_has_no_end() -> None:
    live = replace(RECORD, arrived=610.0, ended=None, attempts=())
    assert by_the_right_clock(live, CALLER, [(9.0, 15.0, 600.0)]).ended is None
