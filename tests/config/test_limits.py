"""Limits and blocked callers as they are written: what they mean, and what is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from callrouter.config.load import ConfigError, load_file
from callrouter.config.loaded import LoadedConfig
from callrouter.routing.admission import Refuse
from callrouter.routing.model import Prompt

BASE = """
timezone: Europe/Belgrade
agents: {amina: {extension: "1001"}}
agent_groups: {sales: {members: amina}}
incoming_call_settings:
  office:
    numbers: "700"
    max_calls: 5
    call_handling_schedule: {days: daily, from_time: "00:00", to_time: "24:00", agent_group: sales}
"""


def loaded(tmp_path: Path, more: str) -> LoadedConfig:
    file = tmp_path / "c.yaml"
    file.write_text(BASE + more)
    return load_file(file)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    table = loaded(
        tmp_path,
        """
country_code: "+381"
limits:
  max_calls: 300
  when_full: message
  full_message: All lines are busy.
  max_lag_seconds: 0.5
  calls_per_minute: 10
  anonymous_calls_per_minute: 60
  too_many_calls: congestion
  never_limited: ["011*", "+381641"]
  blocked_message: {text: Ne., language: sr}
blocked_callers:
  - "090*"
  - {number: "+44 20 7946 0000", answer: message, note: lottery, until: "2026-12-01 08:00"}
  - Anonymous
""",
    ).table
    limits = table.limits
    assert (limits.max_calls, limits.when_full) == (300, Refuse.MESSAGE)
    assert limits.full_message == Prompt("All lines are busy.", "en")
    assert limits.blocked_message == Prompt("Ne.", "sr")
    assert limits.max_lag_seconds == 0.5
    assert (limits.calls_per_minute, limits.anonymous_calls_per_minute) == (10, 60)
    assert limits.too_many_calls is Refuse.CONGESTION
    assert limits.never_limited == ("+38111*", "+381641")
    assert list(table.blocked) == ["+38190*", "+442079460000", "anonymous"]
    (lottery,) = table.blocked["+442079460000"]
    assert (lottery.refuse, lottery.note) == (Refuse.MESSAGE, "lottery")
    assert lottery.until_at == datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    assert table.settings["office"].max_calls == 5


def test_nothing_is_limited_unless_it_is_written_but_a_late_router(tmp_path: Path) -> None:
    limits = loaded(tmp_path, "").table.limits
    assert limits.max_lag_seconds == 1.0
    assert (limits.max_calls, limits.calls_per_minute) == (None, None)
    assert limits.anonymous_calls_per_minute is None


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("limits: {when_full: message}", "there is no message to be heard"),
        ('blocked_callers: {number: "+1", answer: message}', "there is no message to be heard"),
        ("limits: {when_full: rejected}", "is not what callers can get for whom there is no room"),
        ("limits: {too_many_calls: message}", "is not what callers can get who call too often"),
        ('blocked_callers: {number: "+1", answer: safety_net}', "is not what blocked callers"),
        ("limits: {max_calls: 0}", "out of range"),
        ("limits: {calls_per_minute: 1.5}", "is not a whole number"),
        ("limits: {max_lag_seconds: -1}", "is not a number of seconds"),
        ("limits: {full_message: 'We open {reopens_at}.', when_full: message}", "only when it is"),
        ("blocked_callers: '*'", "is neither a caller's number nor the beginning"),
        ("blocked_callers: '${EXTEN}'", "is neither a caller's number nor the beginning"),
        ("blocked_callers: '1&2'", "is neither a caller's number nor the beginning"),
        ("blocked_callers: ['+38164 1', '00381641']", "is blocked already"),
        ("country_code: 381\nblocked_callers: ['0641', '+381641']", "is blocked already"),
        ("country_code: Serbia", "is not a country code"),
        ("national_prefix: '+'", "is not such a prefix"),
        ("limits: many", "fields are expected here"),
        ("limits: {maxcall: 3}", "there is no field"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, more)
    assert any(said in str(problem) for problem in refused.value.problems), refused.value


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("limits: {full_message: Full.}", "nobody ever hears this message"),
        ("blocked_callers: '10*'", "keeps out 1001, the number of amina"),
        (
            "blocked_callers: {number: '+1', until: '2020-01-01 00:00'}",
            "is let in again since 2019-12-31",
        ),
        ("blocked_callers: ['+1', '1001']", "blocked_callers[1]"),
        ("limits: {max_calls: 3}", "this limit does nothing"),
    ],
)
def test_what_is_odd_is_told(tmp_path: Path, more: str, said: str) -> None:
    warnings = [str(each) for each in loaded(tmp_path, more).warnings]
    assert any(said in each for each in warnings), warnings
