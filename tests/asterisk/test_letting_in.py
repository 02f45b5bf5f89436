"""Who is let in, and a bug in one call, on a real Asterisk with a real router process."""

import asyncio
import os
import textwrap
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from callrouter.db.blocked_callers import block, unblock
from callrouter.db.engine import make_engine, transaction
from callrouter.db.queries import StoredCall
from callrouter.facts import Disposition, Outcome
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from callrouter.routing.admission import BlockedCaller
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp
from tests.asterisk.sipp_xml import CallerBehaviour, HangsUp, IsRefused, Listens
from tests.fakes.phones import Answers

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

MOST = 6

CONFIG = f"""
timezone: Europe/Belgrade
agents:
  amina: {{extension: "1001"}}
  bojan: {{extension: "1002"}}
agent_groups: {{sales: {{members: amina}}, support: {{members: bojan}}}}
incoming_call_settings:
  long:
    numbers: "700"
    greeting_message: {"Please hold the line, we are looking for somebody. " * 8}
    call_handling_schedule: &all
      {{days: daily, from_time: "00:00", to_time: "24:00", agent_group: sales}}
  sales:
    numbers: "701"
    greeting_message: Hello.
    agent_unavailable_message: Nobody can take your call.
    call_handling_schedule: *all
  support:
    numbers: "702"
    max_calls: 1
    call_handling_schedule:
      {{days: daily, from_time: "00:00", to_time: "24:00", agent_group: support}}
limits:
  max_calls: {MOST}
  when_full: congestion
  calls_per_minute: 2
  never_limited: [inside, flood, other, bug1, bug2, bug3]
blocked_callers: ["+38190*"]
"""

