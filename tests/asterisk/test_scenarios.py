"""The scenarios of `tests/calls` on a real Asterisk with SIPp phones, all of them side by side.

Each is run on the in-memory Asterisk first, with the real length of the messages; the record of
the real call must be the same but for its clock. So the fake is held against the real thing.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from callrouter.call_record import CallRecord
from callrouter.config.compile import compile_config
from callrouter.facts import Disposition, Outcome
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.postgres import PostgresServer
from tests.asterisk.companies import FIRST_COPY, write_companies
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp, SippProcess
from tests.asterisk.sipp_xml import CallerBehaviour, Cancels, HangsUp, IsRefused, Listens
from tests.calls.company import PLAYBACKS, Day
from tests.calls.scenarios import SCENARIOS, CallerHangsUp, Scenario
from tests.calls.test_scenarios import attempt_words, play
from tests.fakes.phones import Answers, Behaviour, Phone

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

PAUSE_BETWEEN_SECONDS = 0.15
CLOCK_TOLERANCE_SECONDS = 0.6
"""How much a loaded machine may be late."""


class Played:
    """What came of one scenario on the real exchange."""

    def __init__(self, expected: Day, record: CallRecord, phones: dict[str, SippProcess]) -> None:
        self.expected = expected.record
        self.record = record
        self.phones = phones
        self.errors: list[str] = []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(
    asterisk_program: AsteriskProgram,
    sipp_command: tuple[str, ...],
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, Played]]:
    """All scenarios, played at (almost) the same time."""
    folder = tmp_path_factory.mktemp("scenarios")
    config = folder / "companies.yaml"
    write_companies(len(SCENARIOS), config)
    await postgres_server.create_database("scenarios")
    try:
        site = loopback_site()
        url = postgres_server.url("scenarios")
        async with exchange(asterisk_program, folder, site, url, config) as here:
            playbacks = await _real_playbacks(here)
            sipp = Sipp(sipp_command, folder, site.sip_port, range(34_000, 38_000, 2))
            try:
                yield await _play_all(here, sipp, playbacks)
                await here.hang_up_elsewhere()
                await here.until_quiet()
            finally:
                await sipp.stop_all()
    finally:
        await postgres_server.drop_database("scenarios")


async def _real_playbacks(here: Exchange) -> dict[str, float]:
    """How long the rendered messages really are."""
    table = (await compile_config(here.config, here.prompts_dir)).table
    settings = table.settings[f"sequential{FIRST_COPY}"]
    prompts = {
        "/prompts/greeting": settings.greeting_message,
        "/prompts/busy": settings.agent_busy_message,
        "/prompts/unavailable": settings.agent_unavailable_message,
    }
    assert set(prompts) == set(PLAYBACKS)
    return {media: prompt.seconds for media, prompt in prompts.items() if prompt is not None}


async def _play_all(here: Exchange, sipp: Sipp, playbacks: dict[str, float]) -> dict[str, Played]:
    phones: list[dict[str, SippProcess]] = []
    accounts: list[tuple[str, str, int]] = []
    for n, scenario in enumerate(SCENARIOS, FIRST_COPY):
        processes, registrations = await _phones(here, sipp, scenario, n)
        phones.append(processes)
        accounts += registrations
    await sipp.register(accounts)
    await _put_on_other_calls(here)
    # pytest's own loop runs here, so the in-memory calls have their virtual one in a thread.
    days = [await asyncio.to_thread(play, scenario, playbacks) for scenario in SCENARIOS]
    callers = []
    for n, (scenario, day) in enumerate(zip(SCENARIOS, days, strict=True), FIRST_COPY):
        behaviour = caller_behaviour(scenario, day)
        callers.append(await sipp.caller(f"{n}{scenario.number}", behaviour))
        await asyncio.sleep(PAUSE_BETWEEN_SECONDS)
    played = {}
    for n, (scenario, day) in enumerate(zip(SCENARIOS, days, strict=True), FIRST_COPY):
        error = await callers[n - FIRST_COPY].wait()
        number = f"{n}{scenario.number}"
        call = await here.ended_call(number)
        played[scenario.name] = Played(day, call.record, phones[n - FIRST_COPY])
        if error:
            played[scenario.name].errors.append(error)
    return played


async def _phones(
    here: Exchange, sipp: Sipp, scenario: Scenario, n: int
) -> tuple[dict[str, SippProcess], list[tuple[str, str, int]]]:
    """Start the scenario's phones; returns them and what to register them with."""
    processes = {}
    accounts = []
    for phone in scenario.phones:
        for contact, behaviour in enumerate(_behaviours(phone), 1):
            process = await sipp.phone(behaviour)
            account = f"{n}{phone.extension}"
            processes[f"{phone.extension}#{contact}"] = process
            if phone.registered:
                accounts.append((account, here.password(account), process.port))
    return processes, accounts


