"""The configuration as a whole through the API: read, saved, merged, never overwritten unseen."""

import copy
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from callrouter.db.engine import transaction
from tests.console.conftest import Client

pytestmark = pytest.mark.postgres

OFFICE: dict[str, Any] = {
    "timezone": "Europe/Belgrade",
    "agents": {
        "amina": {"name": "Amina Haddad", "extension": "1001"},
        "bojan": {"name": "Bojan Ilić", "extension": "1002"},
    },
    "agent_groups": {"sales": {"members": ["amina", "bojan"]}},
    "incoming_call_settings": {
        "head-office": {
            "numbers": ["700"],
            "agent_unavailable_message": "Nobody is here.",
            "closed_message": "We are closed.",
            "call_handling_schedule": [
                {
                    "days": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
                    "from_time": "09:00",
                    "to_time": "17:00",
                    "agent_group": ["sales"],
                }
            ],
        }
    },
}


def office() -> dict[str, Any]:
    return copy.deepcopy(OFFICE)


async def save(
    api: Client, document: dict[str, Any], mark: str | None, note: str = "", **more: Any
) -> httpx.Response:
    headers = {} if mark is None else {"If-Match": f'"{mark}"'}
    body = {"document": document, "note": note}
    return await api.ask("PUT", "/configuration", json=body, headers=headers, **more)


async def shown(api: Client) -> Any:
    answer = await api.ask("GET", "/configuration")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["mark"]}"'
    return answer.json()


async def saved(api: Client, document: dict[str, Any], note: str = "") -> Any:
    answer = await save(api, document, (await shown(api))["mark"], note)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_from_nothing_to_a_configuration_and_back_out(stored_api: Client) -> None:
    empty = await shown(stored_api)
    assert (empty["document"], empty["problems"], empty["number"]) == ({}, [], None)
    assert (empty["editable"], empty["source"]) == (True, "database")
    first = await saved(stored_api, office(), "the first line")
    assert first["number"] == 1
    now = await shown(stored_api)
    assert now["document"] == OFFICE
    assert (now["mark"], now["number"], now["author"]) == (*(first["mark"], 1, "API: everything"),)
    document = office()
    document["incoming_call_settings"]["head-office"]["ring_seconds"] = 30
    second = await saved(stored_api, document)
    assert second["changes"] == [
        {
            "path": "incoming_call_settings.head-office.ring_seconds",
            "before": None,
            "after": "30",
        }
    ]
    assert (await shown(stored_api))["document"] == document


async def test_the_same_again_is_no_version(stored_api: Client) -> None:
    first = await saved(stored_api, office())
    again = await saved(stored_api, office())
    assert (again["number"], again["mark"], again["changes"]) == (1, first["mark"], [])


async def test_who_began_from_something_else_is_told_what_changed(stored_api: Client) -> None:
    base = await saved(stored_api, office())
    theirs = office()
    theirs["agents"]["amina"]["name"] = "Amina Hadad"
    await saved(stored_api, theirs, "her name")
    ours = office()
    ours["agents"]["bojan"]["extension"] = "1003"
    refused = await save(stored_api, ours, base["mark"])
    assert refused.status_code == 412
    problem = refused.json()
    assert problem["changes"] == [
        {"path": "agents.amina.name", "before": "Amina Haddad", "after": "Amina Hadad"}
    ]
    assert problem["current"]["number"] == 2
    assert problem["current"]["author"] == "API: everything"
    merged = await stored_api.ask(
        "POST", "/configuration/merge", json={"base": base["mark"], "document": ours}
    )
    assert merged.status_code == 200, merged.text
    assert merged.json()["conflicts"] == []
    assert merged.json()["mark"] == problem["current"]["mark"]
    both = merged.json()["document"]
    assert (both["agents"]["amina"]["name"], both["agents"]["bojan"]["extension"]) == (
        *("Amina Hadad", "1003"),
    )
    assert (await save(stored_api, both, merged.json()["mark"])).status_code == 200


