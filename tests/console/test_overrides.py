"""Overrides through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callrouter.db.engine import snapshot
from callrouter.db.overrides import live_overrides
from tests.console.conftest import Client

pytestmark = pytest.mark.postgres


def in_hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def test_closing_says_what_it_does_and_the_router_gets_it(api: Client) -> None:
    wanted = {"kind": "closed", "settings": ["head-office"], "until_at": in_hours(2)}
    answer = await api.ask("POST", "/overrides", json=wanted | {"reason": "staff meeting"})
    assert answer.status_code == 201
    said = answer.json()
    assert said["says"][0].startswith("head-office: closed until ")
    assert said["override"]["state"] == "in_force"
    assert said["override"]["author"] == "API: everything"
    async with snapshot(api.engine) as connection:
        (live,) = await live_overrides(connection, datetime.now(UTC))
    assert live.id == said["override"]["id"]
    assert live.settings == ("head-office",)


async def test_the_same_key_sets_nothing_twice(api: Client) -> None:
    wanted = {"kind": "closed", "until_at": in_hours(2)}
    key = {"Idempotency-Key": "once"}
    first = (await api.ask("POST", "/overrides", json=wanted, headers=key)).json()
    again = (await api.ask("POST", "/overrides", json=wanted, headers=key)).json()
    assert again["override"] == first["override"]
    assert len((await api.ask("GET", "/overrides")).json()) == 1


async def test_ending_one(api: Client) -> None:
    wanted = {"kind": "closed", "from_at": in_hours(1), "until_at": in_hours(2)}
    made = (await api.ask("POST", "/overrides", json=wanted)).json()["override"]
    assert made["state"] == "to_come"
    for _ in range(2):
        ended = await api.ask("DELETE", f"/overrides/{made['id']}")
        assert ended.status_code == 204
    (listed,) = (await api.ask("GET", "/overrides")).json()
    assert listed["state"] == "over"
    assert listed["ended_by"] == "API: everything"
    unknown = await api.ask("DELETE", "/overrides/00000000-0000-0000-0000-000000000000")
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"kind": "closed", "settings": ["nowhere"]}, "there is no settings 'nowhere'"),
        ({"kind": "closed", "until_at": "2020-01-01T00:00:00Z"}, "it would be over already"),
        ({"kind": "send_to"}, "say where to"),
        (
            {"kind": "send_to", "targets": [{"kind": "outside_number", "name": "+38164"}]},
            "outside numbers are not dialled here",
        ),
        ({"kind": "closed", "until_at": "2030-01-01T00:00:00"}, "with its offset"),
        ({"kind": "shut"}, "kind"),
        ({"kind": "closed", "reason": "a\nb"}, "reason"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    api: Client, wanted: dict[str, Any], said: str
) -> None:
    answer = await api.ask("POST", "/overrides", json=wanted)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert (await api.ask("GET", "/overrides")).json() == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/x-www-form-urlencoded", '{"kind": "closed"}'), ("application/json", "{")],
)
async def test_a_body_that_is_no_json_is_told_how_to_be_one(
    api: Client, content_type: str, body: str
) -> None:
    answer = await api.ask(
        "POST", "/overrides", content=body, headers={"Content-Type": content_type}
    )
    assert answer.status_code == 422
    assert "Send a JSON object, with the header Content-Type" in answer.json()["detail"]
