"""Where a call goes, in which order agents ring, and the sentences that say why."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.decide import (
    Closed,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    decide,
    settings_for,
)
from callrouter.routing.model import CallRouting, RoutingTable, normalize_number
from tests.routing.company import OFFICE, TABLE, with_office
from tests.routing.rows import row

MONDAY = "Number 700 belongs to head-office (configuration 5f3a9c1e)."
SEQUENTIAL = "Sequential: ring bojan, then amina, then carla for 20 s each, 120 s in all."


def at(local: str) -> datetime:
    """A moment in Belgrade's winter."""
    return datetime.fromisoformat(local + "+01:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("table", "when", "kind", "group", "waves", "trace"),
    [
        pytest.param(
            TABLE, "2026-11-23T10:42", Ring, "sales", (("bojan",), ("amina",), ("carla",)),
            ("It is Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 09:00-17:00 is on duty: group sales.",
             SEQUENTIAL),
            id="one after another, in the group's order",
        ),
        pytest.param(
            with_office(call_routing=CallRouting.SIMULTANEOUS), "2026-11-23T10:42",
            Ring, "sales", (("bojan", "amina", "carla"),),
            ("It is Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 09:00-17:00 is on duty: group sales.",
             "Simultaneous: ring bojan, amina and carla together for 20 s."),
            id="all together",
        ),
        pytest.param(
            TABLE, "2026-11-23T12:30", Ring, "lunch", (("carla",), ("amina",)),
            ("It is Monday 2026-11-23 12:30:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 12:00-13:00 is on duty: group lunch.",
             "This time is also in Monday 09:00-17:00 (sales); "
             "of several rows the first listed wins.",
             "Sequential: ring carla, then amina for 20 s each, 120 s in all."),
            id="where rows overlap the first listed wins",
        ),
        pytest.param(
            TABLE, "2026-11-24T03:00", Ring, "night", (("amina",),),
            ("It is Tuesday 2026-11-24 03:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 22:00-06:00 is on duty, since yesterday: group night.",
             "Sequential: ring amina for 20 s."),
            id="the morning after an overnight row",
        ),
        pytest.param(
            with_office(ring_seconds=30.5, max_ring_seconds=25), "2026-11-23T22:00",
            Ring, "night", (("amina",),),
            ("It is Monday 2026-11-23 22:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 22:00-06:00 is on duty: group night.",
             "Sequential: ring amina for 25 s."),
            id="one ring is never longer than all ringing",
        ),
        pytest.param(
            TABLE, "2026-11-25T10:00", Unavailable, "nobody", None,
            ("It is Wednesday 2026-11-25 10:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Wednesday 09:00-17:00 is on duty: group nobody.",
             "Group nobody has no members: nobody can be rung."),
            id="a group without members",
        ),
        pytest.param(
            TABLE, "2026-11-23T17:00", Closed, None, None,
            ("It is Monday 2026-11-23 17:00:00 in Europe/Belgrade (UTC+01:00).",
             "No schedule row covers this time: closed."),
            id="closed",
        ),
        pytest.param(
            with_office(call_handling_schedule=()), "2026-11-23T10:42", Closed, None, None,
            ("It is Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00).",
             "No schedule row exists: closed."),
            id="no schedule at all",
        ),
        pytest.param(
            with_office(timezone="America/New_York"), "2026-11-23T15:00", Ring, "sales",
            (("bojan",), ("amina",), ("carla",)),
            ("It is Monday 2026-11-23 09:00:00 in America/New_York (UTC-05:00).",
             "The row Monday 09:00-17:00 is on duty: group sales.",
             SEQUENTIAL),
            id="the time zone is that of the settings",
        ),
    ],
)  # fmt: skip
def test_decisions(
    table: RoutingTable,
    when: str,
    kind: type,
    group: str | None,
    waves: tuple[tuple[str, ...], ...] | None,
    trace: tuple[str, ...],
) -> None:
    decision = decide(table, IncomingCall("700", "+381641234567", "Jelena"), at(when))
    assert type(decision) is kind
    assert not isinstance(decision, UnknownNumber)
    assert decision.settings is table.settings["head-office"]
    assert decision.local == at(when)
    assert str(decision.local.tzinfo) == decision.settings.timezone
    found = decision.group.name if isinstance(decision, Ring | Unavailable) else None
    assert found == group
    assert (decision.waves if isinstance(decision, Ring) else None) == waves
    assert decision.trace == (MONDAY, *trace)


def test_the_row_is_part_of_the_decision() -> None:
    decision = decide(TABLE, IncomingCall("700"), at("2026-11-25T10:00"))
    assert isinstance(decision, Unavailable)
    assert decision.row is OFFICE.call_handling_schedule[3]


def test_rows_that_are_written_twice_are_both_named() -> None:
    twice = row("Monday 09:00-17:00 sales")
    table = with_office(call_handling_schedule=(twice, row("Monday 09:00-17:00 sales")))
    decision = decide(table, IncomingCall("700"), at("2026-11-23T10:00"))
    assert (
        "This time is also in Monday 09:00-17:00 (sales); of several rows the first listed wins."
        in decision.trace
    )


@pytest.mark.parametrize(
    "written",
    ["+381111234567", "+381 11 123 4567", "00381 11 1234-567", " +381 (11) 123.45/67 ", "700",
     "7-0-0"],
)  # fmt: skip
def test_a_number_in_any_written_form(written: str) -> None:
    assert settings_for(TABLE, written) is OFFICE
    decision = decide(TABLE, IncomingCall(written), at("2026-11-23T10:42"))
    assert decision.trace[0].startswith(f"Number {written} belongs to head-office")


@pytest.mark.parametrize(
    "written",
    ["", "799", "7000", "381111234567", "0700", "00700", "+700", "*700", "7\u0660\u0660", "s"],
)
def test_an_unknown_number(written: str) -> None:
    assert settings_for(TABLE, written) is None
    assert decide(TABLE, IncomingCall(written), at("2026-11-23T10:42")) == UnknownNumber(
        (f"No incoming call settings list the number {written!r}.",)
    )


def test_a_number_is_first_looked_for_as_it_was_dialled() -> None:
    other = {"0038111": "head-office", "+38111": "other"}
    table = RoutingTable("1", {}, {}, {"head-office": OFFICE}, other)
    assert settings_for(table, "0038111") is OFFICE


@given(st.text("+0123456789 -./()*#abc", max_size=20))
def test_the_normal_form_of_a_number_is_its_own(written: str) -> None:
    assert normalize_number(normalize_number(written)) == normalize_number(written)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(CallRouting),
)
def test_each_member_of_the_group_has_one_place(now: datetime, call_routing: CallRouting) -> None:
    decision = decide(with_office(call_routing=call_routing), IncomingCall("700"), now)
    if isinstance(decision, Ring):
        assert tuple(agent for wave in decision.waves for agent in wave) == decision.group.members
        assert len(decision.waves) == 1 or {len(wave) for wave in decision.waves} == {1}
        assert decision.group.name == decision.row.agent_group
    assert all(sentence.endswith(".") for sentence in decision.trace)
