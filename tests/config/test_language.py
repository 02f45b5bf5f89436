"""Everything an admin can write beyond the basics: what it becomes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from callrouter.routing.hours import Hours, SeasonDay, Weekday
from callrouter.routing.model import (
    Agent,
    AgentGroup,
    CallRouting,
    FeatureCode,
    FollowOn,
    Greet,
    IncomingCallSettings,
    Order,
    OutsideLine,
    Override,
    OverrideKind,
    Prompt,
    Ringback,
    ScheduleRow,
    Sentence,
    Target,
    TargetKind,
)
from tests.config.companies import COMPANY, complaints, load, with_change

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
NINE, FIVE = 32_400, 61_200
ROW = "{day_of_week: Monday, from_time: 09:00, to_time: 17:00, agent_group: sales}"
LINE = 'outside_line: {trunk: provider, allowed: ["+38111*", "+38164 123 456"]}\n'


def rows(folder: Path, row: str) -> tuple[ScheduleRow, ...]:
    return office(folder, COMPANY.replace(ROW, row)).call_handling_schedule


def office(folder: Path, text: str) -> IncomingCallSettings:
    return load(folder, text).table.settings["office"]


def with_fields(*lines: str) -> str:
    """The company with more fields in its settings."""
    return with_change(
        "greeting_message: Welcome.", "\n    ".join(["greeting_message: Welcome.", *lines])
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("days: [Monday-Friday]", (MON, TUE, WED, THU, FRI)),
        ("days: Mon-Fri", (MON, TUE, WED, THU, FRI)),
        ("days: weekdays", (MON, TUE, WED, THU, FRI)),
        ("days: weekend", (SAT, SUN)),
        ("days: daily", (MON, TUE, WED, THU, FRI, SAT, SUN)),
        ("days: Sat-Mon", (MON, SAT, SUN)),
        ("days: [Monday, Wednesday-Friday]", (MON, WED, THU, FRI)),
        ("days: mon, wed", None),
        ('days: "mon, wed"', (MON, WED)),
        ("days: Monday to Wednesday", (MON, TUE, WED)),
        ("day_of_week: [Mon-Tue, Sun]", (MON, TUE, SUN)),
        ("DayOfWeek: sunday", (SUN,)),
    ],
)
def test_days(tmp_path: Path, days: str, expected: tuple[Weekday, ...] | None) -> None:
    row = ROW.replace("day_of_week: Monday", days)
    if expected is None:  # in { } a comma ends the value
        assert complaints(tmp_path, COMPANY.replace(ROW, row))
        return
    assert rows(tmp_path, row) == (ScheduleRow(Hours(expected, NINE, FIVE), ("sales",)),)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("valid_from: 2026-06-01, valid_to: 2026-08-31",
         Hours((MON,), NINE, FIVE, SeasonDay(6, 1, 2026), SeasonDay(8, 31, 2026))),
        ("valid_from: 11-01, valid_to: 02-29",
         Hours((MON,), NINE, FIVE, SeasonDay(11, 1), SeasonDay(2, 29))),
        ("ValidFrom: 6-1", Hours((MON,), NINE, FIVE, SeasonDay(6, 1))),
        ("timezone: Asia/Dubai", Hours((MON,), NINE, FIVE, timezone="Asia/Dubai")),
    ],
)  # fmt: skip
def test_seasons_and_time_zones_of_rows(tmp_path: Path, more: str, expected: Hours) -> None:
    assert rows(tmp_path, ROW.replace("}", f", {more}}}")) == (ScheduleRow(expected, ("sales",)),)


def test_several_groups_in_one_row_and_a_single_row_without_a_list(tmp_path: Path) -> None:
    text = with_change("  sales: {", "  support: {members: bojan}\n  sales: {")
    text = text.replace("agent_group: sales}", "agent_group: [sales, support]}").replace("- {", "{")
    (row,) = office(tmp_path, text).call_handling_schedule
    assert row.agent_groups == ("sales", "support")


def test_an_agent(tmp_path: Path) -> None:
    text = with_change(
        "bojan: {extension: 1002}",
        """bojan:
    name: Bojan
    extension: 1002
    phones: [PJSIP/1002, PJSIP/+38164123@provider, {phone: PJSIP/x@y, confirm: no},
             {phone: PJSIP/soft, confirm: true}]
    phones_ring: In order
    working_hours: {days: Mon-Tue, from_time: "08:00", to_time: "24:00", timezone: UTC}
    incoming_call_settings: branch
    numbers: [+381 11 1234501]
    may_override: yes""",
    )
    table = load(tmp_path, text + "  branch: {numbers: 701}\n").table
    assert table.agents["bojan"] == Agent(
        "bojan",
        "Bojan",
        "1002",
        ("PJSIP/1002", "PJSIP/+38164123@provider", "PJSIP/x@y", "PJSIP/soft"),
        confirmed=frozenset({"PJSIP/+38164123@provider", "PJSIP/soft"}),
        phones_in_order=True,
        working_hours=(Hours((MON, TUE), 28_800, 86_400, timezone="UTC"),),
        settings="branch",
        may_override=True,
    )
    assert table.agents["amina"].settings == "office"
    assert table.extensions == {"1001": "amina", "1002": "bojan", "+381111234501": "bojan"}


def test_an_agent_of_no_row_cannot_be_dialled_without_settings(tmp_path: Path) -> None:
    table = load(tmp_path, with_change("[amina, bojan]", "[amina]")).table
    assert table.agents["bojan"].settings is None


@pytest.mark.parametrize(
    ("written", "order"),
    [
        ("longest_idle", Order.LONGEST_IDLE),
        ("Round Robin", Order.ROUND_ROBIN),
        ("fewest-calls", Order.FEWEST_CALLS),
        ("least_talk_time", Order.LEAST_TALK_TIME),
        ("RANDOM", Order.RANDOM),
        ("skills", Order.SKILLS),
        ("listed", Order.LISTED),
    ],
)
def test_a_group(tmp_path: Path, written: str, order: Order) -> None:
    text = with_change(
        "{members: [amina, bojan]}",
        f"{{members: [amina, bojan], order: {written}, required_skills: {{arabic: 3}}, "
        "preferred_skills: {sales: 1}, wrap_up_seconds: 10, busy_delay_seconds: 1, "
        "reject_delay_seconds: 2, no_answer_delay_seconds: 3.5}",
    )
    assert load(tmp_path, text).table.agent_groups["sales"] == AgentGroup(
        "sales", ("amina", "bojan"), order, {"arabic": 3}, {"sales": 1}, 10, 1, 2, 3.5
    )


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("call_routing: adding up", "call_routing", CallRouting.ADDING_UP),
        ("CallRouting: Waves", "call_routing", CallRouting.WAVES),
        ("call_routing: staggered", "call_routing", CallRouting.STAGGERED),
        ("wave_sizes: [2, 3]", "wave_sizes", (2, 3)),
        ("wave_sizes: 1", "wave_sizes", (1,)),
        ("stagger_seconds: 2.5", "stagger_seconds", 2.5),
        ("greet: while ringing", "greet", Greet.WHILE_RINGING),
        ("skip_greeting_minutes: 30", "skip_greeting_minutes", 30),
        ("ringback: Music", "ringback", Ringback.MUSIC),
        ("music_class: jazz", "music_class", "jazz"),
        ("early_media: true", "early_media", True),
        ("required_skills: {arabic: 1}", "required_skills", {"arabic": 1}),
        ("preferred_skills: {arabic: 1}", "preferred_skills", {"arabic": 1}),
        ("closed_message: Closed.", "closed_message", Prompt(text="Closed.", language="en")),
    ],
)
def test_options_of_settings(tmp_path: Path, line: str, field: str, expected: Any) -> None:
    assert getattr(office(tmp_path, with_fields(line)), field) == expected


def test_what_follows_when_nobody_takes_the_call(tmp_path: Path) -> None:
    text = with_fields(
        "follow_on:",
        "  - {agent_group: sales, message: {text: Moment., language: sr}}",
        "  - {agent: bojan}",
        '  - {outside_number: "00381 11 999"}',
        "  - {incoming_call_settings: branch}",
        "follow_on_closed: {agent: amina}",
    )
    settings = office(tmp_path, LINE + text + "  branch: {numbers: 701}\n")
    assert settings.follow_on == (
        FollowOn(Target(TargetKind.AGENT_GROUP, "sales"), Prompt(text="Moment.", language="sr")),
        FollowOn(Target(TargetKind.AGENT, "bojan")),
        FollowOn(Target(TargetKind.OUTSIDE_NUMBER, "+38111999")),
        FollowOn(Target(TargetKind.SETTINGS, "branch")),
    )
    assert settings.follow_on_closed == (FollowOn(Target(TargetKind.AGENT, "amina")),)


def test_overrides_those_of_the_settings_first(tmp_path: Path) -> None:
    text = with_fields(
        "overrides:",
        '  - {closed: true, from: "2026-12-24 12:00", until: "2026-12-26 24:00", message: Bye.}',
        "  - {open: yes, agent_group: sales, from: 2026-12-24, author: Amina, reason: fair}",
    )
    text += "overrides: {send_to: [{agent: bojan}, {agent_group: sales}], until: 2026-07-01T10:00Z}"
    own, opened, for_all = office(tmp_path, text).overrides
    assert own == Override(
        "office.overrides[0]",
        OverrideKind.CLOSED,
        datetime(2026, 12, 24, 11, tzinfo=UTC),
        datetime(2026, 12, 26, 23, tzinfo=UTC),
        ("office",),
        message=Prompt(text="Bye.", language="en"),
    )
    assert opened == Override(
        "office.overrides[1]",
        OverrideKind.OPEN,
        datetime(2026, 12, 23, 23, tzinfo=UTC),
        None,
        ("office",),
        (Target(TargetKind.AGENT_GROUP, "sales"),),
        author="Amina",
        reason="fair",
    )
    assert for_all == Override(
        "overrides[0]",
        OverrideKind.SEND_TO,
        None,
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        (),
        (Target(TargetKind.AGENT, "bojan"), Target(TargetKind.AGENT_GROUP, "sales")),
    )


def test_the_outside_line_codes_and_reasons(tmp_path: Path) -> None:
    text = 'feature_codes: {log_in: "*11", Log Out: "*12", pause: "*13"}\n'
    text += 'pause_reasons: {"1": lunch, 2: training}\n'
    table = load(tmp_path, LINE + text + COMPANY).table
    assert table.outside == OutsideLine("provider", ("+38111*", "+38164123456"))
    assert table.feature_codes == {
        "*11": FeatureCode.LOG_IN,
        "*12": FeatureCode.LOG_OUT,
        "*13": FeatureCode.PAUSE,
    }
    assert table.pause_reasons == {"1": "lunch", "2": "training"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(COMPANY, {}, id="nothing that is never said"),
        pytest.param(
            'feature_codes: {pause: "*13"}\n' + COMPANY,
            {
                Sentence.NOT_ALLOWED: "This is not allowed from your phone.",
                Sentence.PAUSED: "You are on a break.",
            },
            id="those of the codes",
        ),
        pytest.param(
            COMPANY.replace("language: en", "language: sr").replace(
                "1002}", "1002, phones: {phone: PJSIP/a, confirm: true}}"
            ),
            {Sentence.CONFIRM: "Imate poziv. Pritisnite 1 da ga primite."},
            id="in the language of the configuration",
        ),
        pytest.param(
            COMPANY.replace("language: en", "language: de").replace(
                "1002}", "1002, phones: PJSIP/1@trunk}"
            ),
            {Sentence.CONFIRM: "You have a call. Press 1 to take it."},
            id="in English where there are no words of ours",
        ),
    ],
)
def test_sentences_of_our_own(tmp_path: Path, text: str, expected: dict[Sentence, str]) -> None:
    sentences = load(tmp_path, text).table.sentences
    assert {each: prompt.text for each, prompt in sentences.items()} == expected
    assert all(prompt.language != "de" for prompt in sentences.values())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("[amina, bojan]}", "[amina, bojan], order: random}", id="an order"),
        pytest.param("to_time: 17:00", "to_time: 17:00, valid_from: 06-01", id="a season"),
        pytest.param("{extension: 1002}", "{extension: 1002, may_override: true}", id="a right"),
        pytest.param("language: en\n", "language: en\n" + LINE, id="an outside line"),
        pytest.param("numbers: [", "early_media: true\n    numbers: [", id="an option"),
        pytest.param("numbers: [", "overrides: {closed: true}\n    numbers: [", id="an override"),
        pytest.param(
            "language: en\n", "language: en\nholiday_calendars: {rs: {country: RS}}\n", id="days"
        ),
    ],
)
def test_whatever_is_said_more_is_another_version(tmp_path: Path, old: str, new: str) -> None:
    before = load(tmp_path, COMPANY).table.version
    assert load(tmp_path, with_change(old, new)).table.version != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("day_of_week: Monday", "days: mon", id="days"),
        pytest.param("agent_group: sales", "agent_group: [sales]", id="a list of one"),
        pytest.param("[amina, bojan]}", "[amina, bojan], order: listed}", id="the usual order"),
        pytest.param("numbers: [", "overrides: []\n    numbers: [", id="no overrides"),
    ],
)
def test_the_same_said_otherwise_is_the_same_version(tmp_path: Path, old: str, new: str) -> None:
    before = load(tmp_path, COMPANY).table
    assert load(tmp_path, with_change(old, new)).table == before
