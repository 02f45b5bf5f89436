"""Calls that a real Asterisk handled while no router was there are in the call log afterwards."""

import asyncio
import csv
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter.asterisk_log.places import NOTES
from callrouter.call_record import CallRecord
from callrouter.db.queries import StoredCall
from callrouter.facts import Disposition, Message, Outcome, Party, Stage
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.raw_caller import RawCaller
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import CallerBehaviour, Cancels, HangsUp, Listens
from tests.asterisk.test_safety_net import COMPANY
from tests.chaos.accounts import cdr_rows
from tests.fakes.phones import Answers, Behaviour, Busy, Declines, Silent

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    folder = tmp_path_factory.mktemp("netrecords")
    config = Path(folder) / "company.yaml"
    config.write_text(COMPANY)
    await postgres_server.create_database(folder.name)
    url = postgres_server.url(folder.name)
    try:
        async with exchange(asterisk_program, folder, loopback_site(), url, config) as started:
            yield started
    finally:
        await postgres_server.drop_database(folder.name)


@pytest_asyncio.fixture(loop_scope="module")
async def sipp(
    here: Exchange, sipp_command: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Sipp]:
    used = Sipp(sipp_command, tmp_path, here.asterisk.site.sip_port)
    yield used
    await used.stop_all()


class Away:
    """The time without a router: calls, one after another, each by its caller's number."""

    def __init__(self, here: Exchange, sipp: Sipp) -> None:
        self._here, self._sipp = here, sipp

    async def phones(self, **behaviours: Behaviour) -> None:
        """These, for one call each, and no others."""
        await self._sipp.stop_all()
        accounts = {"amina": "1001", "bojan": "1002"}
        for agent, behaviour in behaviours.items():
            phone = await self._sipp.phone(behaviour)
            account = accounts[agent]
            await self._sipp.register([(account, self._here.password(account), phone.port)])

    async def call(self, number: str, caller: str, behaviour: CallerBehaviour) -> None:
        name = f'"Jelena" <sip:{caller}@[local_ip]>'
        assert await (await self._sipp.caller(number, behaviour, name)).wait() == ""
        await self._here.until_quiet()

    async def raw(self, calls: Callable[[], None]) -> None:
        await asyncio.to_thread(calls)
        await self._here.until_quiet()


async def recorded(here: Exchange, count: int) -> dict[str, StoredCall]:
    """The records, once so many have ended, by the callers' numbers; no two have one."""
    found = await here.ended_calls(lambda call: call.record.handled_by_asterisk, count)
    by_caller = {call.record.caller_number: call for call in found}
    assert len(by_caller) == count
    return by_caller


def outcomes(record: CallRecord) -> dict[str, Outcome | None]:
    return {attempt.agent: attempt.outcome for attempt in record.attempts}


