"""A server to talk to, and a client in a hurry."""

import pytest

from callrouter.ari import client, event_socket


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "BACKOFF_FIRST_SECONDS", 0.02)
    monkeypatch.setattr(client, "BACKOFF_MOST_SECONDS", 0.1)
    monkeypatch.setattr(client, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(event_socket, "GOODBYE_SECONDS", 0.1)