def _behaviours(phone: Phone) -> tuple[Behaviour, ...]:
    """What it does when it is rung next: one that is on another call answers that one first."""
    return (Answers(0.1),) if phone.state == "INUSE" else phone.behaviours


async def _put_on_other_calls(here: Exchange) -> None:
    """Call the phones that shall be on a call of which callrouter knows nothing."""
    for n, scenario in enumerate(SCENARIOS, FIRST_COPY):
        for phone in scenario.phones:
            if phone.state == "INUSE":
                await here.call_phone(f"{n}{phone.extension}")


def caller_behaviour(scenario: Scenario, day: Day) -> CallerBehaviour:
    """What the caller of the in-memory call did, for a caller who only knows the clock."""
    record = day.record
    assert record.ended_at is not None
    if isinstance(scenario.ending, CallerHangsUp):
        if record.answered_at is None:
            assert record.first_ring_at is not None
            return Cancels((record.ended_at - record.first_ring_at).total_seconds())
        return HangsUp((record.ended_at - record.answered_at).total_seconds())
    if record.answered_at is not None:
        return Listens()
    return IsRefused(404 if scenario.disposition is Disposition.REJECTED else 486)


by_name = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@by_name
async def test_the_caller_saw_correct_sip(scenario: Scenario, played: dict[str, Played]) -> None:
    assert played[scenario.name].errors == []


@by_name
async def test_the_real_record_is_that_of_the_fake(
    scenario: Scenario, played: dict[str, Played]
) -> None:
    real, fake = played[scenario.name].record, played[scenario.name].expected
    assert real.disposition is scenario.disposition
    assert _attempts(real) == scenario.attempts
    assert (real.agent or "").rstrip("0123456789") == (scenario.answered_by or "")
    assert real.hung_up_by is scenario.ending.party
    assert real.left_during is scenario.ending.stage
    assert real.decision == fake.decision
    assert real.message == fake.message
    assert (real.caller_number, real.caller_name) == ("+38160111", "Caller")


@by_name
async def test_the_real_times_are_those_of_the_fake(
    scenario: Scenario, played: dict[str, Played]
) -> None:
    real, fake = played[scenario.name].record, played[scenario.name].expected
    near = CLOCK_TOLERANCE_SECONDS
    assert real.waiting_seconds == pytest.approx(fake.waiting_seconds, abs=near)
    assert real.talking_seconds == pytest.approx(fake.talking_seconds, abs=near)
    for ours, theirs in zip(real.attempts, fake.attempts, strict=True):
        assert ours.seconds == pytest.approx(theirs.seconds, abs=near)
    assert (real.answered_at is None) is (fake.answered_at is None)


@by_name
async def test_only_those_who_lost_to_another_see_answered_elsewhere(
    scenario: Scenario, played: dict[str, Played]
) -> None:
    """RFC 3326: `Reason: SIP;cause=200`, which keeps the call out of the phone's missed calls."""
    outcomes = {a.agent: a.outcome for a in played[scenario.name].expected.attempts}
    extensions = {"amina": "1001", "bojan": "1002", "carla": "1003"}
    for agent, outcome in outcomes.items():
        for name, phone in played[scenario.name].phones.items():
            if not name.startswith(extensions[agent]):
                continue
            for cancel in phone.received("CANCEL"):
                elsewhere = outcome in (Outcome.ANSWERED, Outcome.ANSWERED_ELSEWHERE)
                assert ("cause=200" in cancel) is elsewhere, cancel


def _attempts(record: CallRecord) -> tuple[str, ...]:
    """In the words of the scenario: without the number of the company's copy."""
    words = (attempt_words(attempt).split(" ", 1) for attempt in record.attempts)
    return tuple(f"{agent.rstrip('0123456789')} {outcome}" for agent, outcome in words)
