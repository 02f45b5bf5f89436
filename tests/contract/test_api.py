"""Every operation of the API does what its OpenAPI description says, whatever is sent to it.

Schemathesis makes the requests, valid and invalid ones, and judges the answers: never a 500, only
documented statuses, bodies and content types, nothing without a token, nothing that is not valid.
The application is the real one over a real PostgreSQL with a company's configuration and calls.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    positive_data_acceptance,
    unsupported_method,
)

from callrouter.console.app import create_app
from callrouter.db.api_tokens import Scope, create_token
from callrouter.db.engine import make_engine, transaction
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.browser import sample
from tests.browser.served import served
from tests.conftest import run_now

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

_EXAMPLES = int(os.environ.get("CALLROUTER_TEST_API_EXAMPLES", "4"))
_ENDLESS = "/api/v1/events"  # a stream; its own tests follow it

_NOT_CHECKED = [
    positive_data_acceptance,  # what a schema cannot say is refused: a group that is not there
    unsupported_method,  # DELETE /overrides/choices is DELETE /overrides/{override_id}: 422
    allow_header_conformance,  # and so DELETE is in its Allow
]

schema = schemathesis.openapi.from_dict(create_app(Settings(config="database")).openapi())
schema.config.generation.update(
    modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
    with_security_parameters=False,  # the token is there, but where its absence is tried
)
schema.config.phases.coverage.unexpected_methods = {"OPTIONS"}
schema.config.checks.negative_data_rejection.expected_statuses = ["4XX", "503"]


@pytest.fixture(scope="module")
def api(
    postgres_server: PostgresServer,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[str, str]]:
    """The address of the console, and a token that may do everything."""
    folder = tmp_path_factory.mktemp("contract")
    run_now(postgres_server.create_database(folder.name, template=migrated_template))
    url = postgres_server.url(folder.name)
    sounds = folder / "sounds"
    sounds.mkdir()
    given = Settings(
        config="database",
        database_url=SecretStr(url),
        sounds_dir=sounds,
        prompts_dir=folder / "prompts",
    )
    try:
        token = run_now(_company(url))
        with served(given) as console:
            _wake(console.url, token)
            yield console.url, token
    finally:
        run_now(postgres_server.drop_database(folder.name))


def _wake(url: str, token: str) -> None:
    """The workbench starts with the first draft: each request is waited for 10 s only."""
    headers = {"Authorization": f"Bearer {token}"}
    stored = httpx.get(f"{url}/api/v1/configuration", headers=headers, timeout=60)
    draft = {"document": stored.json()["document"]}
    for path, body in (("check", draft), ("prompts/listen", {"text": "Hello.", "language": "en"})):
        address = f"{url}/api/v1/configuration/{path}"
        assert httpx.post(address, headers=headers, json=body, timeout=60).status_code == 200


async def _company(url: str) -> str:
    engine = make_engine(url)
    try:
        await sample.fill(engine)
        async with transaction(engine) as connection:
            return await create_token(
                connection, "contract", list(Scope), "tests", datetime.now(UTC), None
            )
    finally:
        await engine.dispose()


@schema.exclude(path=_ENDLESS).parametrize()
@settings(
    max_examples=_EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_it_answers_as_it_is_described(case: Any, api: tuple[str, str]) -> None:
    url, token = api
    headers = {"Authorization": f"Bearer {token}"}
    case.call_and_validate(base_url=url, headers=headers, excluded_checks=_NOT_CHECKED)
