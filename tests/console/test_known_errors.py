"""Errors that what is stored has already: told apart from new ones, and in nobody's way where a
router goes on with them."""

import json
from typing import Any

import pytest

from callrouter.config.document import Document
from callrouter.config.rows import rows_of
from callrouter.db.configuration import replace_rows
from callrouter.db.engine import transaction
from tests.console.conftest import Client
from tests.console.test_configuration import office, save, saved, shown
from tests.console.test_drafts import post

pytestmark = pytest.mark.postgres


def never_answered(number: str) -> dict[str, Any]:
    """Settings with a group in which is nobody."""
    return {
        "numbers": [number],
        "agent_unavailable_message": "Nobody is here.",
        "call_handling_schedule": [
            {"days": ["Monday"], "from_time": "9:00", "to_time": "17:00", "agent_group": ["nobody"]}
        ],
    }


async def put_by_sql(api: Client, document: dict[str, Any]) -> None:
    """As somebody with `psql` does, whom nobody checks."""
    rows = json.dumps(rows_of(document, Document.model_validate(document)))
    async with transaction(api.engine) as connection:
        await replace_rows(connection, rows, "psql", None)


def errors(answer: Any) -> list[tuple[str, bool]]:
    found = (each for each in answer["problems"] if each["level"] == "error")
    return [(str(each["path"][1]), each["known"]) for each in found]


async def test_an_error_a_router_goes_on_with_is_in_nobodys_way(stored_api: Client) -> None:
    document = office()
    document["agent_groups"]["nobody"] = {"members": []}
    document["incoming_call_settings"]["old"] = never_answered("790")
    await put_by_sql(stored_api, document)
    stored = await shown(stored_api)
    assert stored["usable"]
    assert errors(stored) == [("old", True)]

    document["agents"]["amina"]["name"] = "Amina Nasser"
    answer = await post(stored_api, "check", document=document)
    assert answer["usable"]
    assert errors(answer) == [("old", True)]
    await saved(stored_api, document)

    document["incoming_call_settings"]["new"] = never_answered("791")
    answer = await post(stored_api, "check", document=document)
    assert not answer["usable"]
    assert sorted(errors(answer)) == [("new", False), ("old", True)]
    refused = await save(stored_api, document, (await shown(stored_api))["mark"])
    assert refused.status_code == 422
    assert "2 mistake(s), 1 of them there before your changes: " in refused.json()["detail"]
    assert "incoming_call_settings.new" in refused.json()["detail"]
    assert [each["known"] for each in refused.json()["problems"]].count(True) == 1


async def test_one_that_no_router_takes_must_be_mended_and_is_told_to_be_old(
    stored_api: Client,
) -> None:
    document = office()
    document["incoming_call_settings"]["head-office"]["closed_message"] = {"sound": "gone.wav"}
    await put_by_sql(stored_api, document)
    stored = await shown(stored_api)
    assert not stored["usable"]
    document["agents"]["amina"]["name"] = "Amina Nasser"
    answer = await post(stored_api, "check", document=document)
    assert not answer["usable"]
    assert errors(answer) == [("head-office", True)]
    refused = await save(stored_api, document, stored["mark"])
    assert refused.status_code == 422
    assert "1 of them there before your changes" in refused.json()["detail"]
    del document["incoming_call_settings"]["head-office"]["closed_message"]
    await saved(stored_api, document)
    assert (await shown(stored_api))["usable"]


async def test_nothing_stored_is_no_error(stored_api: Client) -> None:
    assert (await shown(stored_api))["usable"]


async def test_messages_are_tried_for_a_moment_and_the_rest_while_nobody_asks(
    stored_api: Client,
) -> None:
    document = office()
    settings = document["incoming_call_settings"] = {
        f"line-{number}": office()["incoming_call_settings"]["head-office"]
        | {"numbers": [str(8000 + number)], "greeting_message": f"Welcome to line {number}."}
        for number in range(150)
    }
    first = await post(stored_api, "check", document=document)
    assert first["usable"]
    assert first["untried"] > 0
    for _ in range(100):
        again = await post(stored_api, "check", document=document)
        if not again["untried"]:
            break
    assert again["untried"] == 0
    settings["line-149"]["greeting_message"] = {"text": "Zu.", "language": "qq"}
    last = await post(stored_api, "check", document=document)
    assert [each["path"][1] for each in last["problems"] if each["level"] == "error"] == [
        "line-149"
    ]
