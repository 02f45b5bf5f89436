"""People before the console: a browser with cookies, and accounts that are made quickly."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from json import dumps
from typing import Any
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.access import SESSION_COOKIE, RateLimit, csrf_token
from callrouter.console.app import create_app
from callrouter.console.console_settings import ConsoleSettings
from callrouter.console.people.passwords import Passwords
from callrouter.console.people.signing_in import SignIn
from callrouter.db.engine import transaction
from callrouter.db.users import Role, begin_session, create_user
from callrouter.settings import Settings

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes in no time: what is tested is not the effort."""

PASSWORD = "seven green tables"


class Console:
    """The application over a real database; `browser()` is somebody else each time."""

    def __init__(self, app: FastAPI, engine: AsyncEngine) -> None:
        self.app = app
        self.engine = engine
        self.users: dict[str, UUID] = {}

    def browser(self, address: str = "192.0.2.1", **headers: str) -> "Browser":
        transport = httpx.ASGITransport(app=self.app, client=(address, 4711))
        return Browser(
            transport=transport,
            base_url="http://console.test",
            headers={"Accept": "text/html", **headers},
        )

    async def person(
        self,
        name: str,
        role: Role = Role.VIEWER,
        agent: str | None = None,
        password: str = PASSWORD,
    ) -> UUID:
        now = datetime.now(UTC)
        async with transaction(self.engine) as connection:
            self.users[name] = await create_user(
                connection,
                name,
                role,
                now,
                agent=agent,
                password_hash=QUICK.hash(password) if password else None,
            )
        return self.users[name]

    async def signed_in(
        self, name: str, role: Role = Role.VIEWER, agent: str | None = None
    ) -> "Browser":
        """A browser of a (new) person's, with a session."""
        user = self.users.get(name) or await self.person(name, role, agent)
        browser = self.browser()
        async with transaction(self.engine) as connection:
            secret = await begin_session(connection, user, datetime.now(UTC), "192.0.2.9", "Tests")
        browser.plant(secret)
        return browser

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with transaction(self.engine) as connection:
            return list(await connection.execute(text(sql), values))

    async def deeds(self) -> list[tuple[str, str, str]]:
        """Who did what to whom, in order."""
        rows = await self.rows("SELECT who, action, subject FROM audit_log ORDER BY id")
        return [tuple(row) for row in rows]

    async def details(self, action: str) -> Any:
        """Of the newest deed of this kind."""
        rows = await self.rows(
            "SELECT details FROM audit_log WHERE action = :action ORDER BY id DESC", action=action
        )
        return rows[0][0]


class Browser(httpx.AsyncClient):
    """Cookies, forms with their hidden fields, and the API as scripts of a page ask it."""

    @property
    def session(self) -> str:
        return self.cookies.get(SESSION_COOKIE, "") or ""

    def plant(self, secret: str) -> None:
        """A session's cookie from elsewhere."""
        self.cookies.set(SESSION_COOKIE, secret, domain="console.test")

    async def form(self, path: str, **fields: str) -> httpx.Response:
        """Post a form of a page of this session."""
        return await self.post(path, data={"csrf": csrf_token(self.session), **fields})

    async def api(self, method: str, path: str, json: Any = None) -> httpx.Response:
        headers = {"X-CSRF-Token": csrf_token(self.session), "Accept": "application/json"}
        if json is None:
            return await self.request(method, f"/api/v1{path}", headers=headers)
        headers["Content-Type"] = "application/json"
        content = dumps(json)  # in ASCII, so that it may hold half a surrogate pair
        return await self.request(method, f"/api/v1{path}", content=content, headers=headers)

    async def sign_in(
        self, name: str, password: str = PASSWORD, next_: str = "/"
    ) -> httpx.Response:
        fields = {"name": name, "password": password, "next": next_}
        return await self.post("/sign-in", data=fields)


@asynccontextmanager
async def running(
    engine: AsyncEngine, url: str, own: ConsoleSettings | None = None, **settings: Any
) -> AsyncIterator[Console]:
    app = create_app(
        Settings(**{"config": "database", **settings}, database_url=SecretStr(url)),
        rate_limit=RateLimit(burst=10_000),
        own=own or ConsoleSettings(),
    )
    app.state.sign_in = SignIn(Passwords(QUICK), RateLimit(60, 1000))
    async with app.router.lifespan_context(app):
        yield Console(app, engine)


def code_in(text_: str) -> str:
    """The code of the first one-time link in a text."""
    found = re.search(r"code=([\w-]+)", text_)
    assert found, text_
    return found[1]
