"""What `{reopens_at}` says in the coming hours: right at every single minute."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.config.closings import AHEAD, closings_of, with_closings
from callrouter.prompts.spoken_time import spoken_opening
from callrouter.routing.decide import Closed, decide_by
from callrouter.routing.model import RoutingTable
from callrouter.routing.opening import opens_next
from tests.config.companies import load

BELGRADE = ZoneInfo("Europe/Belgrade")
CLOSED_AT_NIGHT = """\
timezone: Europe/Belgrade
agents:
  amina: {extension: 1001}
agent_groups:
  sales: {members: amina}
  nobody: {}
holiday_calendars:
  own:
    message: It is a holiday. We open {reopens_at}.
    holidays:
      - {date: 2026-11-24}
      - {date: 2026-11-25, message: "{reopens_at}, that is when."}
      - {date: 2026-11-26, from_time: "12:00", message: Merry Christmas.}
      - {date: 2026-11-27, from_time: "12:00", to_time: "13:30"}
incoming_call_settings:
  office:
    numbers: 700
    closed_message: We open again {reopens_at}.
    agent_unavailable_message: Nobody is here.
    holidays: own
    overrides:
      - {closed: true, from: "2026-12-01 10:00", until: "2026-12-02 11:00", message: "Back {reopens_at}."}
      - {closed: true, from: "2026-12-03 10:00", until: "2026-12-03 10:30", reason: staff meeting}
      - {open: true, agent_group: sales, from: "2026-12-05 15:00", until: "2026-12-05 15:20"}
    call_handling_schedule:
      - {days: Mon-Fri, from_time: "09:00", to_time: "17:00", agent_group: sales}
      - {days: Saturday, from_time: "09:00", to_time: "10:00", agent_group: nobody}
"""  # noqa: E501
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> RoutingTable:
    return load(tmp_path_factory.mktemp("company"), CLOSED_AT_NIGHT).table


def heard(table: RoutingTable, written: str, compiled: str | None = None) -> str | None:
    """What a caller hears who finds it closed at this local time."""
    now = datetime.fromisoformat(written).replace(tzinfo=BELGRADE)
    at = now if compiled is None else datetime.fromisoformat(compiled).replace(tzinfo=BELGRADE)
    told = with_closings(table, at).table
    decision = decide_by(told, told.settings["office"], now)
    assert isinstance(decision, Closed)
    return None if decision.prompt is None else decision.prompt.text


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-11-20 17:00", "We open again on Monday at nine.", id="a Friday evening"),
        pytest.param("2026-11-22 23:59", "We open again tomorrow at nine.", id="before midnight"),
        pytest.param("2026-11-23 00:00", "We open again today at nine.", id="after midnight"),
        pytest.param(
            "2026-11-23 20:00", "We open again on Thursday at nine.", id="before holidays"
        ),
        pytest.param(
            "2026-11-24 10:00", "It is a holiday. We open on Thursday at nine.", id="a holiday"
        ),
        pytest.param("2026-11-25 10:00", "tomorrow at nine, that is when.", id="its own message"),
        pytest.param("2026-11-26 12:00", "Merry Christmas.", id="a message without the time"),
        pytest.param(
            "2026-11-27 12:30",
            "It is a holiday. We open today at half past one in the afternoon.",
            id="a part of a day",
        ),
        pytest.param("2026-12-01 10:00", "Back tomorrow at eleven.", id="an override"),
        pytest.param(
            "2026-12-03 10:10",
            "We open again today at half past ten.",
            id="an override without message",
        ),
        pytest.param(
            "2026-12-05 14:00",
            "We open again today at three in the afternoon.",
            id="an override that opens",
        ),
        pytest.param(
            "2026-12-05 15:20", "We open again on Monday at nine.", id="after an override"
        ),
    ],
)
def test_what_a_caller_hears(table: RoutingTable, now: str, expected: str) -> None:
    assert heard(table, now) == expected


def test_it_is_said_for_36_hours_ahead_and_made_anew_12_before(table: RoutingTable) -> None:
    now = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    coming = with_closings(table, now)
    assert coming.stale_at == now + timedelta(hours=24)
    ahead = heard(table, "2026-11-22 05:29", "2026-11-20 17:30")
    assert ahead == "We open again tomorrow at nine."
    beyond = heard(table, "2026-11-22 05:30", "2026-11-20 17:30")
    assert beyond == "Nobody is here."


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        pytest.param('to_time: "17:00"', 'to_time: "16:00"', id="the hours"),
        pytest.param(
            "closed_message: We", "timezone: Asia/Tokyo\n    closed_message: We", id="the zone"
        ),
        pytest.param("closed_message: We", "closed_message: Yes, we", id="the message"),
        pytest.param("holidays: own\n    o", "o", id="the holidays"),
        pytest.param("agent_group: nobody", "agent_group: sales", id="whether a group has members"),
        pytest.param(
            'until: "2026-12-02 11:00"', 'until: "2026-12-02 12:00"', id="an override's end"
        ),
        pytest.param('message: "Back', 'message: "Here', id="an override's message"),
        pytest.param(
            "open: true, agent_group: sales", "closed: true", id="whether an override opens"
        ),
    ],
)
def test_settings_that_differ_in_one_thing_have_closings_of_their_own(
    tmp_path: Path, there: str, instead: str
) -> None:
    """Settings that are alike share theirs."""
    head, name, office = CLOSED_AT_NIGHT.partition("  office:\n    numbers: 700\n")
    assert office.count(there) == 1
    other = "  other:\n    numbers: 701\n" + office.replace(there, instead)
    alike = "  alike:\n    numbers: 702\n" + office
    table = load(tmp_path, head + name + office + other + alike).table
    differs = False
    for days in range(20):
        now = BEGIN + timedelta(days=days)
        told = with_closings(table, now).table
        for each in told.settings.values():
            assert each.closings == closings_of(table, each, now, now + AHEAD)
        assert told.settings["alike"].closings == told.settings["office"].closings
        differs |= told.settings["other"].closings != told.settings["office"].closings
    assert differs


def test_who_never_opens_again_says_nothing_of_the_kind(tmp_path: Path) -> None:
    head, _, _ = CLOSED_AT_NIGHT.partition("    call_handling_schedule:")
    text = head.replace("open: true, agent_group: sales,", "closed: true,")
    table = load(tmp_path, text).table
    assert heard(table, "2026-11-20 17:00") == "Nobody is here."


def test_without_the_placeholder_there_is_nothing_to_make(tmp_path: Path) -> None:
    table = load(tmp_path, CLOSED_AT_NIGHT.replace("{reopens_at}", "later")).table
    coming = with_closings(table, BEGIN)
    assert coming.stale_at is None
    assert coming.table is table


@given(st.integers(0, 20 * 24 * 60), st.lists(st.integers(0, 36 * 60 - 1), max_size=40))
@settings(deadline=None)
def test_at_every_minute_it_is_what_is_true_then(
    table: RoutingTable, start: int, minutes: list[int]
) -> None:
    begin = BEGIN + timedelta(minutes=start)
    told = with_closings(table, begin).table
    for minute in minutes:
        now = begin + timedelta(minutes=minute)
        office = told.settings["office"]
        decision = decide_by(told, office, now)
        if not isinstance(decision, Closed) or decision.prompt is None:
            assert not any(each.from_at <= now < each.until_at for each in office.closings)
            continue
        opens = opens_next(table, table.settings["office"], now)
        assert opens is not None
        words = spoken_opening(opens, now.astimezone(BELGRADE), "en")
        assert words in (decision.prompt.text or "") or decision.prompt.text == "Merry Christmas."
