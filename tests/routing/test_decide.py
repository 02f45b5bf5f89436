"""Where a call goes, and the sentences that say why."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.decide import (
    Because,
    Closed,
    IncomingCall,
    Ring,
    Unavailable,
    UnknownNumber,
    decide,
    decide_by,
    members_of,
    settings_for,
    targets_of,
)
from callrouter.routing.hours import DAY_SECONDS
from callrouter.routing.model import (
    AgentGroup,
    Closing,
    Holiday,
    HolidayCalendar,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    ScheduleRow,
    Target,
    TargetKind,
    normalize_number,
)
from tests.routing.company import OFFICE, TABLE, with_office
from tests.routing.rows import row

NUMBER = "Number 700 belongs to head-office (configuration 5f3a9c1e)."
MONDAY_MORNING = "It is Monday 2026-11-23 10:42:00 in Europe/Belgrade (UTC+01:00)."
CALL = IncomingCall("700", "+381641234567", "Jelena")


def at(local: str) -> datetime:
    """A moment in Belgrade's winter."""
    return datetime.fromisoformat(local + "+01:00").astimezone(UTC)


def group(name: str) -> Target:
    return Target(TargetKind.AGENT_GROUP, name)


def with_rows(*rows: ScheduleRow) -> RoutingTable:
    groups = {**TABLE.agent_groups, "empty": AgentGroup("empty", ())}
    return replace(with_office(call_handling_schedule=rows), agent_groups=groups)


def with_holidays(*holidays: Holiday, day: str = "2026-11-23") -> RoutingTable:
    """The company with these holidays on a day, the first of them in a calendar of its own."""
    ordinal = date.fromisoformat(day).toordinal()
    calendars = {
        str(place): HolidayCalendar(str(place), {ordinal: (holiday,)}, 2026, 2026)
        for place, holiday in enumerate(holidays)
    }
    return replace(with_office(holidays=tuple(calendars)), calendars=calendars)


def direct(**changes: object) -> RoutingTable:
    """The company with an agent who can be dialled."""
    table = with_office(**changes)
    amina = replace(TABLE.agents["amina"], settings="head-office")
    return replace(table, agents={**table.agents, "amina": amina}, extensions={"1001": "amina"})


DIRECT = direct()
CLOSED_UNTIL_NOON = Override(
    "1", OverrideKind.CLOSED, at("2026-11-23T08:00"), at("2026-11-23T12:00"),
    author="amina", reason="staff meeting",
)  # fmt: skip
TOMORROW = Override("2", OverrideKind.CLOSED, from_at=at("2026-11-24T00:00"))
PAST = Closing(at("2026-11-21T00:00"), at("2026-11-22T10:00"), Prompt(text="Past."))
TO_COME = Closing(at("2026-11-22T10:00:01"), at("2026-11-23T10:00"), Prompt(text="To come."))


