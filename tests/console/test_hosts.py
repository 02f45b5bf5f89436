"""By which names the console answers, and whose word it takes for where a request comes from."""

import argparse
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.cli import main
from callrouter.commands import console as command
from callrouter.console.app import create_app
from callrouter.console.console_settings import ConsoleSettings
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.console.people import running

AWAY = SecretStr("postgresql://callrouter@127.0.0.1:1/none")


def application(own: ConsoleSettings, *, only_own_names: bool = True) -> FastAPI:
    app = create_app(Settings(database_url=AWAY), own=own, only_own_names=only_own_names)

    @app.get("/seen")
    async def seen(request: Request) -> dict[str, Any]:
        client = request.client.host if request.client else None
        return {"client": client, "scheme": request.url.scheme}

    return app


async def ask(
    app: FastAPI, host: str, *, peer: str = "127.0.0.1", **headers: str
) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        sent = {"Host": host, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return await client.get("/seen", headers=sent)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8090", 200),
        ("localhost:8090", 200),
        ("LOCALHOST", 200),
        ("[::1]:8090", 200),
        ("192.0.2.7", 200),
        ("console.localhost", 200),
        ("calls.example.com", 200),
        ("Calls.Example.Com:8090", 200),
        ("phones.lan", 200),
        ("evil.example", 421),
        ("evil.example:8090", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("[", 421),
        ("user@evil.example", 421),
    ],
)
async def test_only_own_names_and_addresses_are_answered(host: str, status: int) -> None:
    own = ConsoleSettings(console_url="https://calls.example.com", console_hosts="phones.lan")
    answer = await ask(application(own), host)
    assert answer.status_code == status
    if status == 421:
        assert "CALLROUTER_CONSOLE_HOSTS" in answer.text


async def test_a_program_with_a_token_may_use_any_name() -> None:
    app = application(ConsoleSettings())
    assert (await ask(app, "evil.example", Authorization="Bearer crt_x")).status_code == 200
    assert (await ask(app, "evil.example", Authorization="Basic x")).status_code == 421


async def test_elsewhere_than_on_loopback_names_are_asked_where_they_are_told() -> None:
    assert (await ask(application(ConsoleSettings(), only_own_names=False), "any")).is_success
    told = ConsoleSettings(console_hosts="phones.lan")
    app = application(told, only_own_names=False)
    assert (await ask(app, "any")).status_code == 421
    assert (await ask(app, "phones.lan")).status_code == 200


FORWARDED = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "peer", "client", "scheme"),
    [
        ("", "127.0.0.1", "127.0.0.1", "http"),
        ("10.0.0.0/8", "127.0.0.1", "127.0.0.1", "http"),
        ("10.0.0.0/8, 127.0.0.1", "127.0.0.1", "203.0.113.9", "https"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.9", "https"),
    ],
)
async def test_only_a_trusted_proxy_is_believed(
    trusted: str, peer: str, client: str, scheme: str
) -> None:
    own = ConsoleSettings(console_trusted_proxies=trusted)
    seen = (await ask(application(own), "127.0.0.1", peer=peer, **FORWARDED)).json()
    assert seen == {"client": client, "scheme": scheme}


async def test_who_invents_proxies_before_his_own_is_seen_through() -> None:
    app = application(ConsoleSettings(console_trusted_proxies="10.0.0.1"))
    forged = {"X_Forwarded_For": "198.51.100.1, 203.0.113.9"}
    seen = (await ask(app, "127.0.0.1", peer="10.0.0.1", **forged)).json()
    assert seen["client"] == "203.0.113.9", "the last address is the proxy's own word"


@pytest.mark.postgres
async def test_behind_a_trusted_proxy_with_tls_cookies_are_secure(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    url = postgres_server.url(str(engine.url.database))
    own = ConsoleSettings(console_trusted_proxies="192.0.2.1", console_url="https://console.test")
    async with running(engine, url, own) as console:
        await console.person("ana")
        browser = console.browser(**{"X-Forwarded-Proto": "https", "X-Forwarded-For": "8.8.8.8"})
        answer = await browser.sign_in("ana")
        assert all("; Secure" in each for each in answer.headers.get_list("set-cookie"))
        assert (await console.rows("SELECT address FROM audit_log"))[0][0] == "8.8.8.8"


def test_the_command_listens_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, Any]] = []

    def create(settings: Settings, **told: Any) -> str:
        seen.append(told)
        return "app"

    monkeypatch.setattr("callrouter.console.app.create_app", create)
    monkeypatch.setattr("uvicorn.run", lambda app, **told: seen.append(told))
    for host in ("127.0.0.1", "::1", "0.0.0.0", "192.0.2.7"):  # noqa: S104 - it only listens there
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        assert command.run(parser.parse_args(["--host", host, "--port", "8111"])) == 0
    assert [(told["address"], told["only_own_names"]) for told in seen[::2]] == [
        ("http://127.0.0.1:8111", True),
        ("http://[::1]:8111", True),
        ("http://127.0.0.1:8111", False),
        ("http://192.0.2.7:8111", False),
    ]
    assert all(told["proxy_headers"] is False for told in seen[1::2])


def test_a_bad_environment_is_said_before_anything_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALLROUTER_CONSOLE_TRUSTED_PROXIES", "nonsense")

    assert main(["console"]) == 2
    assert "CALLROUTER_CONSOLE_TRUSTED_PROXIES" in capsys.readouterr().err
