"""The board over a real database and a real connection: soon, and with few questions."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from pydantic import SecretStr
from sqlalchemy import event as sa_event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.access import SESSION_COOKIE
from callrouter.console.api import live as live_api
from callrouter.console.app import create_app
from callrouter.console.live import hub as hubs
from callrouter.console.live.patch import patched
from callrouter.db.agent_states import change_status
from callrouter.db.api_tokens import Scope, create_token
from callrouter.db.config_versions import NewVersion, note_version
from callrouter.db.engine import DatabaseUnavailable, make_engine, transaction
from callrouter.db.presence import (
    AsteriskStatus,
    RouterStatus,
    notify,
    tell_presence,
    tell_status,
)
from callrouter.db.schema import upgrade
from callrouter.db.users import Role
from callrouter.facts import Fact
from callrouter.local.postgres import PostgresServer
from callrouter.routing.presence import PhoneUse, Presence
from callrouter.routing.status import StatusChange
from callrouter.settings import Settings
from tests.browser.served import ServedConsole, served
from tests.conftest import run_now
from tests.console.conftest import COMPANY
from tests.db.sample_calls import answered, call_id
from tests.db.stored import store

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PATIENCE = 20.0
ASTERISK = AsteriskStatus(url="http://one", entity_id="a1", connected=True)


def now() -> datetime:
    return datetime.now(UTC)


class Watched:
    """One who follows the board: what he was told, put together."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.board: dict[str, Any] = {}
        self.names: list[str] = []
        self.told: dict[str, Any] = {}
        self.last_id = ""

    async def next(self) -> str:
        fields: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                if "event" in fields:
                    break
                continue
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            return "end"
        name, content = fields["event"], json.loads(fields["data"])
        self.last_id = fields.get("id", self.last_id)
        self.names.append(name)
        self.told[name] = content
        if name == "snapshot":
            self.board = content
        elif name == "board":
            self.board = patched(self.board, content)
        return name

    async def until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not (self.board and true(self.board)):
                assert await self.next() != "end"
        return self.board

    async def until_told(self, name: str) -> Any:
        async with asyncio.timeout(PATIENCE):
            while await self.next() != name:
                pass
        return self.told[name]