@pytest.mark.parametrize(
    ("table", "when", "kind", "targets", "trace"),
    [
        pytest.param(
            TABLE, "2026-11-23T10:42", Ring, "sales",
            (MONDAY_MORNING, "The row Monday 09:00-17:00 is on duty: group sales."),
            id="a row",
        ),
        pytest.param(
            TABLE, "2026-11-23T12:30", Ring, "lunch",
            ("It is Monday 2026-11-23 12:30:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 12:00-13:00 is on duty: group lunch.",
             "This time is also in Monday 09:00-17:00 (sales); "
             "of several rows the first listed wins."),
            id="where rows overlap the first listed wins",
        ),
        pytest.param(
            TABLE, "2026-11-24T03:00", Ring, "night",
            ("It is Tuesday 2026-11-24 03:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 22:00-06:00 is on duty, since yesterday: group night."),
            id="the morning after an overnight row",
        ),
        pytest.param(
            TABLE, "2026-11-25T10:00", Unavailable, "nobody",
            ("It is Wednesday 2026-11-25 10:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Wednesday 09:00-17:00 is on duty: group nobody.",
             "Group nobody has no members: nobody can be rung."),
            id="a group without members",
        ),
        pytest.param(
            TABLE, "2026-11-23T17:00", Closed, "",
            ("It is Monday 2026-11-23 17:00:00 in Europe/Belgrade (UTC+01:00).",
             "No schedule row covers this time: closed."),
            id="closed",
        ),
        pytest.param(
            with_office(call_handling_schedule=()), "2026-11-23T10:42", Closed, "",
            (MONDAY_MORNING, "No schedule row exists: closed."),
            id="no schedule at all",
        ),
        pytest.param(
            with_office(timezone="America/New_York"), "2026-11-23T15:00", Ring, "sales",
            ("It is Monday 2026-11-23 09:00:00 in America/New_York (UTC-05:00).",
             "The row Monday 09:00-17:00 is on duty: group sales."),
            id="the time zone is that of the settings",
        ),
        pytest.param(
            with_rows(row("Monday-Friday 09:00-17:00 sales,lunch")), "2026-11-23T10:42",
            Ring, "sales lunch",
            (MONDAY_MORNING, "The row Monday-Friday 09:00-17:00 is on duty: groups sales, "
             "then lunch."),
            id="several groups on several days",
        ),
        pytest.param(
            with_rows(row("Monday 09:00-17:00 nobody,sales")), "2026-11-23T10:42",
            Ring, "nobody sales",
            (MONDAY_MORNING, "The row Monday 09:00-17:00 is on duty: groups nobody, then sales."),
            id="several groups, only one of them with members",
        ),
        pytest.param(
            with_rows(row("Monday 09:00-17:00 nobody,empty")), "2026-11-23T10:42",
            Unavailable, "nobody empty",
            (MONDAY_MORNING, "The row Monday 09:00-17:00 is on duty: groups nobody, then empty.",
             "Groups nobody and empty have no members: nobody can be rung."),
            id="several groups, all without members",
        ),
        pytest.param(
            with_rows(
                row("Monday 09:00-17:00 sales", valid_from="12-01", valid_to="02-28"),
                row("Monday 10:00-16:00 lunch", valid_from="2026-06-01", valid_to="2026-11-30"),
            ),
            "2026-11-23T10:42", Ring, "lunch",
            (MONDAY_MORNING, "The row Monday 10:00-16:00 from 2026-06-01 until 2026-11-30 "
             "is on duty: group lunch."),
            id="rows of a season",
        ),
        pytest.param(
            with_rows(row("Monday 09:00-17:00 sales", "Asia/Tokyo")), "2026-11-23T01:00",
            Ring, "sales",
            ("It is Monday 2026-11-23 01:00:00 in Europe/Belgrade (UTC+01:00).",
             "By the row's own clock it is Monday 2026-11-23 09:00:00 in Asia/Tokyo "
             "(UTC+09:00).",
             "The row Monday 09:00-17:00 Asia/Tokyo is on duty: group sales."),
            id="a row with its own time zone",
        ),
        pytest.param(
            with_rows(row("Monday 22:00-06:00 night", "America/New_York")), "2026-11-24T09:00",
            Ring, "night",
            ("It is Tuesday 2026-11-24 09:00:00 in Europe/Belgrade (UTC+01:00).",
             "By the row's own clock it is Tuesday 2026-11-24 03:00:00 in America/New_York "
             "(UTC-05:00).",
             "The row Monday 22:00-06:00 America/New_York is on duty, since yesterday: "
             "group night."),
            id="an overnight row with its own time zone",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking")), "2026-11-23T10:42", Closed, "",
            (MONDAY_MORNING, "It is a holiday, Stocktaking: closed."),
            id="a holiday",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking", agent_groups=("night",))), "2026-11-23T10:42",
            Ring, "night",
            (MONDAY_MORNING, "It is a holiday, Stocktaking: group night is on duty."),
            id="a holiday with a group",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking", agent_groups=("night", "lunch"))),
            "2026-11-23T10:42", Ring, "night lunch",
            (MONDAY_MORNING, "It is a holiday, Stocktaking: groups night, then lunch are on duty."),
            id="a holiday with several groups",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking", agent_groups=("nobody",))), "2026-11-23T10:42",
            Unavailable, "nobody",
            (MONDAY_MORNING, "It is a holiday, Stocktaking: group nobody is on duty.",
             "Group nobody has no members: nobody can be rung."),
            id="a holiday with a group without members",
        ),
        pytest.param(
            with_holidays(Holiday("Dull day", is_open=True), Holiday("Stocktaking")),
            "2026-11-23T10:42", Ring, "sales",
            (MONDAY_MORNING, "Dull day is a day like any other here: the rows count.",
             "The row Monday 09:00-17:00 is on duty: group sales."),
            id="a holiday that is none here wins over one that comes after it",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking", 12 * 3600, DAY_SECONDS)), "2026-11-23T10:42",
            Ring, "sales",
            (MONDAY_MORNING, "The row Monday 09:00-17:00 is on duty: group sales."),
            id="before a part of a day that is a holiday",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking", 12 * 3600, 13 * 3600), Holiday("Long", 46_800)),
            "2026-11-23T12:59:59", Closed, "",
            ("It is Monday 2026-11-23 12:59:59 in Europe/Belgrade (UTC+01:00).",
             "It is a holiday, Stocktaking: closed."),
            id="the last second of a part of a day",
        ),
        pytest.param(
            with_holidays(Holiday("Stocktaking"), day="2026-11-24"), "2026-11-24T03:00",
            Closed, "",
            ("It is Tuesday 2026-11-24 03:00:00 in Europe/Belgrade (UTC+01:00).",
             "It is a holiday, Stocktaking: closed."),
            id="a holiday wins over a row that began the day before",
        ),
        pytest.param(
            with_office(overrides=(CLOSED_UNTIL_NOON,)), "2026-11-23T10:42", Closed, "",
            (MONDAY_MORNING, "Override: closed until Monday 2026-11-23 12:00, set by amina "
             "(staff meeting)."),
            id="closed by an override",
        ),
        pytest.param(
            with_office(overrides=(CLOSED_UNTIL_NOON,)), "2026-11-23T12:00", Ring, "lunch",
            ("It is Monday 2026-11-23 12:00:00 in Europe/Belgrade (UTC+01:00).",
             "The row Monday 12:00-13:00 is on duty: group lunch.",
             "This time is also in Monday 09:00-17:00 (sales); "
             "of several rows the first listed wins."),
            id="an override that has ended",
        ),
        pytest.param(
            with_office(overrides=(TOMORROW, CLOSED_UNTIL_NOON)), "2026-11-23T10:42", Closed, "",
            (MONDAY_MORNING, "Override: closed until Monday 2026-11-23 12:00, set by amina "
             "(staff meeting)."),
            id="the first override in force wins",
        ),
        pytest.param(
            with_office(
                overrides=(Override("1", OverrideKind.OPEN, targets=(group("sales"),)),),
                call_handling_schedule=(),
            ),
            "2026-11-23T10:42", Ring, "sales",
            (MONDAY_MORNING, "Override: open to group sales."),
            id="open anyway, with a group",
        ),
        pytest.param(
            with_office(overrides=(Override("1", OverrideKind.OPEN),)), "2026-11-22T10:42",
            Ring, "sales",
            ("It is Sunday 2026-11-22 10:42:00 in Europe/Belgrade (UTC+01:00).",
             "Override: open.",
             "The groups are those of the row Monday 09:00-17:00, on duty now or next."),
            id="open anyway, with the groups of the row that comes next",
        ),
        pytest.param(
            with_office(overrides=(Override("1", OverrideKind.OPEN),)), "2026-11-23T12:30",
            Ring, "lunch",
            ("It is Monday 2026-11-23 12:30:00 in Europe/Belgrade (UTC+01:00).",
             "Override: open.",
             "The groups are those of the row Monday 12:00-13:00, on duty now or next."),
            id="open anyway, with the groups of the row that is on duty",
        ),
        pytest.param(
            with_office(
                overrides=(Override("1", OverrideKind.OPEN),), call_handling_schedule=()
            ),
            "2026-11-23T10:42", Closed, "",
            (MONDAY_MORNING, "Override: open.",
             "There is no row to take the groups from: closed."),
            id="open anyway, but there is no row",
        ),
        pytest.param(
            with_office(
                overrides=(
                    Override(
                        "1", OverrideKind.SEND_TO,
                        targets=(group("night"), Target(TargetKind.OUTSIDE_NUMBER, "+38164123")),
                        until_at=at("2026-11-30T08:00"),
                    ),
                )
            ),
            "2026-11-23T10:42", Ring, "night +38164123",
            (MONDAY_MORNING, "Override: everything goes to group night, then the outside number "
             "+38164123 until Monday 2026-11-30 08:00."),
            id="everything is sent elsewhere",
        ),
    ],
)  # fmt: skip
def test_decisions(
    table: RoutingTable, when: str, kind: type, targets: str, trace: tuple[str, ...]
) -> None:
    decision = decide(table, CALL, at(when))
    assert type(decision) is kind
    assert not isinstance(decision, UnknownNumber)
    assert decision.settings is table.settings["head-office"]
    assert decision.local == at(when)
    assert str(decision.local.tzinfo) == decision.settings.timezone
    assert " ".join(target.name for target in targets_of(decision)) == targets
    assert decision.trace == (NUMBER, *trace)
    assert decide_by(table, decision.settings, at(when)).trace == trace


