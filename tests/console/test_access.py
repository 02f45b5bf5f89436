"""Who may ask the API for what, and how it says no."""

from datetime import UTC, datetime

import pytest

from callrouter.console.access import RateLimit
from callrouter.db.api_tokens import Scope, revoke_token
from callrouter.db.engine import transaction
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
