"""Versions through the API, and single objects."""

from typing import Any

import pytest
from sqlalchemy import text

from callrouter.console.api import answers, objects
from callrouter.db.engine import transaction
from tests.console.conftest import Client
from tests.console.test_configuration import office, saved, shown

pytestmark = pytest.mark.postgres


async def two_versions(api: Client) -> None:
    await saved(api, office(), "first")
    document = office()
    document["incoming_call_settings"]["head-office"]["ring_seconds"] = 30
    await saved(api, document, "second")


async def test_versions_are_listed_read_and_compared(stored_api: Client) -> None:
    await two_versions(stored_api)
    page = (await stored_api.ask("GET", "/configuration/versions?limit=1")).json()
    assert [(each["number"], each["note"]) for each in page["versions"]] == [(2, "second")]
    rest = (await stored_api.ask("GET", f"/configuration/versions?cursor={page['next']}")).json()
    assert [(each["number"], each["note"]) for each in rest["versions"]] == [(1, "first")]
    assert rest["next"] is None
    first = (await stored_api.ask("GET", "/configuration/versions/1")).json()
    answers.WholeVersionOut.model_validate(first)
    assert first["document"] == office()
    assert "days: Monday-Friday" in first["yaml"]
    changes = (await stored_api.ask("GET", "/configuration/versions/2/diff")).json()
    path = "incoming_call_settings.head-office.ring_seconds"
    assert changes == {
        "number": 2,
        "against": 1,
        "changes": [{"path": path, "before": None, "after": "30"}],
    }
    back = (await stored_api.ask("GET", "/configuration/versions/1/diff?against=now")).json()
    assert back["changes"] == [{"path": path, "before": "30", "after": None}]
    assert (await stored_api.ask("GET", "/configuration/versions/9")).status_code == 404
    assert (await stored_api.ask("GET", "/configuration/versions/0")).status_code == 422
    wrong = await stored_api.ask("GET", "/configuration/versions?cursor=x")
    assert wrong.status_code == 422


async def test_a_version_is_put_back(stored_api: Client) -> None:
    await two_versions(stored_api)
    mark = (await shown(stored_api))["mark"]
    path = "/configuration/versions/1/roll-back"
    assert (await stored_api.ask("POST", path)).status_code == 428
    old = await stored_api.ask("POST", path, headers={"If-Match": '"0123"'})
    assert old.status_code == 412
    done = await stored_api.ask(
        "POST", path, headers={"If-Match": f'"{mark}"'}, json={"note": "too long"}
    )
    assert done.status_code == 200, done.text
    assert done.json()["number"] == 3
    assert (await shown(stored_api))["document"] == office()
    newest = (await stored_api.ask("GET", "/configuration/versions")).json()["versions"][0]
    assert (newest["kind"], newest["note"], newest["author"]) == (
        *("rollback", "too long", "API: everything"),
    )
    async with transaction(stored_api.engine) as connection:
        rows = await connection.execute(text("SELECT action FROM audit_log ORDER BY id"))
        assert [each.action for each in rows][-1] == "configuration.roll_back"


async def put(api: Client, path: str, value: Any, **headers: str) -> Any:
    return await api.ask("PUT", f"/configuration/{path}", json=value, headers=headers)


async def test_one_object_is_read_changed_and_renamed(stored_api: Client) -> None:
    await saved(stored_api, office())
    agents = (await stored_api.ask("GET", "/configuration/agents")).json()["objects"]
    assert [each["name"] for each in agents] == ["amina", "bojan"]
    answer = await stored_api.ask("GET", "/configuration/agents/amina")
    objects.ObjectOut.model_validate(answer.json())
    tag = answer.headers["etag"]
    changed = await put(
        stored_api,
        "agents/amina?rename=amina-h&note=married",
        answer.json()["value"] | {"name": "Amina Ilić"},
        **{"If-Match": tag},
    )
    assert changed.status_code == 200, changed.text
    objects.ObjectSavedOut.model_validate(changed.json())
    assert changed.json()["object"]["value"]["name"] == "Amina Ilić"
    document = (await shown(stored_api))["document"]
    assert document["agent_groups"]["sales"]["members"] == ["amina-h", "bojan"]
    assert list(document["agents"]) == ["amina-h", "bojan"]
    gone = await put(stored_api, "agents/amina", {"extension": "1"}, **{"If-Match": tag})
    assert gone.status_code == 404
    stale = await put(stored_api, "agents/amina-h", {"extension": "1"}, **{"If-Match": tag})
    assert stale.status_code == 412


async def test_another_object_saved_meanwhile_is_in_nobodys_way(stored_api: Client) -> None:
    await saved(stored_api, office())
    bojan = await stored_api.ask("GET", "/configuration/agents/bojan")
    document = office()
    document["agents"]["amina"]["extension"] = "1009"
    await saved(stored_api, document)
    value = bojan.json()["value"] | {"extension": "1008"}
    answer = await put(stored_api, "agents/bojan", value, **{"If-Match": bojan.headers["etag"]})
    assert answer.status_code == 200, answer.text
    agents = (await shown(stored_api))["document"]["agents"]
    assert (agents["amina"]["extension"], agents["bojan"]["extension"]) == ("1009", "1008")


async def test_an_object_is_added_and_removed(stored_api: Client) -> None:
    await saved(stored_api, office())
    new = {"If-None-Match": "*"}
    added = await put(stored_api, "agents/carla", {"extension": "1003"}, **new)
    assert added.status_code == 200, added.text
    assert (await put(stored_api, "agents/carla", {}, **new)).status_code == 412
    assert (await put(stored_api, "agents/dora", {"extension": "1001"}, **new)).status_code == 422
    assert (await put(stored_api, "agents/dora", {"extension": "1009"})).status_code == 428
    everybody = {"If-Match": "*"}
    used = await stored_api.ask("DELETE", "/configuration/agents/amina", headers=everybody)
    assert used.status_code == 422
    assert used.json()["problems"][0]["path"] == ["agent_groups", "sales", "members", 0]
    gone = await stored_api.ask("DELETE", "/configuration/agents/carla", headers=everybody)
    assert gone.status_code == 200, gone.text
    assert gone.json()["object"] is None
    assert (await stored_api.ask("GET", "/configuration/agents/carla")).status_code == 404
    assert (await stored_api.ask("GET", "/configuration/trunks/x")).status_code == 422
