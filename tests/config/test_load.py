"""A whole file: what it becomes, and all that can be wrong with it."""

import os
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from callrouter.config.load import ConfigError, load_file
from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.model import CallRouting, Prompt, ScheduleRow
from tests.config.companies import COMPANY, complaints, load, with_change


def write_wav(path: Path, samples: bytes = b"\1\0" * 800) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples)
    return path


def test_a_file_becomes_a_table(tmp_path: Path) -> None:
    loaded = load(tmp_path, COMPANY)
    office = loaded.table.settings["office"]
    (row,) = office.call_handling_schedule
    assert loaded.warnings == ()
    assert loaded.table.numbers == {"+381111234567": "office", "700": "office"}
    assert loaded.table.agents["amina"].phones == ("PJSIP/1001",)
    assert loaded.table.agents["bojan"].name == "bojan"
    assert loaded.table.agents["amina"].skills == {"sales": 5}
    assert loaded.table.agent_groups["sales"].members == ("amina", "bojan")
    assert office.greeting_message == Prompt(text="Welcome.", language="en")
    assert office.timezone == "Europe/Belgrade"
    assert office.call_routing is CallRouting.SEQUENTIAL
    assert (office.ring_seconds, office.max_ring_seconds) == (20, 120)
    assert row == ScheduleRow(Hours((Weekday.MONDAY,), 32_400, 61_200), ("sales",))


def test_the_sample_configuration_is_usable() -> None:
    assert load_file(Path(__file__).parents[2] / "callrouter.yaml").table.numbers


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("agent_busy_message", "agentbusymessage", id="agentbusymessage"),
        pytest.param("day_of_week", "DayOfWeek", id="DayOfWeek"),
        pytest.param("incoming_call_settings", "IncomingCallSettings", id="IncomingCallSettings"),
        pytest.param("call_handling_schedule", "call-handling-schedule", id="with hyphens"),
        pytest.param("Monday", "mon", id="a short day"),
        pytest.param("09:00", '"9:00"', id="a time in quotes"),
        pytest.param("1002", '"1002"', id="an extension in quotes"),
        pytest.param("700", "'700'", id="a number in quotes"),
        pytest.param("+381111234567", "+381 11 123-4567", id="a number with spaces"),
        pytest.param("Welcome.", "{text: Welcome.}", id="a message as a mapping"),
        pytest.param("language: en", "# language: en", id="the usual language left out"),
        pytest.param("agents:", "# people\n\nagents:", id="comments and empty lines"),
        pytest.param("timezone: Europe/Belgrade\n", 'timezone: "Europe/Belgrade"\n', id="quotes"),
    ],
)
def test_another_way_to_write_the_same_has_the_same_version(
    tmp_path: Path, old: str, new: str
) -> None:
    before = load(tmp_path, COMPANY).table
    assert load(tmp_path, with_change(old, new)).table == before


def test_a_different_meaning_has_another_version(tmp_path: Path) -> None:
    before = load(tmp_path, COMPANY).table.version
    after = load(tmp_path, with_change("Welcome.", "Hello.")).table.version
    assert len(before) == 12
    assert before != after


def test_another_sound_in_the_same_file_is_another_version(tmp_path: Path) -> None:
    text = with_change("Welcome.", "{sound: hello.wav}")
    sound = write_wav(tmp_path / "hello.wav")
    before = load(tmp_path, text)
    write_wav(tmp_path / "hello.wav", b"\2\0" * 800)
    assert before.files == (sound,)
    assert before.table.settings["office"].greeting_message == Prompt(sound=str(sound))
    assert load(tmp_path, text).table.version != before.table.version