class Here:
    def __init__(self, console: ServedConsole, engine: AsyncEngine) -> None:
        self.console = console
        self.engine = engine
        self.http = httpx.AsyncClient(base_url=f"{console.url}/api/v1", timeout=PATIENCE)

    async def token(self, name: str = "wallboard") -> dict[str, str]:
        async with transaction(self.engine) as connection:
            secret = await create_token(connection, name, [Scope.READ], "tests", now(), None)
        return {"Authorization": f"Bearer {secret}"}

    async def cookie(self, role: Role, agent: str | None = None) -> dict[str, str]:
        return {"Cookie": f"{SESSION_COOKIE}={await self.console.session(role, agent=agent)}"}

    @asynccontextmanager
    async def follow(self, headers: dict[str, str], query: str = "") -> AsyncIterator[Watched]:
        async with self.http.stream("GET", f"/events{query}", headers=headers) as answer:
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield Watched(answer.aiter_lines())

    async def health(self, headers: dict[str, str], true: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = (await self.http.get("/health", headers=headers)).json()
                if true(found):
                    return found
                await asyncio.sleep(0.1)

    async def tell(self, agents: dict[str, Presence], *, calls: bool = False) -> None:
        """As a router does."""
        async with transaction(self.engine) as connection:
            status = RouterStatus(callrouter="1", asterisk=(ASTERISK,))
            await tell_status(connection, "one", UUID(int=1), now(), status)
            await tell_presence(connection, "one", agents, now())
            names = ["router_status", "agent_presence", *(["calls"] if calls else [])]
            await notify(connection, names)


@asynccontextmanager
async def serving(url: str, folder: Path, engine: AsyncEngine) -> AsyncIterator[Here]:
    config = folder / "company.yaml"
    config.write_text(COMPANY)
    with served(Settings(config=config, database_url=SecretStr(url))) as console:
        here = Here(console, engine)
        yield here
        await here.http.aclose()


@pytest.fixture
async def here(
    engine: AsyncEngine, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Here]:
    url = postgres_server.url(str(engine.url.database))
    async with serving(url, tmp_path, engine) as here:
        yield here


def facts_now(count: int) -> list[Fact]:
    """The first of a call that is answered, as if it had come just now."""
    facts = answered()
    shift = now() - facts[0].at
    return [msgspec.structs.replace(fact, at=fact.at + shift) for fact in facts[:count]]


async def test_a_call_comes_rings_and_goes(here: Here) -> None:
    async with here.follow(await here.token()) as watched:
        board = await watched.until(lambda board: True)
        assert watched.names == ["snapshot"]
        assert board["totals"]["now"] == {"waiting": 0, "ringing": 0, "talking": 0}
        assert [each["kind"] for each in board["incidents"]] == ["no_router"]
        call = str(call_id(1))
        await store(here.engine, call_id(1), facts_now(8))
        await here.tell({"amina": Presence(PhoneUse.FREE)}, calls=True)
        board = await watched.until(lambda board: call in board["calls"])
        assert board["calls"][call]["waiting"]
        assert board["totals"]["now"]["waiting"] == 1
        await here.tell({"bojan": Presence(PhoneUse.RINGING, now(), call_id(1), now())})
        board = await watched.until(lambda board: board["agents"]["bojan"].get("call") == call)
        assert board["agents"]["bojan"]["activity"] == "ringing"
        await store(here.engine, call_id(1), facts_now(99))
        await here.tell({"bojan": Presence(PhoneUse.FREE)}, calls=True)
        board = await watched.until(
            lambda board: not board["calls"] and board["totals"]["today"]["answered"] == 1
        )
        assert "call" not in board["agents"]["bojan"]
        assert board["incidents"] == []
        assert watched.names.count("snapshot") == 1, "after the first, only what has changed"
        assert "calls" in watched.names


async def test_get_board_is_what_followers_have(here: Here) -> None:
    await here.tell({"amina": Presence(PhoneUse.FREE)})
    headers = await here.token()
    async with here.follow(headers) as watched:
        board = await watched.until(lambda board: True)
        asked = (await here.http.get("/board", headers=headers)).json()
        assert asked | {"at": ""} == board | {"at": ""}


async def test_health(here: Here) -> None:
    headers = await here.token()
    assert (await here.http.get("/health", headers=headers)).json()["status"] == "down"
    await here.tell({name: Presence(PhoneUse.FREE) for name in ("amina", "bojan")})
    found = await here.health(headers, lambda found: found["routers"] != {})
    assert found["database"]
    assert found["routers"]["one"]["asterisk"] == [{"url": "http://one", "connected": True}]
    assert found["status"] == "ok"
    async with transaction(here.engine) as connection:
        await connection.execute(
            text("UPDATE router_status SET seen_at = seen_at - interval '1 hour'")
        )
    # Nobody tells of silence: hearts are looked at.
    found = await here.health(headers, lambda found: found["status"] != "ok")
    assert found["status"] == "down"
    assert found["incidents"][0]["kind"] == "router_silent"


async def test_a_pause_an_override_and_a_changed_configuration_are_seen(here: Here) -> None:
    headers = await here.token()
    async with here.follow(headers) as watched:
        await watched.until(lambda board: True)
        async with transaction(here.engine) as connection:
            await change_status(connection, "amina", StatusChange.PAUSE, now(), "boss", "lunch")
        board = await watched.until(lambda board: "paused" in board["agents"]["amina"])
        assert board["agents"]["amina"]["activity"] == "paused"
        async with transaction(here.engine) as connection:
            await connection.execute(
                text("INSERT INTO overrides (id, kind, settings, targets, from_at, author, reason,"
                     " set_at) VALUES (:id, 'closed', '[]', '[]', now(), 'boss', '', now())"),
                {"id": uuid4()},
            )  # fmt: skip
        board = await watched.until(lambda board: bool(board["overrides"]))
        assert not board["settings"]["support"]["duty"]["open"]
        assert board["settings"]["support"]["override"] in board["overrides"]
        config = here.console.settings.config
        assert isinstance(config, Path)
        config.write_text(COMPANY.replace("Amina Haddad", "Amina Hadad"))
        await watched.until(lambda board: board["agents"]["amina"]["name"] == "Amina Hadad")


async def test_wrap_up_ends_by_the_clock_alone(here: Here) -> None:
    async with here.follow(await here.token()) as watched:
        until = now() + timedelta(seconds=1.5)
        await here.tell({"amina": Presence(PhoneUse.FREE, wrap_up_until=until)})
        await watched.until(lambda board: board["agents"]["amina"]["activity"] == "wrap_up")
        await watched.until(lambda board: board["agents"]["amina"]["activity"] == "free")


async def test_who_comes_again_is_told_what_he_missed(here: Here) -> None:
    headers = await here.token()
    async with here.follow(headers) as stays, here.follow(headers) as leaves:
        await stays.until(lambda board: True)
        await leaves.until(lambda board: True)
        last = leaves.last_id
        await here.tell({"amina": Presence(PhoneUse.TALKING)})
        await stays.until(lambda board: board["agents"]["amina"]["activity"] == "other_call")
        async with here.follow(headers | {"Last-Event-ID": last}) as again:
            again.board = leaves.board
            await again.until(lambda board: board["agents"]["amina"]["activity"] == "other_call")
            assert "snapshot" not in again.names
        masked = await here.cookie(Role.VIEWER)
        async with here.follow(masked | {"Last-Event-ID": last}) as other:
            assert await other.next() == "snapshot", "nobody is told what another may see"


async def test_topics_and_what_is_none(here: Here) -> None:
    headers = await here.token()
    async with here.follow(headers, "?topics=calls") as watched:
        assert await watched.until_told("ping")
        await here.tell({}, calls=True)
        assert await watched.until_told("calls") == {"live": 0, "not_talking": 0}
        assert set(watched.names) <= {"ping", "calls"}
    refused = await here.http.get("/events?topics=secrets", headers=headers)
    assert refused.status_code == 422


async def test_a_new_version_of_the_configuration_is_told(here: Here) -> None:
    async with transaction(here.engine) as connection:
        await note_version(connection, NewVersion("v1", "{}", now()))
    async with here.follow(await here.token(), "?topics=configuration") as watched:
        assert await watched.until_told("ping")
        async with transaction(here.engine) as connection:
            await note_version(connection, NewVersion("v2", '{"a": 1}', now()))
        said = await watched.until_told("configuration")
        assert (said["number"], said["version"], said["author"]) == (2, "v2", "file")


async def test_signing_out_and_revoking_end_the_stream(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_api, "ASKED_AGAIN_SECONDS", 0.2)
    person, program = await here.cookie(Role.VIEWER), await here.token()
    async with here.follow(person) as signed_in, here.follow(program) as by_token:
        await signed_in.until(lambda board: True)
        await by_token.until(lambda board: True)
        async with transaction(here.engine) as connection:
            await connection.execute(text("DELETE FROM user_sessions"))
            await connection.execute(text("UPDATE api_tokens SET revoked_at = now()"))
        for watched in (signed_in, by_token):
            assert await watched.until_told("goodbye") == {}
            assert await watched.next() == "end"
    assert (await here.http.get("/events", headers=person)).status_code == 401
    assert (await here.http.get("/events", headers=program)).status_code == 401


async def test_while_nobody_looks_nothing_is_asked_and_then_all_is_new(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "REST_SECONDS", 0.2)
    headers = await here.token()
    await here.tell({"amina": Presence(PhoneUse.FREE)})
    first = (await here.http.get("/board", headers=headers)).json()
    assert first["agents"]["amina"]["activity"] == "free"
    await asyncio.sleep(2.5)
    asked: list[str] = []
    engine: AsyncEngine = here.console.app.state.engine

    def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    sa_event.listen(engine.sync_engine, "before_cursor_execute", count)
    await here.tell({"amina": Presence(PhoneUse.TALKING)}, calls=True)
    await asyncio.sleep(2.5)
    sa_event.remove(engine.sync_engine, "before_cursor_execute", count)
    assert asked == []
    again = (await here.http.get("/board", headers=headers)).json()
    assert again["agents"]["amina"]["activity"] == "other_call"
    async with here.follow(headers) as watched:
        await watched.until(lambda board: board["agents"]["amina"]["activity"] == "other_call")


async def test_many_who_look_on_ask_no_more_than_one(here: Here) -> None:
    asked: list[str] = []
    headers = await here.token()
    async with here.follow(headers) as first:
        await first.until(lambda board: True)
        engine: AsyncEngine = here.console.app.state.engine

        def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        streams = [here.follow(headers) for _ in range(20)]
        followers = [await stream.__aenter__() for stream in streams]
        for each in followers:
            await each.until(lambda board: True)
        sa_event.listen(engine.sync_engine, "before_cursor_execute", count)
        for number in range(20):
            phone = PhoneUse.FREE if number % 2 else PhoneUse.TALKING
            await here.tell({"amina": Presence(phone)}, calls=True)
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        sa_event.remove(engine.sync_engine, "before_cursor_execute", count)
        for stream in streams:
            await stream.__aexit__(None, None, None)
    # Some ten readings of a few questions each, however many look on.
    assert 0 < len(asked) < 120


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that only this test uses, for it is stopped in the middle."""
    with tempfile.TemporaryDirectory(prefix="callrouter-test-") as folder:
        Path(folder).chmod(0o711)  # root's server runs as nobody
        server = PostgresServer(Path(folder), durable=False)
        run_now(server.start())
        try:
            yield server
        finally:
            run_now(server.stop())


async def test_postgresql_away_is_said_and_made_good(
    own_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_api, "ASKED_AGAIN_SECONDS", 0.2)
    engine = make_engine(own_server.url())
    await upgrade(engine)
    async with serving(own_server.url(), tmp_path, engine) as here:
        headers = await here.token()
        await here.tell({"amina": Presence(PhoneUse.FREE)})
        async with here.follow(headers) as watched:
            await watched.until(lambda board: board["database"])
            await own_server.stop()
            board = await watched.until(lambda board: not board["database"])
            assert board["incidents"][0]["kind"] == "database_away"
            assert board["agents"], "what was known is shown"
            assert not (await watched.until_told("ping"))["fresh"]
            await own_server.start()
            await engine.dispose()  # the test's own connections died with the server
            await watched.until(lambda board: board["database"])
            await here.tell({"amina": Presence(PhoneUse.TALKING)})
            await watched.until(lambda board: board["agents"]["amina"]["activity"] == "other_call")
    await engine.dispose()


async def test_nobody_waits_for_ever_where_there_never_was_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "FIRST_SECONDS", 0.5)
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)
    url = "postgresql://nobody@127.0.0.1:9/none"
    app = create_app(Settings(config=config, database_url=SecretStr(url)))
    async with app.router.lifespan_context(app):
        with pytest.raises(DatabaseUnavailable):
            await app.state.hub.known()
