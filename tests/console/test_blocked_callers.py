"""Blocked callers through the API and on their page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callrouter.db.blocked_callers import live_blocked
from callrouter.db.engine import snapshot
from callrouter.routing.admission import Refuse
from tests.console.conftest import Client

pytestmark = pytest.mark.postgres

HTML = {"Accept": "text/html"}


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def test_who_is_blocked_is_let_in_again_and_both_are_in_the_audit_log(api: Client) -> None:
    wanted = {"number": "00381 64 123", "answer": "busy", "note": "calls at night"}
    answer = await api.ask("POST", "/blocked-callers", json=wanted | {"until_at": in_hours(2)})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["number"], made["state"], made["author"]) == (
        "+38164123",
        "blocked",
        "API: everything",
    )
    async with snapshot(api.engine) as connection:
        (live,) = await live_blocked(connection, datetime.now(UTC))
    assert (live.number, live.refuse, live.id) == ("+38164123", Refuse.BUSY, made["id"])
    for _ in range(2):
        ended = await api.ask("DELETE", f"/blocked-callers/{made['id']}")
        assert ended.status_code == 204
    (listed,) = (await api.ask("GET", "/blocked-callers")).json()
    assert (listed["state"], listed["ended_by"]) == ("over", "API: everything")
    async with snapshot(api.engine) as connection:
        assert await live_blocked(connection, datetime.now(UTC)) == ()
    deeds = (await api.ask("GET", "/audit?action=caller")).json()["deeds"]
    assert [each["action"] for each in deeds] == ["caller.unblock", "caller.block"]


async def test_the_same_key_blocks_nobody_twice(api: Client) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = [
        (await api.ask("POST", "/blocked-callers", json={"number": "+1"}, headers=key)).json()
        for _ in range(2)
    ]
    assert first == again
    assert len((await api.ask("GET", "/blocked-callers")).json()) == 1


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"number": "${EXTEN}"}, "neither a number"),
        ({"number": "1*2"}, "neither a number"),
        ({"number": "1|2"}, "neither a number"),
        ({"number": "*"}, "neither a number"),
        ({"number": "1" * 41}, "neither a number"),
        ({"number": "+1", "until_at": "2020-01-01T00:00:00Z"}, "it would be over already"),
        ({"number": "+1", "answer": "message"}, "blocked_message"),
        ({"number": "+1", "answer": "safety_net"}, "answer"),
        ({"number": "+1", "note": "a\nb"}, "note"),
        ({"number": ""}, "number"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    api: Client, wanted: dict[str, Any], said: str
) -> None:
    answer = await api.ask("POST", "/blocked-callers", json=wanted)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert (await api.ask("GET", "/blocked-callers")).json() == []


async def test_who_may_not_see_numbers_sees_them_masked_and_blocks_nobody(api: Client) -> None:
    await api.ask("POST", "/blocked-callers", json={"number": "+381641234567"})
    await api.ask("POST", "/blocked-callers", json={"number": "+38190*"})
    await api.sign_in("viewer")
    listed = (await api.get("/api/v1/blocked-callers")).json()
    assert sorted(each["number"] for each in listed) == ["+38164•••••67", "+38190*"]
    page = await api.get("/blocked", headers=HTML)
    assert "your role may look at them" in page.text
    assert 'id="block"' not in page.text


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Blocked callers"), ("ar", "المتصلون المحظورون"), ("sr", "Blokirani pozivaoci")],
)
async def test_the_page_in_every_language(api: Client, language: str, says: str) -> None:
    await api.sign_in("supervisor")
    page = await api.get("/blocked", headers=HTML | {"Accept-Language": language})
    assert page.status_code == 200
    assert says in page.text
    assert 'id="block"' in page.text


async def test_simulate_knows_who_is_blocked_now(api: Client) -> None:
    await api.ask("POST", "/blocked-callers", json={"number": "+38164*", "note": "spam"})
    said = (await api.ask("GET", "/simulate?to=700&from=%2B381641234567")).json()
    assert said["decision"] == "refused"
    assert said["refused"]["rule"].startswith("Refused: numbers that begin with +38164 are blocked")
    draft = await api.ask("POST", "/simulate", json={"to": "700", "from": "+381641234567"})
    assert draft.json()["decision"] == "refused"
    other = (await api.ask("GET", "/simulate?to=700&from=%2B38165")).json()
    assert other["decision"] != "refused"
