"""What lint finds, and that it says nothing about a good table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.hours import WEEKDAYS
from callrouter.routing.lint import Finding, lint
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    Prompt,
    RoutingTable,
    ScheduleRow,
)
from callrouter.routing.schedule import covers
from tests.routing.lint_company import TABLE, TODAY, row, with_office, with_rows

WEEK = ("incoming_call_settings", "office", "call_handling_schedule")


def test_a_good_table_has_no_findings() -> None:
    assert lint(TABLE, TODAY) == []


@pytest.mark.parametrize(
    ("table", "path", "message"),
    [
        pytest.param(
            replace(TABLE, numbers={}),
            ("incoming_call_settings",),
            "no number is listed anywhere, so every call is refused",
            id="no number at all",
        ),
        pytest.param(
            with_office(numbers=()),
            ("incoming_call_settings", "office"),
            "these settings have no numbers, so no call reaches them",
            id="settings without numbers",
        ),
        pytest.param(
            replace(TABLE, agent_groups={**TABLE.agent_groups, "x": AgentGroup("x", ("amina",))}),
            ("agent_groups", "x"),
            "no schedule row uses this group",
            id="an unused group",
        ),
        pytest.param(
            replace(TABLE, agents={**TABLE.agents, "x": Agent("x", "X", "1", ("PJSIP/1",))}),
            ("agents", "x"),
            "this agent is in no group and gets no calls",
            id="an unused agent",
        ),
        pytest.param(
            replace(
                TABLE, agents={**TABLE.agents, "x": Agent("x", "X", "1", (), settings="office")}
            ),
            ("agents", "x", "phones"),
            "the list of phones is empty, so this agent cannot be rung",
            id="an agent without phones",
        ),
        pytest.param(
            replace(TABLE, agent_groups={**TABLE.agent_groups, "sales": AgentGroup("sales", ())}),
            ("agent_groups", "sales"),
            "this group has no members, so its callers hear that nobody is available",
            id="a group without members",
        ),
        pytest.param(
            with_office(greeting_message=None),
            ("incoming_call_settings", "office"),
            "greeting_message is missing: the caller is not greeted",
            id="no greeting",
        ),
        pytest.param(
            with_office(agent_busy_message=None),
            ("incoming_call_settings", "office"),
            "agent_busy_message is missing: the caller hears nothing when all are busy",
            id="no busy message",
        ),
        pytest.param(
            with_office(agent_unavailable_message=None),
            ("incoming_call_settings", "office"),
            "agent_unavailable_message is missing: the caller hears nothing when nobody is "
            "available",
            id="no unavailable message",
        ),
        pytest.param(
            with_office(ring_seconds=30, max_ring_seconds=20),
            ("incoming_call_settings", "office", "max_ring_seconds"),
            "20 seconds of ringing in all is less than the 30 seconds one agent may ring",
            id="less ringing in all than for one",
        ),
        pytest.param(
            with_rows(row("Monday", 9, 9)),
            (*WEEK, 0),
            "from 09:00 to 09:00 is 24 hours, until Tuesday 09:00",
            id="a row that ends when it starts",
        ),
        pytest.param(
            with_rows(row("Monday", 9, 17), row("Monday", 16, 18, "night")),
            (*WEEK, 1),
            "Monday 16:00-18:00 (night) overlaps Monday 09:00-17:00 (sales) on Monday 16:00-17:00; "
            "there the first listed wins",
            id="rows that overlap",
        ),
        pytest.param(
            with_rows(row("Monday", 22, 6), row("Tuesday", 5, 7)),
            (*WEEK, 1),
            "Tuesday 05:00-07:00 (sales) overlaps Monday 22:00-06:00 (sales) on Tuesday "
            "05:00-06:00; there the first listed wins",
            id="rows that overlap after midnight",
        ),
        pytest.param(
            with_rows(row("Monday", 0, 8), row("Sunday", 22, 6)),
            (*WEEK, 1),
            "Sunday 22:00-06:00 (sales) overlaps Monday 00:00-08:00 (sales) on Monday 00:00-06:00; "
            "there the first listed wins",
            id="rows that overlap over the end of the week",
        ),
        pytest.param(
            with_rows(row("Monday", 0, 24), row("Monday", 9, 17, "night")),
            (*WEEK, 1),
            "Monday 09:00-17:00 (night) never applies: Monday 00:00-24:00 (sales), listed before, "
            "covers it",
            id="a row that never applies",
        ),
        pytest.param(
            with_rows(row("Monday", 20, 8), row("Monday", 22, 6, "night")),
            (*WEEK, 1),
            "Monday 22:00-06:00 (night) never applies: Monday 20:00-08:00 (sales), listed before, "
            "covers it",
            id="a night that never applies",
        ),
        pytest.param(
            with_rows(row("Monday", 9, 12), row("Monday", 12, 17), row("Monday", 10, 15)),
            (*WEEK, 2),
            "Monday 10:00-15:00 (sales) never applies: Monday 09:00-12:00 (sales) and "
            "Monday 12:00-17:00 (sales), listed before, cover it",
            id="a row that several others cover",
        ),
        pytest.param(
            with_office(greeting_message=Prompt(text="مرحبا Acme", language="en")),
            ("incoming_call_settings", "office", "greeting_message"),
            "the text has Arabic letters, but its language is en",
            id="Arabic letters in English",
        ),
        pytest.param(
            with_office(greeting_message=Prompt(text="Welcome to Acme", language="ar")),
            ("incoming_call_settings", "office", "greeting_message"),
            "the text has Latin letters, but its language is ar",
            id="Latin letters in Arabic",
        ),
        pytest.param(
            with_office(greeting_message=Prompt(text="sounds/Welcome 2.WAV", language="en")),
            ("incoming_call_settings", "office", "greeting_message"),
            "this looks like the name of a sound file, and it would be read out",
            id="a sound file as text",
        ),
    ],
)
def test_found(table: RoutingTable, path: tuple[str | int, ...], message: str) -> None:
    (finding,) = lint(table, TODAY)
    assert (finding.path, finding.message) == (path, message)
    assert finding.remedy


def test_settings_without_a_schedule() -> None:
    closed = Finding(
        ("incoming_call_settings", "office"),
        "there are no schedule rows, so every call finds it closed",
        "add rows to call_handling_schedule",
    )
    assert closed in lint(with_office(call_handling_schedule=()), TODAY)


@pytest.mark.parametrize(
    "prompt",
    [
        pytest.param(Prompt(text="Zdravo, Đorđe!", language="sr"), id="Serbian in Latin"),
        pytest.param(Prompt(text="Здраво!", language="sr-cyrl"), id="Serbian in Cyrillic"),
        pytest.param(
            Prompt(text="مرحبا بكم في Acme", language="ar"), id="Arabic with a brand name"
        ),
        pytest.param(Prompt(text="Café, 24/7 – naïve!", language="en"), id="accents and signs"),
        pytest.param(Prompt(text="Anything", language="tlh"), id="a language of unknown letters"),
        pytest.param(Prompt(text="123", language="ar"), id="no letters"),
        pytest.param(Prompt(sound="/hello.wav"), id="a sound file"),
    ],
)
def test_letters_that_fit(prompt: Prompt) -> None:
    assert lint(with_office(greeting_message=prompt), TODAY) == []


def test_rows_that_touch_do_not_overlap() -> None:
    table = with_rows(row("Monday", 9, 12), row("Monday", 12, 17), row("Monday", 17, 9))
    assert lint(table, TODAY) == []


ROWS = st.builds(
    row,
    st.sampled_from(WEEKDAYS),
    st.integers(0, 23),
    st.integers(0, 24),
    st.sampled_from(["sales", "night"]),
)


@given(st.lists(ROWS, max_size=5))
def test_a_row_never_applies_exactly_when_earlier_rows_cover_all_its_hours(
    rows: list[ScheduleRow],
) -> None:
    table = with_office(call_handling_schedule=tuple(rows))
    hours = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour) for hour in range(168)]
    dead = {
        index
        for index, each in enumerate(rows)
        if all(
            any(covers(earlier.hours, hour) for earlier in rows[:index])
            for hour in hours
            if covers(each.hours, hour)
        )
    }
    found = {
        finding.path[-1] for finding in lint(table, TODAY) if "never applies" in finding.message
    }
    assert found == dead