def test_language_and_time_zone_of_settings_and_message_go_first(tmp_path: Path) -> None:
    text = with_change("numbers:", "timezone: Asia/Dubai\n    language: sr\n    numbers:")
    office = load(tmp_path, text.replace("Welcome.", "{text: Hi., language: ar}")).table.settings[
        "office"
    ]
    assert office.timezone == "Asia/Dubai"
    assert office.greeting_message == Prompt(text="Hi.", language="ar")
    assert office.agent_busy_message == Prompt(text="All are busy.", language="sr")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "numbers:",
            "nubmers:",
            "10: incoming_call_settings.office.nubmers: there is no field 'nubmers' here; "
            'did you mean "numbers"?',
            id="a mistyped field",
        ),
        pytest.param(
            "agent_busy_message: All are busy.",
            "agent_busy_message: a\n    agentbusymessage: b",
            "13: incoming_call_settings.office.agentbusymessage: 'agentbusymessage' is the same "
            "field as 'agent_busy_message'; keep only one of them",
            id="a field in two spellings",
        ),
        pytest.param(
            "[amina, bojan]",
            "[amina, bojn]",
            "7: agent_groups.sales.members[1]: there is no agent 'bojn'; did you mean \"bojan\"?",
            id="an unknown member",
        ),
        pytest.param(
            "[amina, bojan]",
            "[amina, amina]",
            "7: agent_groups.sales.members[1]: 'amina' is in this group twice; remove one",
            id="a member twice",
        ),
        pytest.param(
            "agent_group: sales",
            "agent_group: night",
            "15: incoming_call_settings.office.call_handling_schedule[0].agent_group: there is no "
            "agent group 'night'; add an agent group of this name under agent_groups, or change it "
            "here",
            id="an unknown group",
        ),
        pytest.param(
            "09:00",
            "9.30",
            "15: incoming_call_settings.office.call_handling_schedule[0].from_time: '9.30' is not "
            'a time of day; write it as "09:30"',
            id="a time that is none",
        ),
        pytest.param(
            "700",
            "00381111234567",
            "10: incoming_call_settings.office.numbers[1]: the number '00381111234567' is given to "
            "'office' already (written '+381111234567'); a number belongs to one settings or "
            "one agent only",
            id="a number twice, written differently",
        ),
        pytest.param(
            "1002",
            "1001",
            "5: agents.bojan.extension: the extension '1001' is given to 'amina' already; give "
            "each agent an extension of their own",
            id="an extension twice",
        ),
        pytest.param(
            "{extension: 1002}",
            "{extension: 1002, phones: PJSIP/1001}",
            "5: agents.bojan.phones: the phone 'PJSIP/1001' is given to 'amina' already; a phone "
            "belongs to one agent only",
            id="a phone twice",
        ),
        pytest.param(
            "{extension: 1002}",
            "{extension: #1002\n}",
            "5: agents.bojan: extension is missing; write `extension: …`; a value that begins "
            "with # needs quotes",
            id="a missing field",
        ),
        pytest.param(
            "Welcome.",
            "{sound: hello.wav}",
            "11: incoming_call_settings.office.greeting_message.sound: there is no sound file "
            "'hello.wav'; paths are relative to the configuration file",
            id="a missing sound file",
        ),
        pytest.param(
            "Welcome.",
            "{sound: callrouter.yml}",
            "11: incoming_call_settings.office.greeting_message.sound: there is no sound file "
            "'callrouter.yml'; did you mean \"callrouter.yaml\"?",
            id="a mistyped sound file",
        ),
        pytest.param(
            "Welcome.",
            "{sound: .}",
            "11: incoming_call_settings.office.greeting_message.sound: '.' is not a file; "
            "give the path of a WAV file",
            id="a directory as sound file",
        ),
        pytest.param(
            "Welcome.",
            '""',
            "11: incoming_call_settings.office.greeting_message: the text is empty; write what "
            "the caller shall hear, or remove the field",
            id="an empty message",
        ),
        pytest.param(
            "Welcome.",
            "{text: a, sound: callrouter.yaml}",
            "11: incoming_call_settings.office.greeting_message: both a text and a sound file are "
            "given; keep only one of them",
            id="text and sound",
        ),
        pytest.param(
            "Welcome.",
            "{language: ar}",
            "11: incoming_call_settings.office.greeting_message: neither a text nor a sound file "
            "is given; write a text, or {sound: path}",
            id="neither text nor sound",
        ),
        pytest.param(
            "sales: {members: [amina, bojan]}",
            "sales: [amina, bojan]",
            "7: agent_groups.sales: fields are expected here; write `name: value` lines, indented "
            "below",
            id="a list where fields belong",
        ),
        pytest.param(
            "name: Amina Haddad",
            "name: [Amina]",
            "4: agents.amina.name: a list is written here; write a single value",
            id="a list where a value belongs",
        ),
        pytest.param(
            "1002",
            '"10\\0"',
            "5: agents.bojan.extension: '10\\x00' is not an extension; write 1 to 20 digits, * or "
            '#, such as "1001"',
            id="a NUL written as an escape",
        ),
        pytest.param(
            "Europe/Belgrade",
            "Europe/Belgrad",
            "1: timezone: 'Europe/Belgrad' is not a time zone; did you mean \"Europe/Belgrade\"?",
            id="a mistyped time zone",
        ),
        pytest.param(
            "skills: {sales: 5}",
            "skills: {sales: 500}",
            "4: agents.amina.skills.sales: '500' is out of range; write a whole number from 1 to "
            "100",
            id="a skill out of range",
        ),
    ],
)
def test_an_error_says_where_what_and_what_to_do(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert complaints(tmp_path, with_change(old, new)) == [f"callrouter.yaml:{expected}"]


def test_all_problems_are_told_at_once_and_each_hides_no_other(tmp_path: Path) -> None:
    text = COMPANY
    for old, new in (
        ("Europe/Belgrade", "Mars/Base"),
        ("extension: 1002", "extension: 1001, colour: red"),
        ("bojan]", "carla]"),
        ("700]", "'+381 11 1234567', '?']"),
        ("Welcome.", "{sound: gone.wav}"),
        ("Monday", "Someday"),
        ("17:00", "26:00"),
        ("agent_group: sales", "agent_group: nights, agent_group: x"),
    ):
        text = text.replace(old, new)
    lines = [int(complaint.split(":")[1]) for complaint in complaints(tmp_path, text)]
    assert lines == [1, 5, 5, 7, 10, 10, 11, *[15] * 4]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param("timezone: UTC", ["no number is listed anywhere"], id="nothing at all"),
        pytest.param(
            COMPANY.replace("timezone: Europe/Belgrade\n", ""),
            ["no time zone is given"],
            id="no zone",
        ),
        pytest.param(
            COMPANY.replace("{members: [amina, bojan]}", ""),
            ["gets no calls", "gets no calls", "has no members", "nobody can ever answer"],
            id="an empty group",
        ),
        pytest.param(
            with_change("greeting_message: Welcome.", "greeting_message:"),
            ["greeting_message is missing"],
            id="a message left out",
        ),
        pytest.param(
            with_change("Welcome.", "Добро дошли."),
            ["Cyrillic letters"],
            id="letters of another script",
        ),
    ],
)
def test_what_is_usable_but_hardly_meant_is_a_warning(
    tmp_path: Path, text: str, warnings: list[str]
) -> None:
    found = load(tmp_path, text).warnings
    assert len(found) == len(warnings)
    for problem, expected in zip(found, warnings, strict=True):
        assert expected in problem.message
        assert problem.line > 0
        assert (": warning: " in str(problem)) == (problem.level == "warning")