async def test_plain_sql_changes_the_mark(stored_api: Client) -> None:
    base = await saved(stored_api, office())
    async with transaction(stored_api.engine) as connection:
        await connection.execute(text("UPDATE incoming_call_settings SET ring_seconds = 25"))
    now = await shown(stored_api)
    assert now["mark"] != base["mark"]
    assert now["number"] is None, "the router writes its version"
    refused = await save(stored_api, office(), base["mark"])
    assert refused.status_code == 412
    assert [change["path"] for change in refused.json()["changes"]] == [
        "incoming_call_settings.head-office.ring_seconds"
    ]


async def test_a_mess_in_the_tables_is_shown_and_can_be_mended(stored_api: Client) -> None:
    await saved(stored_api, office())
    async with transaction(stored_api.engine) as connection:
        await connection.execute(text("UPDATE agent_groups SET members = '{nobody}'"))
    mess = await shown(stored_api)
    assert [problem["path"] for problem in mess["problems"]] == [
        ["agent_groups", "sales", "members", 0]
    ]
    assert (await save(stored_api, office(), mess["mark"])).status_code == 200
    mended = await shown(stored_api)
    assert [each for each in mended["problems"] if each["level"] == "error"] == []


async def test_two_at_once_never_overwrite_each_other(stored_api: Client) -> None:
    from callrouter.concurrency import all_of

    base = await saved(stored_api, office())
    drafts = []
    for extension in ("1005", "1006", "1007"):
        draft = office()
        draft["agents"]["amina"]["extension"] = extension
        drafts.append(draft)
    answers = await all_of([save(stored_api, draft, base["mark"]) for draft in drafts])
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_mistakes_are_not_saved(stored_api: Client) -> None:
    document = office()
    document["agent_groups"]["sales"]["members"] = ["nobody"]
    refused = await save(stored_api, document, (await shown(stored_api))["mark"])
    assert refused.status_code == 422
    (problem,) = refused.json()["problems"]
    assert problem["path"] == ["agent_groups", "sales", "members", 0]
    assert (await shown(stored_api))["document"] == {}


async def test_a_message_that_cannot_be_spoken_is_not_saved(stored_api: Client) -> None:
    document = office()
    document["language"] = "qq"
    refused = await save(stored_api, document, (await shown(stored_api))["mark"])
    assert refused.status_code == 422
    assert "does not speak 'qq'" in refused.json()["problems"][0]["message"]


async def test_saving_asks_for_what_one_began_from(stored_api: Client) -> None:
    assert (await save(stored_api, office(), None)).status_code == 428


async def test_a_file_is_shown_but_not_written(api: Client) -> None:
    now = await shown(api)
    assert (now["source"], now["editable"]) == ("file", False)
    assert "callrouter config import" in now["why_not"]
    assert now["document"]["agents"]["amina"]["name"] == "Amina Haddad"
    refused = await save(api, now["document"], now["mark"])
    assert refused.status_code == 409
    assert refused.json()["detail"] == now["why_not"]
    api.config.write_text("agents: [")
    broken = await shown(api)
    assert broken["document"] == {}
    assert broken["problems"][0]["level"] == "error"


async def test_a_save_is_in_the_audit_log(stored_api: Client) -> None:
    await saved(stored_api, office(), "the first line")
    async with transaction(stored_api.engine) as connection:
        rows = await connection.execute(text("SELECT who, action, subject, details FROM audit_log"))
        (row,) = [each for each in rows if each.action == "configuration.save"]
    assert (row.who, row.subject, row.details["note"]) == (
        *("API: everything", "version 1", "the first line"),
    )


async def test_a_reader_cannot_save(stored_api: Client) -> None:
    from callrouter.db.api_tokens import Scope

    reader = await stored_api.token(Scope.READ, name="reader")
    mark = (await shown(stored_api))["mark"]
    assert (await save(stored_api, office(), mark, secret=reader)).status_code == 403
