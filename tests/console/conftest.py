"""The API over a real database, asked as a program would ask it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.access import SESSION_COOKIE, RateLimit, csrf_token
from callrouter.console.app import create_app
from callrouter.console.stored import StoredConfigurations
from callrouter.console.workbench import start_of
from callrouter.db.api_tokens import Scope, create_token
from callrouter.db.engine import transaction
from callrouter.db.users import Role, begin_session, create_user
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.console.inline_workbench import InlineWorkbench

COMPANY = """
timezone: Europe/Belgrade
agents:
  amina: {name: Amina Haddad, extension: "1001"}
  bojan: {name: Bojan Ilić, extension: "1002"}
agent_groups:
  sales: {members: [amina, bojan]}
  night: {members: [bojan]}
incoming_call_settings:
  head-office:
    numbers: ["700"]
    agent_unavailable_message: Nobody is here.
    call_handling_schedule:
      - {day_of_week: Monday, from_time: "09:00", to_time: "17:00", agent_group: sales}
  support:
    numbers: ["701"]
    agent_unavailable_message: Nobody is here.
    call_handling_schedule:
      - {day_of_week: Monday, from_time: "09:00", to_time: "17:00", agent_group: night}
"""


class Client:
    """The API, with a token of all scopes unless a request brings its own headers."""

    def __init__(
        self, app: FastAPI, http: httpx.AsyncClient, engine: AsyncEngine, config: Path
    ) -> None:
        self.app = app
        self.http = http
        self.engine = engine
        self.config = config
        self.secret = ""

    async def token(self, *scopes: Scope, name: str = "tests", days: float | None = None) -> str:
        now = datetime.now(UTC)
        ends = None if days is None else now + timedelta(days=days)
        async with transaction(self.engine) as connection:
            return await create_token(connection, name, scopes, "tests", now, ends)

    async def sign_in(self, role: str, *, name: str = "", agent: str | None = None) -> str:
        """As a new person of this role from now on; returns what changes are sent with."""
        now = datetime.now(UTC)
        async with transaction(self.engine) as connection:
            user = await create_user(connection, name or role, Role(role), now, agent=agent)
            cookie = await begin_session(connection, user, now, "127.0.0.1", "tests")
        self.http.cookies.set(SESSION_COOKIE, cookie)
        return csrf_token(cookie)

    async def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """A page or file, as the browser of the person who signed in."""
        return await self.http.get(path, headers=headers)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: str | bytes | None = None,
        secret: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.secret if secret is None else secret}"}
        return await self.http.request(
            method, f"/api/v1{path}", headers=sent | (headers or {}), json=json, content=content
        )


def console_app(settings: Settings, spoken: Path) -> FastAPI:
    """The console, its workbench in this process."""
    app = create_app(settings, rate_limit=RateLimit(burst=1000))
    workbench = InlineWorkbench(start_of(settings), spoken)
    app.state.workbench = workbench
    app.state.stored = StoredConfigurations(settings, workbench)
    return app


@pytest.fixture
async def api(
    engine: AsyncEngine, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Client]:
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)
    url = postgres_server.url(str(engine.url.database))
    settings = Settings(config=config, database_url=SecretStr(url))
    app = console_app(settings, tmp_path / "spoken")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            client = Client(app, http, engine, config)
            client.secret = await client.token(*Scope, name="everything")
            yield client


@pytest.fixture
async def stored_api(
    engine: AsyncEngine, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Client]:
    """The API over a configuration that is in the database; nothing is in it yet."""
    url = postgres_server.url(str(engine.url.database))
    settings = Settings(
        config="database",
        sounds_dir=tmp_path / "sounds",
        prompts_dir=tmp_path / "prompts",
        database_url=SecretStr(url),
    )
    (tmp_path / "sounds").mkdir()
    app = console_app(settings, tmp_path / "spoken")
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            client = Client(app, http, engine, tmp_path)
            client.secret = await client.token(*Scope, name="everything")
            yield client
