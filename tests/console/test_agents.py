"""Agents through the API."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from callrouter.config.load import load_file
from callrouter.console.access import SESSION_COOKIE, csrf_token
from callrouter.db.config_versions import NewVersion, note_version
from callrouter.db.engine import transaction
from callrouter.db.users import Role, begin_session, create_user
from tests.console.conftest import Client

pytestmark = pytest.mark.postgres


async def test_all_agents_with_their_groups_in_the_configurations_order(api: Client) -> None:
    answer = await api.ask("GET", "/agents")
    assert answer.status_code == 200, answer.text
    agents = answer.json()
    assert [(each["id"], each["agent_groups"]) for each in agents] == [
        ("amina", ["sales"]),
        ("bojan", ["sales", "night"]),
    ]
    assert agents[0] | {"since": None} == {
        "id": "amina",
        "name": "Amina Haddad",
        "extension": "1001",
        "agent_groups": ["sales"],
        "logged_in": True,
        "paused": None,
        "since": None,
        "changed_by": "",
    }


async def test_pausing_and_going_on(api: Client) -> None:
    paused = (await api.ask("POST", "/agents/amina/pause", json={"reason": "lunch"})).json()
    assert (paused["paused"], paused["changed_by"]) == ("lunch", "API: everything")
    again = (await api.ask("POST", "/agents/amina/pause", json={"reason": "lunch"})).json()
    assert again["since"] == paused["since"], "done twice, it changes nothing"
    shown = (await api.ask("GET", "/agents/amina")).json()
    assert shown == paused
    on = (await api.ask("POST", "/agents/amina/unpause")).json()
    assert on["paused"] is None
    assert on["logged_in"]


async def test_who_is_logged_out_cannot_pause(api: Client) -> None:
    assert not (await api.ask("POST", "/agents/amina/log-out")).json()["logged_in"]
    refused = await api.ask("POST", "/agents/amina/pause")
    assert refused.status_code == 409
    assert refused.json()["detail"] == "Amina Haddad is logged out: log in first."
    assert (await api.ask("POST", "/agents/amina/log-in")).json()["logged_in"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/agents/zoran/pause", None, 404),
        ("/agents/amina/pause", {"reason": "x" * 201}, 422),
        ("/agents/amina/pause", {"reason": "a\x00b"}, 422),
        ("/agents/amina/pause", {"why": "lunch"}, 422),
        ("/agents/amina/dance", None, 404),
    ],
    ids=["an unknown agent", "a long reason", "a NUL", "an unknown field", "an unknown action"],
)
async def test_what_cannot_be_is_a_problem(
    api: Client, path: str, body: dict[str, str] | None, status: int
) -> None:
    answer = await api.ask("POST", path, json=body)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_changed_configuration_is_seen_and_an_unusable_one_is_in_nobodys_way(
    api: Client,
) -> None:
    loaded = load_file(api.config)
    version = NewVersion(loaded.table.version, loaded.document, datetime.now(UTC))
    api.config.write_text(api.config.read_text().replace("Amina Haddad", "Amina Hadad"))
    assert (await api.ask("GET", "/agents/amina")).json()["name"] == "Amina Hadad"
    api.config.write_text("agents: [")
    answer = await api.ask("GET", "/agents")
    assert answer.status_code == 503
    assert "company.yaml" in answer.json()["detail"]
    async with transaction(api.engine) as connection:
        await note_version(connection, version)
    api.config.write_text("agents: {")
    assert (await api.ask("GET", "/agents/amina")).json()["name"] == "Amina Haddad"


async def session(api: Client, role: Role, agent: str | None = None) -> dict[str, str]:
    """The headers of somebody who has signed in, as his browser sends them."""
    now = datetime.now(UTC)
    async with transaction(api.engine) as connection:
        user = await create_user(connection, f"{role}-{agent}", role, now, agent=agent)
        cookie = await begin_session(connection, user, now, "127.0.0.1", "a test")
    return {
        "Authorization": "",
        "Cookie": f"{SESSION_COOKIE}={cookie}",
        "X-CSRF-Token": csrf_token(cookie),
    }


async def test_an_agent_changes_his_own_state_and_nobody_elses(api: Client) -> None:
    amina = await session(api, Role.AGENT, "amina")
    lunch = await api.ask("POST", "/agents/amina/pause", json={"reason": "lunch"}, headers=amina)
    assert (lunch.status_code, lunch.json()["changed_by"]) == (200, "agent-amina")
    for action in ("log-out", "log-in", "unpause"):
        assert (await api.ask("POST", f"/agents/amina/{action}", headers=amina)).status_code == 200
        refused = await api.ask("POST", f"/agents/bojan/{action}", headers=amina)
        assert refused.status_code == 403
    nobody = await session(api, Role.AGENT)
    assert (await api.ask("POST", "/agents/amina/pause", headers=nobody)).status_code == 403
    viewer = await session(api, Role.VIEWER, "amina")
    assert (await api.ask("POST", "/agents/amina/pause", headers=viewer)).status_code == 403
    boss = await session(api, Role.SUPERVISOR)
    assert (await api.ask("POST", "/agents/bojan/pause", headers=boss)).status_code == 200


async def test_what_is_done_to_agents_is_in_the_audit_log_once(api: Client) -> None:
    for _ in range(2):
        await api.ask("POST", "/agents/amina/pause", json={"reason": "lunch"})
    await api.ask("POST", "/agents/amina/log-out")
    async with transaction(api.engine) as connection:
        found = await connection.execute(
            text("SELECT who, action, subject, details FROM audit_log ORDER BY id")
        )
        deeds = [tuple(row) for row in found if row.action.startswith("agent.")]
    assert deeds == [
        ("API: everything", "agent.pause", "amina", {"reason": "lunch"}),
        ("API: everything", "agent.log_out", "amina", {}),
    ]