async def test_every_call_of_the_net_is_one_true_record(here: Exchange, sipp: Sipp) -> None:
    await here.stop_router()
    before = datetime.now(UTC)
    away = Away(here, sipp)
    site = here.asterisk.site.sip_port

    await away.call("700", "+1", Listens())  # nobody is there
    await away.call("701", "+2", HangsUp(0.3))  # in the greeting
    await away.call("702", "+3", Listens())
    await away.call("702", "+4", HangsUp(0.3))  # in the closed message
    await away.call("999", "+5", Listens())
    await away.raw(lambda: odd_call(RawCaller(site, number=b"%FF", user=b"odd")))
    await away.raw(lambda: odd_call(RawCaller(site, number=b"702", name=HOSTILE, user=b"hostile")))
    for place in range(QUICK):
        await away.raw(partial(quick_call, RawCaller(site, b"700", user=b"quick%d" % place)))
    await away.phones(amina=Busy(0.1), bojan=Answers(0.2))
    await away.call("700", "+6", HangsUp(1.2))
    await away.phones(bojan=Answers(0.2, talks=1.0))
    await away.call("700", "+7", Listens())
    await away.phones(amina=Declines(0.1), bojan=Silent())
    await away.call("701", "+8", HangsUp(4.0))  # while it rings, greeted
    await away.phones(amina=Silent())
    await away.call("700", "+9", Cancels(0.5))
    await away.phones(amina=Busy(0.1))
    await away.call("700", "+10", HangsUp(0.4))  # in the busy message
    await here.start_router()
    await kill_router(here)  # it has just begun to read
    await here.start_router()

    came = quick_ones(here)
    calls = await recorded(here, 12 + len(came))
    records = {caller: call.record for caller, call in calls.items()}
    quick = [records.pop(caller) for caller in came]
    assert {record.number for record in quick} == {"700"}
    assert {record.disposition for record in quick} <= {
        Disposition.ABANDONED,
        Disposition.UNAVAILABLE,  # he was answered before his CANCEL came
    }
    assert {caller: record.disposition for caller, record in records.items()} == {
        "+1": Disposition.UNAVAILABLE,
        "+2": Disposition.ABANDONED,
        "+3": Disposition.CLOSED,
        "+4": Disposition.CLOSED,
        "+5": Disposition.REJECTED,
        "odd": Disposition.REJECTED,
        "hostile": Disposition.CLOSED,
        "+6": Disposition.ANSWERED,
        "+7": Disposition.ANSWERED,
        "+8": Disposition.ABANDONED,
        "+9": Disposition.ABANDONED,
        "+10": Disposition.BUSY,
    }
    assert {
        caller: (record.hung_up_by, record.left_during) for caller, record in records.items()
    } == {
        "+1": (Party.CALLROUTER, Stage.MESSAGE),
        "+2": (Party.CALLER, Stage.GREETING),
        "+3": (Party.CALLROUTER, Stage.MESSAGE),
        "+4": (Party.CALLER, Stage.MESSAGE),
        "+5": (Party.CALLROUTER, Stage.MESSAGE),
        "odd": (Party.CALLROUTER, Stage.MESSAGE),
        "hostile": (Party.CALLROUTER, Stage.MESSAGE),
        "+6": (Party.CALLER, Stage.TALK),
        "+7": (Party.AGENT, Stage.TALK),
        "+8": (Party.CALLER, Stage.RINGING),
        "+9": (Party.CALLER, Stage.RINGING),
        "+10": (Party.CALLER, Stage.MESSAGE),
    }
    assert {caller: outcomes(record) for caller, record in records.items() if record.attempts} == {
        "+1": {"amina": Outcome.SKIPPED, "bojan": Outcome.SKIPPED},
        "+6": {"amina": Outcome.BUSY, "bojan": Outcome.ANSWERED},
        "+7": {"amina": Outcome.SKIPPED, "bojan": Outcome.ANSWERED},
        "+8": {"amina": Outcome.REJECTED, "bojan": Outcome.CALLER_LEFT},
        "+9": {"amina": Outcome.CALLER_LEFT},
        "+10": {"amina": Outcome.BUSY, "bojan": Outcome.SKIPPED},
    }
    answered = records["+6"]
    assert answered.agent == "bojan"
    assert answered.agent_extension == "1002"
    assert answered.agent_group == "sales"
    assert answered.caller_name == "Jelena"
    assert answered.number == "700"
    assert answered.settings == "office"
    assert answered.settings_version == records["+1"].settings_version != ""
    assert answered.schedule_row == "Monday-Sunday 00:00-24:00"
    assert answered.timezone == "Europe/Belgrade"
    assert 1.0 < (answered.talking_seconds or 0) < 5.0
    assert 0.2 < (answered.waiting_seconds or 0) < 5.0
    assert before < answered.arrived_at < datetime.now(UTC)
    assert records["+3"].message is Message.CLOSED
    assert records["+3"].override == "Override: closed"
    assert records["odd"].number == "\ufffd"
    assert records["hostile"].caller_name.startswith("x>")

    await here.stop_router()
    await here.start_router()
    await asyncio.sleep(8)
    assert set(await recorded(here, len(calls))) == set(calls)
    assert not list(notes(here))


async def kill_router(here: Exchange) -> None:
    os.kill(here.router.pid, signal.SIGKILL)
    await here.stop_router()


