"""What has no meaning: told with its line, what is wrong, and what to write instead."""

from pathlib import Path

import pytest

from tests.config.companies import COMPANY, complaints, load, with_change

ROW = "call_handling_schedule[0]"
OFFICE = "incoming_call_settings.office"
LINE = 'outside_line: {trunk: provider, allowed: ["+38111*"]}\n'


def row(more: str, old: str = "}") -> str:
    written = "{day_of_week: Monday, from_time: 09:00, to_time: 17:00, agent_group: sales}"
    return with_change(written, written.replace(old, more))


def office(line: str) -> str:
    return with_change("    greeting_message", f"    {line}\n    greeting_message")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            row("", "day_of_week: Monday, "),
            f"15: {OFFICE}.{ROW}: day_of_week is missing; write `days: [Monday-Friday]` or "
            "`day_of_week: Monday`",
            id="no day",
        ),
        pytest.param(
            row(", days: Tuesday}"),
            f"15: {OFFICE}.{ROW}.days: both day_of_week and days are given; keep only one of them",
            id="days twice",
        ),
        pytest.param(
            row("days: []", "day_of_week: Monday"),
            f"15: {OFFICE}.{ROW}.days: the list is empty; write a name, or remove the field",
            id="an empty list of days",
        ),
        pytest.param(
            row("Monday-Wensday", "Monday"),
            f"15: {OFFICE}.{ROW}.day_of_week: 'Wensday' is not a day of the week; did you mean "
            '"Wednesday"?',
            id="a range with a mistyped day",
        ),
        pytest.param(
            row("Monday-Monday", "Monday"),
            f"15: {OFFICE}.{ROW}.day_of_week: 'Monday-Monday' begins and ends on the same day; "
            "write Monday, or daily for all days",
            id="a range of one day or of eight",
        ),
        pytest.param(
            row(", valid_from: 06-01, valid_to: 2026-08-31}"),
            f"15: {OFFICE}.{ROW}.valid_to: valid_from and valid_to are not of the same kind; write "
            'both with a year, or both without, such as "06-01"',
            id="a season of two kinds",
        ),
        pytest.param(
            row(", valid_from: 2026-09-01, valid_to: 2026-08-31}"),
            f"15: {OFFICE}.{ROW}.valid_to: valid_to does not come after valid_from; check both",
            id="a season backwards",
        ),
        pytest.param(
            row(", valid_from: 06-31}"),
            f"15: {OFFICE}.{ROW}.valid_from: '06-31' is not a day; write \"2026-06-01\", or "
            '"06-01" for every year',
            id="a day that never comes",
        ),
        pytest.param(
            row("[sales, sales]", "sales"),
            f"15: {OFFICE}.{ROW}.agent_group[1]: 'sales' is here twice; remove one",
            id="a group twice in a row",
        ),
        pytest.param(
            office("closed_message: '{reopens_at} or {later}'"),
            f"11: {OFFICE}.closed_message: nothing is known to say for '{{later}}'; only "
            "{reopens_at} is known",
            id="an unknown placeholder",
        ),
        pytest.param(
            office("closed_message: 'Until {reopen_at}.'"),
            f"11: {OFFICE}.closed_message: nothing is known to say for '{{reopen_at}}'; did you "
            'mean "reopens_at"?',
            id="a mistyped placeholder",
        ),
        pytest.param(
            office("closed_message: Until {reopens_at."),
            f"11: {OFFICE}.closed_message: a {{ or }} has no partner; braces stand only around "
            "{reopens_at}",
            id="a brace alone",
        ),
        pytest.param(
            with_change("Nobody is here.", "'Until {reopens_at}.'"),
            f"13: {OFFICE}.agent_unavailable_message: {{reopens_at}} is said only when it is "
            "closed; write it in closed_message, or in the message of a holiday or of "
            "`closed: true`",
            id="a placeholder where it is open",
        ),
        pytest.param(
            office("follow_on: {agent_group: sales, message: '{reopens_at}'}"),
            f"11: {OFFICE}.follow_on.message: {{reopens_at}} is said only when it is closed; write "
            "it in closed_message, or in the message of a holiday or of `closed: true`",
            id="a placeholder in a follow-on",
        ),
        pytest.param(
            office("closed_message: {reopens_at}"),
            f"11: {OFFICE}.closed_message.reopens_at: there is no field 'reopens_at' here; if it "
            'is part of a text, put quotes around all of it: "… {reopens_at}"',
            id="a placeholder without quotes",
        ),
        pytest.param(
            office("overrides: {closed: true, message: Until {reopens_at}.}"),
            "11: a text with { } stands in a mapping in { }; put quotes around it: "
            '"… {reopens_at}"',
            id="a placeholder without quotes in braces",
        ),
        pytest.param(
            office("overrides: {until: '2026-12-24 12:00'}"),
            f"11: {OFFICE}.overrides: this override says nothing; write `closed: true`, "
            "`open: true` or `send_to: {agent_group: …}`",
            id="an override that says nothing",
        ),
        pytest.param(
            office("overrides: {closed: true, open: true}"),
            f"11: {OFFICE}.overrides.open: both closed and open are given; keep only one of them",
            id="closed and open",
        ),
        pytest.param(
            office("overrides: {closed: true, agent_group: sales}"),
            f"11: {OFFICE}.overrides.agent_group: an override with closed rings no group; write "
            "`open: true`, or `send_to: {agent_group: …}`",
            id="closed with a group",
        ),
        pytest.param(
            office("overrides: {open: true, message: Hello.}"),
            f"11: {OFFICE}.overrides.message: an override with open is open, and the message is "
            "said only when it is closed; keep only one of them",
            id="a message nobody hears",
        ),
        pytest.param(
            office("overrides: {closed: true, until: 2026-12-24}"),
            f"11: {OFFICE}.overrides.until: '2026-12-24' has no time of day; write "
            '"2026-12-24 00:00" for its begin, or "2026-12-24 24:00" for its end',
            id="a day's begin or its end",
        ),
        pytest.param(
            office("overrides: {closed: true, from: 2026-12-24, until: '2026-12-23 12:00'}"),
            f"11: {OFFICE}.overrides.until: until does not come after from; check both",
            id="an override backwards",
        ),
        pytest.param(
            office("overrides: {closed: maybe}"),
            f"11: {OFFICE}.overrides.closed: 'maybe' is neither true nor false; write true or "
            "false",
            id="neither yes nor no",
        ),
        pytest.param(
            office("overrides: {send_to: sales}"),
            f"11: {OFFICE}.overrides.send_to: 'sales' could be a group, an agent, a number or "
            "settings; write {agent_group: sales}, or with one of agent, outside_number, "
            "incoming_call_settings",
            id="sent to a bare name",
        ),
        pytest.param(
            office("follow_on: {message: Bye.}"),
            f"11: {OFFICE}.follow_on: nobody is named here; write one of agent_group, agent, "
            "outside_number, incoming_call_settings",
            id="a follow-on to nobody",
        ),
        pytest.param(
            office("follow_on: {agent_group: sales, agent: amina}"),
            f"11: {OFFICE}.follow_on.agent: both agent_group and agent are given; keep only one of "
            "them",
            id="a follow-on to two",
        ),
        pytest.param(
            office("follow_on: [{agent: amna}]"),
            f"11: {OFFICE}.follow_on[0].agent: there is no agent 'amna'; did you mean \"amina\"?",
            id="an unknown agent",
        ),
        pytest.param(
            office("follow_on: {incoming_call_settings: offise}"),
            f"11: {OFFICE}.follow_on.incoming_call_settings: there are no incoming call settings "
            "'offise'; did you mean \"office\"?",
            id="unknown settings",
        ),
        pytest.param(
            office("holidays: [serbia]"),
            f"11: {OFFICE}.holidays[0]: there is no holiday calendar 'serbia'; add a holiday "
            "calendar of this name under holiday_calendars, or change it here",
            id="an unknown calendar",
        ),
        pytest.param(
            with_change("{extension: 1002}", "{extension: 1002, incoming_call_settings: x}"),
            "5: agents.bojan.incoming_call_settings: there are no incoming call settings 'x'; add "
            "an incoming call settings of this name under incoming_call_settings, or change it "
            "here",
            id="an agent's unknown settings",
        ),
        pytest.param(
            office("follow_on: {outside_number: '+38164'}"),
            f"11: {OFFICE}.follow_on.outside_number: there is no outside_line to dial a number on; "
            'write `outside_line: {trunk: …, allowed: ["+38164"]}`',
            id="an outside number without a line",
        ),
        pytest.param(
            LINE + office("follow_on: {outside_number: '+38164'}"),
            f"12: {OFFICE}.follow_on.outside_number: the number '+38164' is not allowed; add "
            '"+38164" under outside_line.allowed',
            id="an outside number that is not allowed",
        ),
        pytest.param(
            LINE.replace("+38111*", "*") + COMPANY,
            "1: outside_line.allowed[0]: '*' is neither a number nor the beginning of numbers; "
            'write it as "+381641234567", or "+38111*" for all that begin so',
            id="all numbers of the world",
        ),
        pytest.param(
            with_change("{extension: 1002}", "{extension: 1002, numbers: [00381 11 1234567]}"),
            "5: agents.bojan.numbers[0]: the number '00381 11 1234567' is given to 'office' "
            "already (written '+381111234567'); a number belongs to one settings or one agent only",
            id="an agent's number that settings have",
        ),
        pytest.param(
            with_change("{extension: 1002}", "{extension: 1002, numbers: 1001}"),
            "4: agents.amina.extension: the extension '1001' is given to 'bojan' already; give one "
            "of them another",
            id="an agent's number that is another's extension",
        ),
        pytest.param(
            'feature_codes: {log_in: "*11", log_out: "*11"}\n' + COMPANY,
            "1: feature_codes.log_out: '*11' is the code of log_in already; choose another",
            id="one code for two things",
        ),
        pytest.param(
            'feature_codes: {log_in: "*77"}\n' + with_change('"1001"', '"*77"'),
            "1: feature_codes.log_in: '*77' is the number of 'amina' already; choose another",
            id="a code that is an extension",
        ),
        pytest.param(
            'feature_codes: {log_in: "*131", pause: "*13"}\npause_reasons: {"1": lunch}\n'
            + COMPANY,
            "2: pause_reasons.1: '*131' is the code of log_in already; choose another",
            id="a reason that makes another code",
        ),
        pytest.param(
            "feature_codes: {log_in: 7}\n" + COMPANY,
            "1: feature_codes.log_in: '7' is not a feature code; write * or # and 1 to 9 digits, "
            'such as "*11"',
            id="a code that looks like a number",
        ),
        pytest.param(
            "pause_reasons: {10: lunch}\n" + COMPANY,
            '1: pause_reasons.10: \'10\' is not a single digit; write "0" to "9"',
            id="a reason of two digits",
        ),
        pytest.param(
            office("call_routing: Adding"),
            f"11: {OFFICE}.call_routing: 'Adding' is not a way of routing calls; did you mean "
            '"Adding up"?',
            id="a way of routing nobody knows",
        ),
        pytest.param(
            with_change("[amina, bojan]}", "[amina, bojan], order: longest}"),
            "7: agent_groups.sales.order: 'longest' is not an order of agents; did you mean "
            '"longest_idle"?',
            id="an order nobody knows",
        ),
        pytest.param(
            with_change("{extension: 1002}", "{extension: 1002, phones: {confirm: true}}"),
            "5: agents.bojan.phones: phone is missing; write `phone: …`; a value that begins with "
            "# needs quotes",
            id="a phone without a phone",
        ),
        pytest.param(
            with_change("{extension: 1002}", "{extension: 1002, working_hours: {days: daily}}"),
            "5: agents.bojan.working_hours: from_time is missing; write `from_time: …`; a value "
            "that begins with # needs quotes",
            id="working hours without times",
        ),
        pytest.param(
            office("wave_sizes: [0]"),
            f"11: {OFFICE}.wave_sizes[0]: '0' is out of range; write a whole number from 1 to 1000 "
            "agents",
            id="a wave of nobody",
        ),
        pytest.param(
            office(f"follow_on: [{', '.join(['{agent: amina}'] * 21)}]"),
            f"11: {OFFICE}.follow_on: there are more than 20 entries; shorten the list",
            id="very many follow-ons",
        ),
    ],
)
def test_the_first_complaint(tmp_path: Path, text: str, expected: str) -> None:
    assert complaints(tmp_path, text)[0] == f"callrouter.yaml:{expected}"


def test_an_extension_that_settings_list_is_a_warning(tmp_path: Path) -> None:
    warnings = load(tmp_path, with_change("700", "1002")).warnings
    assert [str(each).replace(f"{tmp_path}/", "") for each in warnings] == [
        "callrouter.yaml:5: warning: agents.bojan.extension: calls to '1002' go to the settings "
        "'office'; give the agent another extension if people shall dial it"
    ]


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    text = LINE + office("follow_on: [{agent: x}, {outside_number: '+1234'}, sales]")
    text = text.replace("All are busy.", "'{x}'").replace("day_of_week: Monday", "days: []")
    text += "overrides: [{closed: true, open: true}]\nholiday_calendars: {a: {region: b}}\n"
    lines = [int(complaint.split(":")[1]) for complaint in complaints(tmp_path, text)]
    assert lines == [12, 12, 12, 14, 17, 18, 19]