def test_a_number_that_nobody_can_answer_is_an_error_with_which_the_others_ring(
    tmp_path: Path,
) -> None:
    loaded = load(tmp_path, COMPANY.replace("{members: [amina, bojan]}", ""))
    (error,) = [each for each in loaded.warnings if each.level == "error"]
    assert "nobody can ever answer a call on +381111234567 and 700" in error.message
    assert loaded.table.numbers


def test_a_schedule_of_very_many_rows_is_refused(tmp_path: Path) -> None:
    row = COMPANY.splitlines(keepends=True)[-1]
    expected = (
        "callrouter.yaml:14: incoming_call_settings.office.call_handling_schedule: there are more "
        "than 500 rows; join rows that touch"
    )
    assert complaints(tmp_path, COMPANY + row * 500) == [expected]


def test_anchors_may_be_used(tmp_path: Path) -> None:
    text = COMPANY + "  branch: {numbers: 701, call_handling_schedule: *week}\n"
    text = text.replace("call_handling_schedule:\n", "call_handling_schedule: &week\n")
    table = load(tmp_path, text).table
    office, branch = table.settings["office"], table.settings["branch"]
    assert branch.call_handling_schedule == office.call_handling_schedule
    assert branch.numbers == ("701",)


def test_a_path_that_cannot_be_read_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.yaml").touch()
    for name, expected in (
        ("gone.yaml", "there is no such file"),
        ("", "this is a directory"),
        ("pipe", "this is not a file"),
        ("a\0b", "cannot be read"),
        ("empty.yaml", "the file is empty"),
    ):
        with pytest.raises(ConfigError, match=expected):
            load_file(tmp_path / name)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """Root may read everything: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_without_permission_is_an_error_of_the_configuration(
    tmp_path: Path, ordinary_user: None
) -> None:
    secret = tmp_path / "secret.yaml"
    with suppress(PermissionError):  # nobody may not even enter root's folder
        secret.touch(mode=0)
    with pytest.raises(ConfigError, match="check its permissions"):
        load_file(secret)
