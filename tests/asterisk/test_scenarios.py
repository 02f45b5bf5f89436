"""The scenarios of `tests/calls` on a real Asterisk with SIPp phones, all of them side by side.

Each is run on the in-memory Asterisk first, with the real length of the messages; the record of
the real call must be the same but for its clock. So the fake is held against the real thing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from callrouter.call_record import CallRecord
from callrouter.call_requests import Answer
from callrouter.concurrency import spawn
from callrouter.config.compile import compile_config
from callrouter.facts import Outcome
from callrouter.local.asterisk_program import AsteriskProgram
from callrouter.local.ports import free_ports
from callrouter.local.postgres import PostgresServer
from callrouter.routing.model import Sentence, Target, TargetKind
from tests.asterisk.companies import FIRST_COPY, write_companies
from tests.asterisk.conftest import loopback_site
from tests.asterisk.exchange import Exchange, exchange
from tests.asterisk.sipp import Sipp, SippProcess
from tests.asterisk.sipp_xml import CallerBehaviour, Cancels, HangsUp, IsRefused, Listens
from tests.calls.company import PLAYBACKS, Day, company
from tests.calls.scenarios import OUTSIDE_ANSWERS as OUTSIDE
from tests.calls.scenarios import SCENARIOS, CallerHangsUp, Scenario
from tests.calls.test_scenarios import attempt_words, play
from tests.fakes.phones import Answers, Behaviour, Phone

pytestmark = [
    *(pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")),
    pytest.mark.timeout(400),  # all are played before the first test
]

MORE_THAN_ANY_PHONE_HAS = 1000
"""Calls. SIPp ends after so many."""

PAUSE_BETWEEN_SECONDS = 0.2
CLOCK_TOLERANCE_SECONDS = 0.6
"""How much a loaded machine may be late."""

ASKING_SECONDS = 0.6
"""And how much more where a supervisor asks: through the database, from this process."""


class Played:
    """What came of one scenario on the real exchange, in copy `n` of the company."""

    def __init__(self, n: int, expected: Day, record: CallRecord, phones: "Phones") -> None:
        self.n = n
        self.expected = expected.records[-1]
        self.record = record
        self.phones = phones
        self.errors: list[str] = []
        self.told: list[Answer | None] = []


PlayedOrNot = Played | AssertionError
"""Or why its call came to nothing."""


class Phones:
    """One SIPp for each way to behave: all phones that do so are registered with its port."""

    def __init__(self, here: Exchange, sipp: Sipp) -> None:
        self._here = here
        self._sipp = sipp
        self._by_behaviour: dict[Behaviour, SippProcess] = {}

    async def accounts(self, scenario: Scenario, n: int) -> list[tuple[str, str, int]]:
        """What to register the scenario's phones with: account, password, port."""
        accounts = []
        for phone in scenario.phones:
            if "@" in phone.extension:  # the one behind the trunk, which is there for all
                assert phone.behaviours == (OUTSIDE,)
                continue
            account = f"{n}{phone.extension}"
            if phone.registered:
                ports = [(await self._process(each)).port for each in _behaviours(phone)]
                accounts += [(account, self._here.password(account), port) for port in ports]
        return accounts

    def received(self, method: str, account: str) -> list[str]:
        """The messages that any of the account's phones received."""
        processes = self._by_behaviour.values()
        return [each for phone in processes for each in phone.received(method, account)]

    async def _process(self, behaviour: Behaviour) -> SippProcess:
        if behaviour not in self._by_behaviour:
            process = await self._sipp.phone(behaviour, calls=MORE_THAN_ANY_PHONE_HAS)
            self._by_behaviour[behaviour] = process
        return self._by_behaviour[behaviour]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def all_played(
    asterisk_program: AsteriskProgram,
    sipp_command: tuple[str, ...],
    postgres_server: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[dict[str, PlayedOrNot]]:
    """All scenarios, played at (almost) the same time."""
    folder = tmp_path_factory.mktemp("scenarios")
    config = folder / "companies.yaml"
    write_companies(len(SCENARIOS), config)
    await postgres_server.create_database("scenarios")
    try:
        site = loopback_site()
        url = postgres_server.url("scenarios")
        (trunk_port,) = free_ports(1)
        async with exchange(asterisk_program, folder, site, url, config, trunk_port) as here:
            playbacks = await _real_playbacks(here)
            sipp = Sipp(sipp_command, folder, site.sip_port)
            try:
                for n, scenario in enumerate(SCENARIOS, FIRST_COPY):
                    for agent in scenario.paused:
                        await here.pause(f"{agent}{n}")
                await sipp.phone(OUTSIDE, port=trunk_port, calls=MORE_THAN_ANY_PHONE_HAS)
                yield await _play_all(here, sipp, playbacks)
                await here.hang_up_elsewhere()
                await here.until_quiet()
            finally:
                await sipp.stop_all()
    finally:
        await postgres_server.drop_database("scenarios")


@pytest.fixture
def played(scenario: Scenario, all_played: dict[str, PlayedOrNot]) -> Played:
    """What came of the test's scenario. One that came to nothing fails none but its own tests."""
    here = all_played[scenario.name]
    if isinstance(here, AssertionError):
        raise here
    return here


async def _real_playbacks(here: Exchange) -> dict[str, float]:
    """How long the rendered messages really are."""
    table = (await compile_config(here.config, here.prompts_dir)).table
    settings = table.settings[f"sequential{FIRST_COPY}"]
    (follow_on,) = table.settings[f"outside{FIRST_COPY}"].follow_on
    prompts = {
        "/prompts/greeting": settings.greeting_message,
        "/prompts/busy": settings.agent_busy_message,
        "/prompts/unavailable": settings.agent_unavailable_message,
        "/prompts/closed": table.settings[f"closed-message{FIRST_COPY}"].closed_message,
        "/prompts/one_moment": follow_on.message,
        "/prompts/confirm": table.sentences[Sentence.CONFIRM],
    }
    assert set(prompts) == set(PLAYBACKS)
    return {media: prompt.seconds for media, prompt in prompts.items() if prompt is not None}


async def _play_all(
    here: Exchange, sipp: Sipp, playbacks: dict[str, float]
) -> dict[str, PlayedOrNot]:
    phones = Phones(here, sipp)
    accounts = [
        await phones.accounts(scenario, n) for n, scenario in enumerate(SCENARIOS, FIRST_COPY)
    ]
    await sipp.register([each for of_one in accounts for each in of_one])
    await _put_on_other_calls(here)
    # pytest's own loop runs here, so the in-memory calls have their virtual one in a thread.
    days = [await asyncio.to_thread(play, scenario, playbacks) for scenario in SCENARIOS]
    earlier = {}
    for n, (scenario, day) in enumerate(zip(SCENARIOS, days, strict=True), FIRST_COPY):
        if scenario.earlier is not None:
            behaviour = _hangs_up(day.records[0])
            earlier[n] = await sipp.caller(f"{n}{scenario.earlier.number}", behaviour)
    async with asyncio.TaskGroup() as supervisors:
        return await _call_all(here, sipp, phones, days, earlier, supervisors)


async def _call_all(
    here: Exchange,
    sipp: Sipp,
    phones: Phones,
    days: list[Day],
    earlier: dict[int, SippProcess],
    supervisors: asyncio.TaskGroup,
) -> dict[str, PlayedOrNot]:
    callers, told, before = {}, {}, {}
    # Those before whose call there is another come last.
    for n in sorted(range(FIRST_COPY, FIRST_COPY + len(SCENARIOS)), key=lambda n: n in earlier):
        if n in earlier:
            before[n] = await earlier[n].wait()
        scenario, day = SCENARIOS[n - FIRST_COPY], days[n - FIRST_COPY]
        behaviour = caller_behaviour(scenario, day)
        number = f"{n}{scenario.number}"
        callers[n] = await sipp.caller(number, behaviour)
        told[n] = [
            spawn(supervisors, _asked(here, number, after, to), name=f"asks for {number}")
            for after, to in _asking(scenario, day, n)
        ]
        await asyncio.sleep(PAUSE_BETWEEN_SECONDS)
    played: dict[str, PlayedOrNot] = {}
    for n, (scenario, day) in enumerate(zip(SCENARIOS, days, strict=True), FIRST_COPY):
        error = await callers[n].wait()
        try:
            call = await here.ended_call(f"{n}{scenario.number}")
        except AssertionError as failure:
            failure.add_note(f"The caller: {error or 'saw nothing wrong'}")
            played[scenario.name] = failure
            continue
        here_played = played[scenario.name] = Played(n, day, call.record, phones)
        here_played.told = [await each for each in told[n]]
        here_played.errors = [each for each in (before.get(n), error) if each]
    return played


async def _asked(here: Exchange, number: str, after: float, to: Target | None) -> Answer | None:
    """No answer where there is no call to ask for: that its record is missing says so."""
    try:
        return await here.ask(number, after, to)
    except TimeoutError:
        return None


def _asking(scenario: Scenario, day: Day, n: int) -> list[tuple[float, Target | None]]:
    """When after the arrival a supervisor asks for what, as on the in-memory Asterisk."""
    at = [(moment - day.records[-1].arrived_at).total_seconds() for moment in day.asked_at]
    return [
        (after, asks.to and replace(asks.to, name=_copied(asks.to, n)))
        for after, asks in zip(at, scenario.asks, strict=True)
    ]


def _copied(target: Target, n: int) -> str:
    return target.name if target.kind is TargetKind.OUTSIDE_NUMBER else f"{target.name}{n}"


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
    record = day.records[-1]
    if isinstance(scenario.ending, CallerHangsUp):
        return _hangs_up(record)
    if record.answered_at is not None:
        return Listens()
    unknown = record.decision == "unknown_number"
    return IsRefused(404 if unknown else 486)


def _hangs_up(record: CallRecord) -> CallerBehaviour:
    assert record.ended_at is not None
    if record.answered_at is None:
        assert record.first_ring_at is not None
        return Cancels((record.ended_at - record.first_ring_at).total_seconds())
    return HangsUp((record.ended_at - record.answered_at).total_seconds())


by_name = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@by_name
async def test_the_caller_saw_correct_sip(scenario: Scenario, played: Played) -> None:
    assert played.errors == []


@by_name
async def test_the_real_record_is_that_of_the_fake(scenario: Scenario, played: Played) -> None:
    real, fake = played.record, played.expected
    assert real.disposition is scenario.disposition
    assert _attempts(real) == scenario.attempts
    assert _in_the_scenario(real.agent or "") == (scenario.answered_by or "")
    assert real.hung_up_by is scenario.ending.party
    assert real.left_during is scenario.ending.stage
    assert real.decision == fake.decision
    assert real.message == fake.message
    assert (real.moved_by, real.ended_by) == (fake.moved_by, fake.ended_by)
    told = [answer and answer.result for answer in played.told]
    assert told == [asks.result for asks in scenario.asks]
    assert (real.caller_number, real.caller_name) == ("+38160111", "Caller")


@by_name
async def test_the_real_times_are_those_of_the_fake(scenario: Scenario, played: Played) -> None:
    real, fake = played.record, played.expected
    near = CLOCK_TOLERANCE_SECONDS + (ASKING_SECONDS if scenario.asks else 0.0)
    assert real.waiting_seconds == pytest.approx(fake.waiting_seconds, abs=near)
    assert real.talking_seconds == pytest.approx(fake.talking_seconds, abs=near)
    for ours, theirs in zip(real.attempts, fake.attempts, strict=True):
        assert ours.seconds == pytest.approx(theirs.seconds, abs=near)
        assert ours.talking_seconds == pytest.approx(theirs.talking_seconds, abs=near)
    assert (real.answered_at is None) is (fake.answered_at is None)


_ELSEWHERE = (Outcome.ANSWERED, Outcome.ANSWERED_ELSEWHERE, Outcome.CANCELLED)


@by_name
async def test_only_those_who_lost_to_another_see_answered_elsewhere(
    scenario: Scenario, played: Played
) -> None:
    """RFC 3326: `Reason: SIP;cause=200`, which keeps the call out of the phone's missed calls."""
    outcomes = {a.agent: a.outcome for a in played.expected.attempts}
    agents = [agent for id_, agent in company().agents.items() if id_ in outcomes]
    for agent in agents:
        if agent.phones_in_order or scenario.earlier:  # given up before anybody had the call
            continue
        if scenario.asks and outcomes[agent.id] is not Outcome.CANCELLED:  # perhaps rung twice
            continue
        elsewhere = outcomes[agent.id] in _ELSEWHERE
        for phone in agent.phones:
            account = f"{played.n}{phone.removeprefix('PJSIP/')}"
            for cancel in played.phones.received("CANCEL", account):
                assert ("cause=200" in cancel) is elsewhere, cancel


def _attempts(record: CallRecord) -> tuple[str, ...]:
    """In the words of the scenario: without the number of the company's copy."""
    words = (attempt_words(attempt).split(" ", 1) for attempt in record.attempts)
    return tuple(f"{_in_the_scenario(agent)} {outcome}" for agent, outcome in words)


def _in_the_scenario(agent: str) -> str:
    """His name there; an outside number is the same for all."""
    return agent if agent.startswith("+") else agent.rstrip("0123456789")