async def test_a_talk_that_ends_unseen_ends_when_it_did(here: Exchange, sipp: Sipp) -> None:
    """The router is killed in the talk; the next one comes long after the caller has left."""
    away = Away(here, sipp)
    await away.phones(amina=Answers(0.2))
    caller = await sipp.caller("700", HangsUp(2.0), '"Jelena" <sip:+3811@[local_ip]>')
    await connected(here, "+3811")
    await kill_router(here)
    assert await caller.wait() == ""
    await asyncio.sleep(3)
    await here.start_router()

    (call,) = await here.ended_calls(lambda each: each.record.caller_number == "+3811", 1)
    record = call.record
    assert record.disposition is Disposition.ANSWERED
    assert record.left_during is Stage.TALK
    assert record.hung_up_by is None
    assert 1.0 <= (record.talking_seconds or 0) < 3.5
    assert record.error is None
    await here.until_quiet()


HANGS = """[from-trunk](+)
exten => 790,1,Set(STASISSTATUS=FAILED)
 same => n,Set(NUMBER=790)
 same => n,Gosub(callrouter-note,slow,1)
exten => 791,1,Set(STASISSTATUS=FAILED)
 same => n,Set(NUMBER=791)
 same => n,Gosub(callrouter-note,arrived,1)
 same => n,Gosub(callrouter-note,s,1(agent bojan 1002 Bojan sales PJSIP/1002=NOT_INUSE))
 same => n,Set(DIALSTATUS=BUSY)
 same => n,Gosub(callrouter-note,rings,1)
 same => n,Gosub(callrouter-note,slow,1)
exten => 792,1,Set(NUMBER=792)
 same => n,Gosub(callrouter-note,slow,1)
[callrouter-note](+)
exten => slow,1,Ringing()
 same => n,Wait(5)
"""
"""As from-trunk does where no router is there, but in the middle of its notes it takes its time.

790 is not noted yet, 791 has just begun to ring, 792 is one that callrouter knows.
"""


async def test_who_hangs_up_while_he_is_noted_is_noted(here: Exchange, sipp: Sipp) -> None:
    (here.asterisk.conf_dir / "extensions_custom.conf").write_text(HANGS)
    await here.elsewhere.reload_module("pbx_config.so")
    await here.stop_router()
    away = Away(here, sipp)
    for number in ("790", "791", "792"):
        await away.call(number, f"+{number}", Cancels(0.5))
    await here.start_router()

    calls = await here.ended_calls(lambda each: each.record.number.startswith("79"), 2)
    records = {call.record.number: call.record for call in calls}
    assert {number: each.caller_number for number, each in records.items()} == {
        "790": "+790",
        "791": "+791",
    }
    assert {each.disposition for each in records.values()} == {Disposition.ABANDONED}
    assert {each.hung_up_by for each in records.values()} == {Party.CALLER}
    assert outcomes(records["790"]) == {}
    assert outcomes(records["791"]) == {"bojan": Outcome.CALLER_LEFT}
    assert records["791"].left_during is Stage.RINGING


async def connected(here: Exchange, caller_number: str) -> None:
    async with asyncio.timeout(10):
        while not any(  # noqa: ASYNC110
            call.record.caller_number == caller_number and call.record.talking_since
            for call in await here.calls()
        ):
            await asyncio.sleep(0.1)


QUICK = 20


def quick_ones(here: Exchange) -> list[str]:
    """Of those who thought better of it at once, whom Asterisk had begun to serve."""
    rows = csv.reader(cdr_rows(here.asterisk.log_dir))
    served = {caller for _, caller, *_, application in (row[:8] for row in rows) if application}
    came = [each for each in (f"quick{place}" for place in range(QUICK)) if each in served]
    assert len(came) > QUICK / 2
    return came


HOSTILE = b'"x>\\"\\",<1 2 ended> ${SHELL(id)} \xff\xfe ; %0a" '


def odd_call(caller: RawCaller) -> None:
    caller.invite()
    caller.until_final()
    caller.until_bye()
    caller.close()


def quick_call(caller: RawCaller) -> None:
    """Somebody who thinks better of it at once."""
    caller.invite()
    caller.cancel()
    if caller.until_final() == 200:
        caller.hang_up_after(0)
    caller.close()


def notes(here: Exchange) -> list[Path]:
    place = here.asterisk.log_dir / NOTES
    return sorted(place.parent.glob(f"*{place.name}*"))