def test_what_won_is_part_of_the_decision() -> None:
    by_row = decide(TABLE, CALL, at("2026-11-25T10:00"))
    assert isinstance(by_row, Unavailable)
    assert by_row.because == Because(row=OFFICE.call_handling_schedule[3])
    holiday = Holiday("Stocktaking")
    by_holiday = decide(with_holidays(holiday), CALL, at("2026-11-23T10:00"))
    assert isinstance(by_holiday, Closed)
    assert by_holiday.because == Because(holiday=holiday)
    opened = Override("1", OverrideKind.OPEN)
    by_override = decide(with_office(overrides=(opened,)), CALL, at("2026-11-22T10:00"))
    assert isinstance(by_override, Ring)
    assert by_override.because == Because(OFFICE.call_handling_schedule[1], override=opened)


def test_rows_that_are_written_twice_are_both_named() -> None:
    twice = row("Monday 09:00-17:00 sales")
    table = with_office(call_handling_schedule=(twice, row("Monday 09:00-17:00 sales")))
    decision = decide(table, CALL, at("2026-11-23T10:00"))
    assert (
        "This time is also in Monday 09:00-17:00 (sales); of several rows the first listed wins."
        in decision.trace
    )


@pytest.mark.parametrize(
    ("targets", "first"),
    [((group("sales"), group("night")), "sales"), ((Target(TargetKind.AGENT, "amina"),), None)],
    ids=["groups", "an agent"],
)
def test_the_first_group(targets: tuple[Target, ...], first: str | None) -> None:
    table = with_office(overrides=(Override("1", OverrideKind.SEND_TO, targets=targets),))
    decision = decide(table, CALL, at("2026-11-23T10:00"))
    assert isinstance(decision, Ring)
    assert decision.agent_group == first


