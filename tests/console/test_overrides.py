"""Overrides through the API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callrouter.db.engine import snapshot
from callrouter.db.overrides import live_overrides
from tests.console.conftest import COMPANY, Client

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


async def test_one_that_is_long_over_is_found_and_ended_without_complaint(api: Client) -> None:
    wanted = {"kind": "closed", "until_at": in_hours(2)}
    ids = []
    for number in range(25):
        made = await api.ask("POST", "/overrides", json=wanted | {"reason": f"number {number}"})
        ids.append(made.json()["override"]["id"])
        await api.ask("DELETE", f"/overrides/{ids[-1]}")
    assert (await api.ask("DELETE", f"/overrides/{ids[0]}")).status_code == 204
    first = (await api.ask("GET", f"/overrides/{ids[0]}")).json()
    assert (first["state"], first["reason"]) == ("over", "number 0")
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = (await api.ask("GET", f"/overrides/over?limit=10{after}")).json()
        seen += [each["id"] for each in page["overrides"]]
        after = f"&cursor={page['next']}"
    assert page["next"] is None
    assert seen == ids[::-1]
    wrong = await api.ask("GET", "/overrides/over?cursor=AAAA")
    assert wrong.status_code == 422


async def test_a_dry_run_says_what_it_would_do_and_sets_nothing(api: Client) -> None:
    wanted = {"kind": "closed", "settings": ["head-office"], "until_at": in_hours(2)}
    said = await api.ask("POST", "/overrides?dry_run=true", json=wanted)
    assert said.status_code == 200
    assert said.json()["says"][0].startswith("head-office: closed until ")
    (effect,) = said.json()["effects"]
    assert (effect["settings"], effect["timezone"]) == ("head-office", "Europe/Belgrade")
    assert effect["then"].keys() == {"is_open", "by", "name", "opens_at"}
    assert (await api.ask("GET", "/overrides")).json() == []
    assert await deeds(api) == []


async def deeds(api: Client) -> list[tuple[str, str]]:
    async with snapshot(api.engine) as connection:
        rows = await connection.execute(text("SELECT who, action FROM audit_log ORDER BY id"))
        return [(row.who, row.action) for row in rows]


async def test_setting_and_ending_are_written_down_once(api: Client) -> None:
    wanted = {"kind": "closed", "until_at": in_hours(2), "reason": "meeting"}
    key = {"Idempotency-Key": "once"}
    for _ in range(2):
        made = (await api.ask("POST", "/overrides", json=wanted, headers=key)).json()["override"]
    for _ in range(2):
        await api.ask("DELETE", f"/overrides/{made['id']}")
    assert await deeds(api) == [
        ("API: everything", "override.set"),
        ("API: everything", "override.end"),
    ]


async def test_those_of_the_configuration_are_told_with_their_place(api: Client) -> None:
    api.config.write_text(
        COMPANY + "overrides:\n  - {closed: true, until: 2099-01-01 00:00, reason: moving}\n"
        "  - {closed: true, until: 2001-01-01 00:00}\n"
    )
    (told,) = (await api.ask("GET", "/overrides/configured")).json()
    assert (told["place"], told["state"], told["settings"]) == ("overrides[0]", "in_force", [])
    assert told["reason"] == "moving"


async def test_the_choices(api: Client) -> None:
    said = (await api.ask("GET", "/overrides/choices?settings=support")).json()
    assert said["timezone"] == "Europe/Belgrade"
    assert [each["name"] for each in said["until"]] == [
        "half_hour",
        "hour",
        "end_of_today",
        "next_opening",
    ]
    ends = [datetime.fromisoformat(each["at"]) for each in said["until"]]
    assert ends[0] < ends[1]
    assert ends[2] < ends[3]
    assert [each["name"] for each in said["settings"]] == ["head-office", "support"]
    assert said["agent_groups"] == ["sales", "night"]
    assert said["outside"] is False


async def test_a_viewer_sees_and_sets_nothing(api: Client) -> None:
    token = await api.sign_in("viewer")
    headers = {"X-CSRF-Token": token}
    assert (await api.http.get("/api/v1/overrides")).status_code == 200
    refused = await api.http.post("/api/v1/overrides", json={"kind": "closed"}, headers=headers)
    assert refused.status_code == 403
    assert "ask a System Manager" in refused.json()["detail"]
