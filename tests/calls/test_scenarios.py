"""Every scenario on the in-memory Asterisk, held against its exact transcript.

`CALLROUTER_WRITE_TRANSCRIPTS=1` writes them anew, to be read before they are committed.
"""

import gc
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from callrouter.call_record import Attempt
from callrouter.facts import Outcome
from tests.calls.company import PLAYBACKS, Company, Day, a_day
from tests.calls.scenarios import SCENARIOS, CallerHangsUp, Scenario

EARLIER_CALL_SECONDS = 5.0
"""How much later than the call before it a scenario's own comes."""

TRANSCRIPTS = Path(__file__).parent / "transcripts"


def attempt_words(attempt: Attempt) -> str:
    reason = f" {attempt.skip_reason}" if attempt.outcome is Outcome.SKIPPED else ""
    return f"{attempt.agent} {attempt.outcome}{reason}"


def script_of(scenario: Scenario) -> Callable[[Company], None]:
    """What its people do."""

    def script(here: Company) -> None:
        for agent in scenario.paused:
            here.agents.set_status(agent, paused="lunch", since=here.now())
        caller, at = "caller", 0.0
        if earlier := scenario.earlier:
            here.asterisk.call(earlier.number)
            here.leave_caller(earlier.stage, earlier.after)
            caller, at = "caller2", EARLIER_CALL_SECONDS
        here.asterisk.call(scenario.number, at=at)
        if isinstance(scenario.ending, CallerHangsUp):
            here.leave_caller(scenario.ending.stage, scenario.ending.after, caller)
        for asks in scenario.asks:
            here.ask_in(asks.stage, asks.after, partial(here.ask, asks.to, caller), caller)

    return script


def play(scenario: Scenario, playbacks: dict[str, float] = PLAYBACKS) -> Day:
    """Run a scenario on the in-memory Asterisk."""
    return a_day(script_of(scenario), list(scenario.phones), playbacks=playbacks)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_record_says_what_happened(scenario: Scenario) -> None:
    day = play(scenario)
    record = day.records[-1]
    assert record.disposition is scenario.disposition
    assert tuple(attempt_words(attempt) for attempt in record.attempts) == scenario.attempts
    assert record.agent == scenario.answered_by
    assert record.hung_up_by is scenario.ending.party
    assert record.left_during is scenario.ending.stage
    assert record.ended_at is not None
    assert [answer.result for answer in day.told] == [asks.result for asks in scenario.asks]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_transcript_is_exactly_this(scenario: Scenario) -> None:
    transcript = "\n".join(play(scenario).transcript) + "\n"
    file = TRANSCRIPTS / (
        scenario.name.replace(" ", "_").replace(":", "").replace("'", "") + ".txt"
    )
    if os.environ.get("CALLROUTER_WRITE_TRANSCRIPTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(transcript)
    assert transcript == file.read_text()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_an_ended_calls_memory_is_free_without_a_search_for_garbage(scenario: Scenario) -> None:
    """Such searches stop the event loop, the longer the more calls have ended since the last."""
    day: list[Company] = []

    def script(here: Company) -> None:
        day.append(here)
        script_of(scenario)(here)

    gc.disable()
    try:
        a_day(script, list(scenario.phones))
        assert day[0].calls
        assert not day[0].forget()
    finally:
        gc.enable()
