"""Odd callers on a real Asterisk: one true record each, and nothing of them is left."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.facts import Disposition, Outcome, Party, Stage
from tests.asterisk.exchange import Exchange
from tests.asterisk.raw_caller import RawCaller
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import HangsUp
from tests.fakes.phones import Answers

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def sipp(
    here: Exchange, sipp_command: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Sipp]:
    phones = Sipp(sipp_command, tmp_path, here.asterisk.site.sip_port)
    try:
        yield phones
    finally:
        await phones.stop_all()


def call_briefly(here: Exchange, *, user: bytes, number: bytes = b"704", name: bytes = b"") -> int:
    """Call, hang up as soon as it is answered; returns the final status."""
    caller = RawCaller(here.asterisk.site.sip_port, number, name, user)
    try:
        caller.invite()
        status = caller.until_final()
        if status == 200:
            caller.hang_up_after(0.1)
        return status
    finally:
        caller.close()


NAMES = {
    "Cyrillic and Latin with diacritics": ('"Ђорђе Ćirić"'.encode(), "Ђорђе Ćirić"),
    "Arabic": ('"أمينة"'.encode(), "أمينة"),
    "quotes and backslashes": (rb'"a \"quoted\" \\ name"', None),
    "SQL": (b'"Robert\'); DROP TABLE calls;--"', "Robert'); DROP TABLE calls;--"),
    "a dialplan function": (b'"${SHELL(touch /tmp/callrouter-was-here)}"', None),
    "control characters and escapes": (b'"\x01\x02\x1b[31mred\x7f"', "\x01\x02\x1b[31mred\x7f"),
    "bytes that are no UTF-8": (b'"\xff\xfe bad"', None),
    "500 characters": (b'"' + b"N" * 500 + b'"', None),
    "500 Cyrillic characters": (b'"' + "Ж".encode() * 500 + b'"', None),
    "a right-to-left override": ('"\u202egnp.exe"'.encode(), "\u202egnp.exe"),
    "none at all": (b"", ""),
}


@pytest.mark.parametrize(("sent", "kept"), NAMES.values(), ids=NAMES)
async def test_whatever_name_a_caller_has_he_is_answered_and_recorded_once(
    here: Exchange, sent: bytes, kept: str | None
) -> None:
    user = b"+3816%d" % (hash(sent) % 10**8)
    status = await asyncio.to_thread(call_briefly, here, name=sent, user=user)
    assert status == 200
    (call,) = await here.ended_calls(lambda call: call.record.caller_number == user.decode(), 1)
    assert call.record.disposition is Disposition.ABANDONED
    if kept is not None:
        assert call.record.caller_name == kept


NUMBERS = {
    "a comma": (b"a,b", "a,b"),
    "a plus": (b"+38199", "+38199"),
    "stars and hashes": (b"*70#", "*70#"),
    "the extension Asterisk runs at hangup": (b"h", "h"),
    "the extension for invalid input": (b"i", "i"),
    "no number": (b"s", "s"),
    "quotes": (b"'7%22--", "'7\"--"),
    "300 digits": (b"9" * 300, None),
    "a user parameter is not part of it": (b"798;phone-context=x", "798"),
    "a dialplan function": (b"%24%7BEXTEN%7D", "${EXTEN}"),
    "bytes that are no UTF-8": (b"7%FF%2C%FE", "7\ufffd,\ufffd"),
    "a surrogate": (b"%ED%A0%80", "\ufffd\ufffd\ufffd"),
    "no UTF-8, and the end of a bracket": (b"%29%3A0%3A1%FF", None),
    "other letters": (b"%D0%96", "Ж"),
}


@pytest.mark.parametrize(("sent", "kept"), NUMBERS.values(), ids=NUMBERS)
async def test_whatever_number_is_dialled_it_is_refused_and_recorded_once(
    here: Exchange, sent: bytes, kept: str | None
) -> None:
    user = b"+3817%d" % (hash(sent) % 10**8)
    status = await asyncio.to_thread(call_briefly, here, number=sent, user=user)
    assert status >= 400
    (call,) = await here.ended_calls(lambda call: call.record.caller_number == user.decode(), 1)
    assert call.record.disposition in (Disposition.REJECTED, Disposition.ABANDONED)
    if kept is not None:
        assert call.record.number == kept


@pytest.mark.parametrize("number", ["700", "702"], ids=["greeted at once", "not answered at first"])
@pytest.mark.parametrize("delay_ms", [0, 1, 2, 4, 10])
async def test_a_cancel_at_any_moment_leaves_one_record_that_says_the_caller_left(
    here: Exchange, number: str, delay_ms: int
) -> None:
    user = f"cancel{number}d{delay_ms}"
    times = 15

    def cancel_soon() -> None:
        caller = RawCaller(here.asterisk.site.sip_port, number.encode(), user=user.encode())
        try:
            caller.invite()
            time.sleep(delay_ms / 1000)
            caller.cancel()
            if caller.until_final() == 200:
                caller.hang_up_after(0)
        finally:
            caller.close()

    for _ in range(times):
        await asyncio.to_thread(cancel_soon)
    calls = await here.ended_calls(lambda call: call.record.caller_number == user, times)
    assert Counter(call.record.hung_up_by for call in calls) == {Party.CALLER: times}
    assert not [call.record.error for call in calls if call.record.error]


async def test_both_hang_up_in_the_same_moment(here: Exchange) -> None:
    """Many calls at once that leave while we are hanging them up."""

    def leave_at_the_end(n: int) -> None:
        caller = RawCaller(here.asterisk.site.sip_port, b"703", user=b"both%d" % n)
        try:
            caller.invite()
            caller.until_final()
            caller.hang_up_after(message_seconds - 0.02 + n * 0.004)
        finally:
            caller.close()

    probe = await asyncio.to_thread(_seconds_until_hung_up, here, b"703")
    message_seconds = probe
    await asyncio.gather(  # noqa: TID251
        *(asyncio.to_thread(leave_at_the_end, n) for n in range(12))
    )
    calls = await here.ended_calls(lambda call: call.record.caller_number.startswith("both"), 12)
    assert {call.record.disposition for call in calls} == {Disposition.CLOSED}
    assert {call.record.left_during for call in calls} == {Stage.MESSAGE}
    assert all(call.record.hung_up_by in (Party.CALLER, Party.CALLROUTER) for call in calls)


def _seconds_until_hung_up(here: Exchange, number: bytes) -> float:
    caller = RawCaller(here.asterisk.site.sip_port, number)
    try:
        caller.invite()
        caller.until_final()
        began = time.monotonic()
        caller.until_bye()
        return time.monotonic() - began
    finally:
        caller.close()


async def test_of_three_who_answer_in_the_same_instant_one_has_the_call(
    here: Exchange, sipp: Sipp
) -> None:
    times = 6
    phones = [await sipp.phone(Answers(0.4), calls=times) for _ in range(3)]
    accounts = ["1001", "1002", "1003"]
    await sipp.register(
        [(a, here.password(a), p.port) for a, p in zip(accounts, phones, strict=True)]
    )
    both_messages = await asyncio.to_thread(_seconds_until_hung_up, here, b"703")
    for _ in range(times):
        caller = await sipp.caller("701", HangsUp(both_messages), "<sip:race@[local_ip]>")
        assert await caller.wait() == ""
    calls = await here.ended_calls(lambda call: call.record.caller_number == "race", times)
    for call in calls:
        outcomes = Counter(attempt.outcome for attempt in call.record.attempts)
        assert outcomes == {Outcome.ANSWERED: 1, Outcome.ANSWERED_ELSEWHERE: 2}
        assert call.record.disposition is Disposition.ANSWERED
    for phone in phones:
        await phone.stop()


@pytest.mark.parametrize("offset_ms", range(-8, 9, 2))
async def test_the_caller_leaves_as_the_agent_answers(
    here: Exchange, sipp: Sipp, offset_ms: int
) -> None:
    """Either is a true story, but only one of them: abandoned, or answered and not talked."""
    user = f"leaver{offset_ms}"
    phone = await sipp.phone(Answers(0.5))
    await sipp.register([("1001", here.password("1001"), phone.port)])

    def cancel_as_he_answers() -> None:
        caller = RawCaller(here.asterisk.site.sip_port, b"702", user=user.encode())
        try:
            caller.invite()
            caller.until_ringing()
            time.sleep(0.505 + offset_ms / 1000)
            caller.cancel()
            if caller.until_final() == 200:
                caller.hang_up_after(0)
        finally:
            caller.close()

    await asyncio.to_thread(cancel_as_he_answers)
    (call,) = await here.ended_calls(lambda call: call.record.caller_number == user, 1)
    record = call.record
    assert record.hung_up_by is Party.CALLER
    first = record.attempts[0]
    if record.disposition is Disposition.ANSWERED:
        assert (first.outcome, record.left_during) == (Outcome.ANSWERED, Stage.TALK)
        assert record.talking_seconds == pytest.approx(0.0, abs=0.2)
    else:
        assert record.disposition is Disposition.ABANDONED
        assert (first.outcome, record.left_during) == (Outcome.CALLER_LEFT, Stage.RINGING)
    await phone.stop()


async def test_nothing_is_left(here: Exchange) -> None:
    await here.until_quiet()
    assert here.router.exit_code is None
