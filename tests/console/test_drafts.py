"""Drafts through the API: checked, compared, previewed, held against calls; nothing is stored."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from callrouter.console.api import answers
from tests.console.conftest import Client
from tests.console.test_configuration import office, saved
from tests.db.sample_calls import answered, call_id
from tests.db.stored import store

pytestmark = pytest.mark.postgres

BELGRADE = ZoneInfo("Europe/Belgrade")


async def post(api: Client, path: str, status: int = 200, /, **body: Any) -> Any:
    answer = await api.ask("POST", f"/configuration/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_check_tells_the_place_and_the_line(stored_api: Client) -> None:
    document = office()
    document["incoming_call_settings"]["head-office"]["call_handling_schedule"][0]["to_time"] = "1"
    answer = await post(stored_api, "check", document=document)
    answers.CheckOut.model_validate(answer, strict=False)
    assert not answer["usable"]
    (problem,) = (each for each in answer["problems"] if each["level"] == "error")
    assert problem["path"] == [
        *("incoming_call_settings", "head-office", "call_handling_schedule", 0, "to_time"),
    ]
    assert 'to_time: "1"' in answer["yaml"].splitlines()[problem["line"] - 1]


async def test_the_same_as_yaml_and_back(stored_api: Client) -> None:
    answer = await post(stored_api, "check", document=office())
    assert answer["usable"]
    again = await post(stored_api, "check", yaml=answer["yaml"])
    assert again["document"] == answer["document"] == office()
    assert again["yaml"] == answer["yaml"]
    assert "days: Monday-Friday" in answer["yaml"]


async def test_values_have_one_form_however_they_are_written(stored_api: Client) -> None:
    answer = await post(
        stored_api,
        "check",
        yaml="agents: {a: {extension: 1001, mayoverride: yes}}\nagent_groups: {g: {members: a}}\n"
        "incoming_call_settings:\n  s:\n    numbers: 700\n    ring_seconds: 20\n"
        "    agent_unavailable_message: {text: Nobody.}\n"
        "    call_handling_schedule: {days: Mon-Tue, from_time: 9:00, to_time: 24:00,"
        " agent_group: g}\n",
    )
    document = answer["document"]
    assert document["agents"]["a"] == {"extension": "1001", "may_override": True}
    settings = document["incoming_call_settings"]["s"]
    assert settings["ring_seconds"] == 20
    assert settings["agent_unavailable_message"] == {"text": "Nobody."}
    assert settings["call_handling_schedule"] == [
        {
            "days": ["Monday", "Tuesday"],
            "from_time": "09:00",
            "to_time": "24:00",
            "agent_group": ["g"],
        }
    ]


@pytest.mark.parametrize(
    "yaml",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
        "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
        "e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n",
        "[" * 5000,
        "agents: !!python/object/apply:os.system [id]",
        "\x00",
        "a: b\n- x",
    ],
    ids=["a bomb", "deep", "a tag", "a NUL", "no YAML"],
)
async def test_hostile_yaml_is_a_problem(stored_api: Client, yaml: str) -> None:
    answer = await post(stored_api, "check", yaml=yaml)
    assert not answer["usable"]
    assert answer["problems"][0]["level"] == "error"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ('{"document": ' + '{"a":' * 30 + "1" + "}" * 30 + "}", 200),
        ('{"document": ' + "[" * 100_000 + "]" * 100_000 + "}", 422),
        ('{"document": {"agents": {"a\\ud800": {}}}}', (200, 422)),
        ('{"document": {"language": NaN}}', (200, 422)),
        ('{"document": null}', 422),
        ('{"document": []}', 422),
        ('{"documents": {}}', 422),
        ("", 422),
        ("\xff", 422),
    ],
    ids=[
        *("30 levels", "deep", "half a surrogate", "NaN", "null", "a list", "unknown", "none"),
        "no JSON",
    ],
)
async def test_hostile_bodies_are_answered(
    stored_api: Client, content: str, status: int | tuple[int, ...]
) -> None:
    answer = await stored_api.ask("POST", "/configuration/check", content=content)
    assert answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.text
    if answer.status_code == 200:
        assert not answer.json()["usable"]
    after = await post(stored_api, "check", document=office())
    assert after["usable"], "the next draft does not suffer for it"


async def test_a_language_nobody_speaks_and_a_missing_sound_are_errors(stored_api: Client) -> None:
    document = office()
    settings = document["incoming_call_settings"]["head-office"]
    settings["closed_message"] = {"text": "Zu.", "language": "qq"}
    answer = await post(stored_api, "check", document=document)
    (problem,) = (each for each in answer["problems"] if each["level"] == "error")
    assert problem["path"] == ["incoming_call_settings", "head-office", "closed_message"]
    settings["closed_message"] = {"sound": "closed.wav"}
    answer = await post(stored_api, "check", document=document)
    (problem,) = (each for each in answer["problems"] if each["level"] == "error")
    assert "there is no sound file" in problem["message"]


async def test_diff_says_who_rings_when(stored_api: Client) -> None:
    await saved(stored_api, office())
    document = office()
    row = document["incoming_call_settings"]["head-office"]["call_handling_schedule"][0]
    row["to_time"] = "18:00"
    answer = await post(stored_api, "diff", document=document)
    answers.DiffOut.model_validate(answer)
    assert [change["path"] for change in answer["changes"]] == [
        "incoming_call_settings.head-office.call_handling_schedule[0].to_time"
    ]
    assert answer["complete"]
    assert 9 <= len(answer["who_rings"]) <= 11
    for each in answer["who_rings"]:
        assert each["settings"] == "head-office"
        assert (each["before"], each["after"]) == ("closed", "sales: Amina Haddad, Bojan Ilić")
    whole = datetime.fromisoformat(answer["who_rings"][4]["from"])
    assert (whole.hour, whole.utcoffset()) == (17, whole.astimezone(BELGRADE).utcoffset())


async def test_diff_says_who_rings_with_a_number_that_was_not_there(stored_api: Client) -> None:
    answer = await post(stored_api, "diff", document=office())
    assert {(each["settings"], each["before"], each["after"]) for each in answer["who_rings"]} == {
        ("head-office", "", "closed"),
        ("head-office", "", "sales: Amina Haddad, Bojan Ilić"),
    }


async def test_diff_of_people_in_a_group(stored_api: Client) -> None:
    await saved(stored_api, office())
    document = office()
    document["agent_groups"]["sales"]["members"] = ["bojan"]
    answer = await post(stored_api, "diff", document=document)
    assert {(each["before"], each["after"]) for each in answer["who_rings"]} == {
        ("sales: Amina Haddad, Bojan Ilić", "sales: Bojan Ilić")
    }


async def test_preview_with_holidays_overrides_and_changed_clocks(stored_api: Client) -> None:
    document = office()
    document["holiday_calendars"] = {"serbia": {"country": "RS"}}
    settings = document["incoming_call_settings"]["head-office"]
    settings["holidays"] = ["serbia"]
    settings["overrides"] = [
        {"closed": True, "from": "2026-11-10 12:00", "until": "2026-11-10 14:00", "reason": "move"}
    ]
    answer = await post(
        stored_api,
        "preview",
        document=document,
        settings="head-office",
        **{"from": "2026-10-24"},
        days=20,
    )
    answers.PreviewOut.model_validate(answer)
    days = {day["date"]: day for day in answer["days"]}
    assert len(days) == 20
    assert "go back" in days["2026-10-25"]["clock_change"]
    assert days["2026-11-11"]["holiday"] == "Armistice Day"
    (closed,) = days["2026-11-11"]["periods"]
    assert (closed["open"], closed["by"], closed["from"], closed["to"]) == (
        *(False, "holiday", "00:00", "24:00"),
    )
    tuesday = [(each["from"], each["to"], each["by"]) for each in days["2026-11-10"]["periods"]]
    assert tuesday == [
        ("00:00", "09:00", None),
        ("09:00", "12:00", "row"),
        ("12:00", "14:00", "override"),
        ("14:00", "17:00", "row"),
        ("17:00", "24:00", None),
    ]


async def test_preview_has_live_overrides_of_what_is_stored(stored_api: Client) -> None:
    await saved(stored_api, office())
    until = (datetime.now(BELGRADE) + timedelta(days=2)).isoformat()
    set_ = await stored_api.ask("POST", "/overrides", json={"kind": "closed", "until_at": until})
    assert set_.status_code == 201, set_.text
    answer = await post(stored_api, "preview", settings="head-office", days=2)
    assert "override" in {each["by"] for day in answer["days"] for each in day["periods"]}
    unknown = await post(stored_api, "preview", 404, settings="none")
    assert "no settings 'none'" in unknown["detail"]


async def test_on_duty_at_a_moment(stored_api: Client) -> None:
    at = "2026-11-23T16:30:00+01:00"
    answer = await post(stored_api, "on-duty", document=office(), at=at)
    answers.OnDutyAtOut.model_validate(answer)
    (duty,) = answer["settings"]
    assert (duty["settings"], duty["groups"], duty["until"]) == (
        *("head-office", ["sales"], "2026-11-23T17:00:00+01:00"),
    )
    assert duty["then"]["text"] == "closed"


async def test_replay_counts_the_calls_it_looked_at(stored_api: Client) -> None:
    """It was answered in the last night, when by this draft nobody is on duty."""
    facts = answered()
    now = datetime.now(ZoneInfo("Europe/Belgrade"))
    night = now.replace(hour=3, minute=0, second=0, microsecond=0)
    ago = (night if night < now else night - timedelta(days=1)) - facts[0].at
    await store(
        stored_api.engine,
        call_id(1),
        [msgspec.structs.replace(each, at=each.at + ago) for each in facts],
    )
    answer = await post(stored_api, "replay", document=office(), days=1)
    answers.ReplayOut.model_validate(answer)
    assert (answer["calls"], answer["elsewhere"], answer["complete"]) == (1, 1, True)
    (example,) = answer["examples"]
    assert example["id"] == str(call_id(1))
    assert example["then"] != example["now"]


async def test_a_draft_with_mistakes_has_no_preview(stored_api: Client) -> None:
    document = office()
    document["agent_groups"] = {}
    answer = await post(stored_api, "preview", 422, document=document, settings="head-office")
    assert answer["problems"][0]["path"][0] == "incoming_call_settings"
