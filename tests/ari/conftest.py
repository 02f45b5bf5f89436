"""A server to talk to, and a client in a hurry."""

from collections.abc import AsyncIterator

import pytest

from callrouter.ari import client
from tests.ari.server import AriServer


@pytest.fixture
async def server() -> AsyncIterator[AriServer]:
    server = AriServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACKOFF_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(client, "BACKOFF_MOST_SECONDS", 0.1)
    monkeypatch.setattr(client, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(client, "GOODBYE_SECONDS", 0.1)