BUGS = """
    from callrouter.calls.ringing import Ringing
    from callrouter.calls.saying import Saying
    from callrouter.calls.talking import Talking

    class Bug(Exception):
        pass

    def breaks(owner, name, number):
        works = getattr(owner, name)

        def broken(this, *args, **more):
            if this._call.caller_number == number:
                raise Bug(name)
            return works(this, *args, **more)

        setattr(owner, name, broken)

    breaks(Saying, "greet", "bug1")
    breaks(Ringing, "_connect", "bug2")
    breaks(Talking, "talk", "bug3")
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(
    asterisk_program: AsteriskProgram,
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Exchange]:
    """A small company with limits; its router has a bug for certain callers."""
    folder = tmp_path_factory.mktemp("letting-in")
    (folder / "c.yaml").write_text(CONFIG)
    (folder / "sitecustomize.py").write_text(textwrap.dedent(BUGS))
    await postgres_server.create_database(folder.name)
    url = postgres_server.url(folder.name)
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", path)
        try:
            async with exchange(
                asterisk_program, folder / "asterisk", loopback_site(), url, folder / "c.yaml"
            ) as started:
                yield started
        finally:
            await postgres_server.drop_database(folder.name)


@pytest_asyncio.fixture(loop_scope="module")
async def sipp(
    company: Exchange, sipp_command: tuple[str, ...], tmp_path: Path
) -> AsyncIterator[Sipp]:
    phones = Sipp(sipp_command, tmp_path, company.asterisk.site.sip_port)
    try:
        yield phones
    finally:
        await phones.stop_all()


def by(name: str) -> str:
    return f"<sip:{name}@[local_ip]>"


async def calls_of(company: Exchange, name: str, count: int) -> list[StoredCall]:
    return await company.ended_calls(lambda call: call.record.caller_number == name, count)


async def call(sipp: Sipp, number: str, who: str, behaviour: CallerBehaviour) -> None:
    caller = await sipp.caller(number, behaviour, by(who))
    assert await caller.wait() == ""


async def test_of_a_flood_each_is_refused_at_once_and_those_inside_stay(
    company: Exchange, sipp: Sipp
) -> None:
    inside = await sipp.caller("700", HangsUp(10.0), by("inside"), calls=MOST, rate=20)
    await until_inside(company, MOST)
    flood = await sipp.caller("701", IsRefused(503), by("flood"), calls=60, rate=20)
    assert await flood.wait() == ""
    assert await inside.wait() == ""
    refused = await calls_of(company, "flood", 60)
    assert {each.record.disposition for each in refused} == {Disposition.REJECTED}
    assert {each.record.rule for each in refused} == {
        f"Refused: {MOST} calls are in progress, and max_calls is {MOST}."
    }
    kept = await calls_of(company, "inside", MOST)
    assert {each.record.disposition for each in kept} == {Disposition.ABANDONED}
    await call(sipp, "700", "other", HangsUp(0.5))  # there is room again
    await company.until_quiet()


async def until_inside(company: Exchange, count: int) -> None:
    async with asyncio.timeout(10):
        while True:
            live = [each for each in await company.calls() if each.live]
            if len(live) == count:
                return
            await asyncio.sleep(0.1)


async def test_settings_have_room_of_their_own(company: Exchange, sipp: Sipp) -> None:
    phone = await sipp.phone(Answers(0.2))
    await sipp.register([("1002", company.password("1002"), phone.port)])
    first = await sipp.caller("702", HangsUp(4.0), by("inside"))
    await until_inside(company, 1)
    await call(sipp, "702", "flood", IsRefused(503))
    assert await first.wait() == ""
    await company.until_quiet()


async def test_who_calls_too_often_is_refused(company: Exchange, sipp: Sipp) -> None:
    for _ in range(2):
        await call(sipp, "700", "+381601", HangsUp(0.3))
    await call(sipp, "700", "00381601", IsRefused(486))
    (refused,) = await calls_of(company, "00381601", 1)
    assert refused.record.rule == (
        "Refused: +381601 called 2 times within a minute, and calls_per_minute is 2."
    )
    assert refused.record.disposition is Disposition.REJECTED


async def test_whoever_is_blocked_is_turned_away_also_from_one_moment_to_the_next(
    company: Exchange, sipp: Sipp
) -> None:
    await call(sipp, "701", "+381901234", IsRefused(403))
    (refused,) = await calls_of(company, "+381901234", 1)
    assert refused.record.rule == "Refused: numbers that begin with +38190 are blocked."
    engine = make_engine(company.database_url)
    now = datetime.now(UTC)
    entry = BlockedCaller("other", author="sofia", note="rude", id=str(uuid4()), live=True)
    try:
        async with transaction(engine) as connection:
            await block(connection, entry, now)
        await until_said(company, "1 callers are blocked")
        await call(sipp, "701", "other", IsRefused(403))
        async with transaction(engine) as connection:
            await unblock(connection, [entry.id], datetime.now(UTC), "sofia")
        await until_said(company, "0 callers are blocked", last=True)
        await call(sipp, "700", "other", HangsUp(0.3))
    finally:
        await engine.dispose()


async def until_said(company: Exchange, words: str, *, last: bool = False) -> None:
    """Until the router's log says so; `last`: after it has said anything else of the kind."""
    log = company.asterisk.home / "router.log"
    async with asyncio.timeout(10):
        while True:
            said = [line for line in log.read_text().splitlines() if "callers are blocked" in line]
            if said and (words in said[-1] if last else any(words in line for line in said)):
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("who", ["bug1", "bug2", "bug3"], ids=["greeting", "connecting", "talk"])
async def test_a_bug_in_one_call_ends_it_with_a_sentence_and_touches_no_other(
    company: Exchange, sipp: Sipp, who: str
) -> None:
    amina, bojan = await sipp.phone(Answers(0.3), calls=2), await sipp.phone(Answers(0.2))
    await sipp.register(
        [
            ("1001", company.password("1001"), amina.port),
            ("1002", company.password("1002"), bojan.port),
        ]
    )
    before = len([each for each in await company.calls() if each.record.caller_number == "inside"])
    good = await sipp.caller("702", HangsUp(6.0), by("inside"))
    bad = await sipp.caller("701", Listens(), by(who))
    assert await bad.wait() == ""  # he was answered, and hung up after the sentence
    (failed,) = await calls_of(company, who, 1)
    assert failed.record.disposition is Disposition.FAILED
    assert failed.record.error is not None
    assert failed.record.error.startswith("Bug: ")
    assert await good.wait() == ""
    others = await calls_of(company, "inside", before + 1)
    assert others[0].record.disposition is Disposition.ANSWERED
    assert others[0].record.error is None
    # Amina's phone is not left ringing, nor is she: the next caller has her.
    await call(sipp, "701", "other", HangsUp(3.0))
    newest = (await company.calls())[0]
    assert Counter(each.outcome for each in newest.record.attempts) == {Outcome.ANSWERED: 1}
    await company.until_quiet()
    assert company.router.exit_code is None
