"""Whoever may not know who called finds callers' numbers and names nowhere: every page is asked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.users import Role
from callrouter.local.postgres import PostgresServer
from tests.console.conftest import COMPANY
from tests.console.people import Console, running
from tests.db.sample_calls import abandoned, answered, call_id, greeted, rejected
from tests.db.stored import store

pytestmark = pytest.mark.postgres

SECRETS = ("1234567", "381641", "Jelena", "Petrovi")
CALL = str(call_id(1))


@pytest.fixture
async def console(
    engine: AsyncEngine, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Console]:
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)
    for number, kind in enumerate((answered, greeted, abandoned, rejected), 1):
        await store(engine, call_id(number), kind())
    url = postgres_server.url(str(engine.url.database))
    async with running(engine, url, config=config) as console:
        yield console


def addresses(console: Console) -> list[str]:
    """Every address that is asked with GET, with a call in its place; streams and files apart."""
    routes = [each for each in every_route(console.app.routes) if "GET" in (each.methods or ())]
    return sorted({each.path for each in routes if not each.path.endswith("/events")})


def every_route(routes: object) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in routes:  # type: ignore[attr-defined]
        if isinstance(route, APIRoute):
            found.append(route)
        inner = getattr(route, "routes", None) or getattr(
            getattr(route, "original_router", None), "routes", None
        )
        if inner:
            found += every_route(inner)
    return found


def filled(path: str) -> str:
    for name in ("call_id", "id"):
        path = path.replace("{" + name + "}", CALL)
    return path.partition("{")[0] + ("x" if "{" in path else "")


async def test_nothing_that_is_asked_for_tells_who_called(console: Console) -> None:
    viewer = await console.signed_in("vera", Role.VIEWER)
    paths = [filled(path) for path in addresses(console)]
    assert len(paths) > 30, paths
    assert any(CALL in path for path in paths), "a call is among them"
    seen = 0
    year = f"since=2020-01-01T00:00:00Z&until={datetime.now(UTC):%Y-%m-%d}T00:00:00Z"
    for path in paths:
        for query in ("", f"?{year}", "?period=all"):
            answer = await viewer.get(path + query)
            told = [secret for secret in SECRETS if secret in answer.text]
            assert not told, f"{path}{query} tells {told}"
            seen += answer.status_code == 200 and "•••" in answer.text
    assert seen >= 3, "calls were shown, masked"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("from=%2B381641234567", "from=%2B381640000000"),
        ("text=Jelena", "text=Nobody"),
        ("text=1234567", "text=7654321"),
    ],
)
async def test_nobody_finds_out_by_searching(console: Console, right: str, wrong: str) -> None:
    viewer = await console.signed_in("vera", Role.VIEWER)
    ana = await console.signed_in("ana", Role.REVIEWER)
    for path in ("/calls", "/calls/totals"):
        answers = [await viewer.api("GET", f"{path}?{query}") for query in (right, wrong)]
        shown = [(each.status_code, each.text) for each in answers]
        assert (
            shown[0] == shown[1]
            or {each.status_code for each in answers} == {403, 422}
            or (answers[0].status_code == answers[1].status_code != 200)
        ), f"{path} tells whether {right} called"
    found = (await ana.api("GET", f"/calls?{right}")).text
    assert CALL in found, "who may see numbers finds it"


async def test_exports_are_not_for_who_may_not_export(console: Console) -> None:
    viewer = await console.signed_in("vera", Role.VIEWER)
    for format_ in ("csv", "json", "xlsx"):
        answer = await viewer.api("GET", f"/calls/export?format={format_}")
        assert answer.status_code == 403


async def test_an_agent_sees_his_own_calls_only(console: Console) -> None:
    bojan = await console.signed_in("bojan", Role.AGENT, "bojan")
    nobody = await console.signed_in("zora", Role.AGENT, "zora")
    assert (await bojan.api("GET", f"/calls/{CALL}")).status_code == 200
    for path in (f"/calls/{CALL}", f"/calls/{CALL}/why", f"/calls/{CALL}/timeline"):
        assert (await nobody.api("GET", path)).status_code == 404
    assert (await nobody.get(f"/calls/{CALL}")).status_code == 404
    assert CALL not in (await nobody.api("GET", "/calls")).text
    assert CALL not in (await nobody.get("/calls")).text
