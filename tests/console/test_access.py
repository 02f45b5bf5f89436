"""Who may ask the API for what, and how it says no."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from callrouter.console.access import SESSION_COOKIE, KnownSecrets, RateLimit
from callrouter.console.app import create_app
from callrouter.db.api_tokens import Scope, Token, revoke_token
from callrouter.db.engine import transaction
from callrouter.settings import Settings
from tests.console.conftest import Client


@pytest.mark.postgres
@pytest.mark.parametrize("secret", ["", "crt_wrong", "no-token-at-all", "crt_" + "x" * 5000])
async def test_without_a_valid_token_nothing_is_told(api: Client, secret: str) -> None:
    answer = await api.ask("GET", "/agents", secret=secret)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "callrouter token create" in answer.json()["detail"]


@pytest.mark.postgres
async def test_a_token_may_do_only_what_its_scopes_say(api: Client) -> None:
    reader = await api.token(Scope.READ, name="reader")
    assert (await api.ask("GET", "/agents", secret=reader)).status_code == 200
    refused = await api.ask("POST", "/agents/amina/pause", secret=reader)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "The token 'reader' lacks the scope 'agents'."


@pytest.mark.postgres
async def test_a_token_ends_at_its_time_and_when_it_is_revoked(api: Client) -> None:
    ended = await api.token(Scope.READ, name="ended", days=-1)
    assert (await api.ask("GET", "/agents", secret=ended)).status_code == 401
    revoked = await api.token(Scope.READ, name="revoked")
    assert (await api.ask("GET", "/agents", secret=revoked)).status_code == 200
    async with transaction(api.engine) as connection:
        assert await revoke_token(connection, "revoked", datetime.now(UTC))
        assert not await revoke_token(connection, "revoked", datetime.now(UTC))
    assert (await api.ask("GET", "/agents", secret=revoked)).status_code == 401


@pytest.mark.postgres
async def test_the_secret_is_not_in_the_database(api: Client) -> None:
    secret = await api.token(Scope.READ, name="secret")
    async with transaction(api.engine) as connection:
        stored = await connection.exec_driver_sql("SELECT api_tokens::text FROM api_tokens")
        assert all(secret not in row[0] and secret[4:] not in row[0] for row in stored)


async def test_who_guesses_tokens_does_not_keep_the_database_busy(tmp_path: Path) -> None:
    away = SecretStr(f"postgresql://callrouter@/secret?host={tmp_path}")
    app = create_app(Settings(database_url=away), rate_limit=RateLimit(a_minute=1, burst=1))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as http:
            answers = [
                await http.get("/api/v1/agents", headers={"Authorization": f"Bearer crt_{guess}"})
                for guess in range(2)
            ]
    assert [answer.status_code for answer in answers] == [503, 429]
    assert "secret" not in answers[0].text
    assert str(tmp_path) not in answers[0].text


@pytest.mark.postgres
async def test_a_good_token_does_not_wait_for_those_who_guess_beside_it(api: Client) -> None:
    app = api.app
    assert (await api.ask("GET", "/agents")).status_code == 200
    app.state.rate_limit = RateLimit(a_minute=1, burst=2)
    guesses = [await api.ask("GET", "/agents", secret=f"crt_{guess}") for guess in range(3)]
    assert [answer.status_code for answer in guesses] == [401, 401, 429]
    asked = [await api.ask("GET", "/agents") for _ in range(3)]
    assert [answer.status_code for answer in asked] == [200, 200, 429], "but it has its own limit"


def test_which_tokens_are_known_is_bounded() -> None:
    known = KnownSecrets()
    token = Token(UUID(int=1), "t", frozenset(), datetime.now(UTC), "tests")
    for number in range(10_050):
        known.good(f"crt_{number}", token.id)
    assert known.id_of("crt_0") is None
    assert known.id_of("crt_10049") == str(token.id)
    known.bad("crt_10049")
    assert known.id_of("crt_10049") is None


def test_a_burst_passes_then_the_rate_counts() -> None:
    now = 0.0
    limit = RateLimit(a_minute=60, burst=3, clock=lambda: now)
    assert [limit.wait_seconds("a") for _ in range(3)] == [0, 0, 0]
    assert limit.wait_seconds("a") == pytest.approx(1.0)
    assert limit.wait_seconds("b") == 0, "each key has its own"
    now = 0.4
    assert limit.wait_seconds("a") == pytest.approx(0.6)
    now = 1.1
    assert limit.wait_seconds("a") == 0
    now = 1000.0
    assert [limit.wait_seconds("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_what_the_limit_remembers_is_bounded() -> None:
    limit = RateLimit(burst=1)
    for number in range(10_050):
        limit.wait_seconds(str(number))
    assert len(limit._buckets) == 10_000


@pytest.mark.postgres
async def test_invented_cookies_are_counted_by_address(api: Client) -> None:
    api.app.state.rate_limit = RateLimit(a_minute=1, burst=5)
    statuses = []
    for n in range(8):
        api.http.cookies.set(SESSION_COOKIE, f"invented {n}")
        statuses.append((await api.http.get("/api/v1/agents")).status_code)

    assert statuses == [401] * 5 + [429] * 3


@pytest.mark.postgres
async def test_who_is_signed_in_does_not_suffer_from_those_at_his_address(api: Client) -> None:
    api.app.state.rate_limit = RateLimit(a_minute=1, burst=5)
    await api.sign_in("viewer")
    assert (await api.http.get("/api/v1/agents")).status_code == 200
    own = api.http.cookies[SESSION_COOKIE]
    for n in range(6):
        api.http.cookies.clear()
        api.http.cookies.set(SESSION_COOKIE, f"invented {n}")
        await api.http.get("/api/v1/agents")
    api.http.cookies.clear()
    api.http.cookies.set(SESSION_COOKIE, own)

    assert (await api.http.get("/api/v1/agents")).status_code == 200


async def test_another_method_is_told_which_there_are(api: Client) -> None:
    refused = await api.ask("PATCH", "/configuration")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, PUT"