@pytest.mark.parametrize(
    ("target", "members"),
    [
        (group("lunch"), ("carla", "amina")),
        (Target(TargetKind.AGENT, "bojan"), ("bojan",)),
        (Target(TargetKind.OUTSIDE_NUMBER, "+38164123"), ()),
        (Target(TargetKind.SETTINGS, "head-office"), ()),
    ],
    ids=lambda value: str(value) if isinstance(value, Target) else "",
)
def test_whom_a_target_may_ring(target: Target, members: tuple[str, ...]) -> None:
    assert members_of(TABLE, target) == members


CLOSED_MESSAGE = Prompt(text="We are closed.", language="en")
REOPENS = Prompt(text="Open again {reopens_at}.", language="en")
OPEN_AT_NINE = Prompt(text="Open again on Monday at nine.", language="en")
OWN = Prompt(text="Merry Christmas.", language="en")
SUNDAY = at("2026-11-22T10:00")
CLOSING = Closing(at("2026-11-22T00:00"), at("2026-11-23T09:00"), OPEN_AT_NINE)


@pytest.mark.parametrize(
    ("table", "heard"),
    [
        pytest.param(TABLE, OFFICE.agent_unavailable_message, id="no closed message"),
        pytest.param(with_office(closed_message=CLOSED_MESSAGE), CLOSED_MESSAGE, id="its own"),
        pytest.param(
            with_office(closed_message=REOPENS, closings=(CLOSING,)), OPEN_AT_NINE,
            id="when it opens, rendered for this time",
        ),
        pytest.param(
            with_office(closed_message=REOPENS, closings=(PAST, TO_COME)),
            OFFICE.agent_unavailable_message, id="when it opens, rendered for other times only",
        ),
        pytest.param(
            with_office(closed_message=Prompt(sound="/closed.wav")), Prompt(sound="/closed.wav"),
            id="a sound file",
        ),
        pytest.param(
            with_office(
                closed_message=REOPENS, closings=(CLOSING,),
                overrides=(Override("1", OverrideKind.CLOSED, message=OWN),),
            ),
            OWN, id="the override's own",
        ),
        pytest.param(
            with_office(
                closed_message=CLOSED_MESSAGE, closings=(CLOSING,),
                overrides=(Override("1", OverrideKind.CLOSED, message=REOPENS),),
            ),
            OPEN_AT_NINE, id="the override's own, with the time",
        ),
        pytest.param(
            with_office(
                closed_message=CLOSED_MESSAGE,
                overrides=(Override("1", OverrideKind.CLOSED, message=REOPENS),),
            ),
            CLOSED_MESSAGE, id="the override's own, not rendered for this time",
        ),
        pytest.param(
            with_holidays(Holiday("Party", message=OWN), day="2026-11-22"), OWN,
            id="the holiday's own",
        ),
    ],
)  # fmt: skip
def test_what_is_heard_when_it_is_closed(table: RoutingTable, heard: Prompt) -> None:
    decision = decide(table, CALL, SUNDAY)
    assert isinstance(decision, Closed)
    assert decision.prompt == heard


