"""A console that listens on loopback, over a database of its own, for a browser to open."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy import update

from callrouter.console.access import RateLimit
from callrouter.console.app import create_app
from callrouter.db.engine import make_engine, transaction
from callrouter.db.models_people import User
from callrouter.db.users import Role, begin_session, create_user, user_named
from callrouter.settings import Settings

_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class ServedConsole:
    """`url` has no slash at its end."""

    url: str
    app: FastAPI
    settings: Settings

    @property
    def database_url(self) -> str:
        return self.settings.database_url.get_secret_value()

    async def session(
        self, role: Role, *, name: str | None = None, agent: str | None = None, **chosen: Any
    ) -> str:
        """The cookie of somebody with this role who has signed in; `chosen`: language, theme, …

        Asked again for the same name, it is the same person with another session.
        """
        engine = make_engine(self.database_url)
        now = datetime.now(UTC)
        name = name or f"{role.value}"
        try:
            async with transaction(engine) as connection:
                user = await user_named(connection, name)
                id_ = (
                    await create_user(
                        connection, name, role, now, full_name=name.title(), agent=agent
                    )
                    if user is None
                    else user.id
                )
                if chosen:
                    await connection.execute(update(User).where(User.id == id_).values(**chosen))
                return await begin_session(connection, id_, now, "127.0.0.1", "a test")
        finally:
            await engine.dispose()


@contextmanager
def served(settings: Settings) -> Iterator[ServedConsole]:
    """The console in a thread of this process, on a free port, with nobody counting requests."""
    app = create_app(settings, rate_limit=RateLimit(burst=1_000_000))
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, server_header=False, lifespan="on", timeout_graceful_shutdown=1
        )
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listening],), name="console")
        thread.start()
        try:
            ends = time.monotonic() + _START_SECONDS
            while not server.started:
                assert thread.is_alive(), "the console ended while it started"
                assert time.monotonic() < ends, "the console does not start"
                time.sleep(0.01)
            yield ServedConsole(f"http://127.0.0.1:{port}", app, settings)
        finally:
            server.should_exit = True
            thread.join(_START_SECONDS)
            assert not thread.is_alive(), "the console does not end"