@pytest.mark.parametrize("dialled", ["1001", "10-01"], ids=["as it is", "written otherwise"])
@pytest.mark.parametrize(
    "table",
    [
        pytest.param(DIRECT, id="without anything"),
        pytest.param(direct(call_handling_schedule=()), id="irrespective of the schedule"),
        pytest.param(
            direct(overrides=(TOMORROW, Override("1", OverrideKind.OPEN))), id="overrides that open"
        ),
    ],
)
def test_an_agent_is_dialled(table: RoutingTable, dialled: str) -> None:
    decision = decide(table, IncomingCall(dialled), at("2026-11-23T10:42"))
    assert isinstance(decision, Ring)
    assert decision.direct
    assert decision.targets == (Target(TargetKind.AGENT, "amina"),)
    assert decision.because == Because()
    assert decision.trace == (
        f"Number {dialled} is Amina H.'s own (configuration 5f3a9c1e).",
        MONDAY_MORNING,
        "Ring the agent; messages and what follows are those of head-office.",
    )


def test_an_agent_is_dialled_while_an_override_closes() -> None:
    table = direct(overrides=(replace(CLOSED_UNTIL_NOON, message=OWN),))
    decision = decide(table, IncomingCall("1001"), at("2026-11-23T10:42"))
    assert isinstance(decision, Closed)
    assert decision.prompt == OWN
    assert decision.trace == (
        "Number 1001 is Amina H.'s own (configuration 5f3a9c1e).",
        MONDAY_MORNING,
        "Override: closed until Monday 2026-11-23 12:00, set by amina (staff meeting).",
    )


def test_an_agent_without_settings_cannot_be_dialled() -> None:
    table = replace(TABLE, extensions={"1001": "amina"})
    assert decide(table, IncomingCall("1001"), SUNDAY) == UnknownNumber(
        (
            "Number 1001 is Amina H.'s own, but he has no settings and is in no group of a"
            " schedule: nothing says what then.",
        )
    )


def test_a_number_that_settings_list_is_theirs_although_an_agent_has_it() -> None:
    table = replace(DIRECT, extensions={"700": "amina"})
    decision = decide(table, CALL, at("2026-11-23T10:42"))
    assert isinstance(decision, Ring)
    assert not decision.direct


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
