"""`callrouter token`: made, listed, revoked."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.cli import main
from callrouter.local.postgres import PostgresServer


@pytest.fixture
def database(engine: AsyncEngine, postgres_server: PostgresServer) -> str:
    return postgres_server.url(str(engine.url.database))


@pytest.mark.postgres
def test_a_tokens_life(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*words: str) -> tuple[int, str, str]:
        code = main(["token", *words, "--database", database])
        return code, *capsys.readouterr()

    assert "No tokens" in said("list")[1]
    code, secret, hint = said(
        "create", "wallboard", "--scope", "read", "--scope", "agents", "--days", "30"
    )
    assert code == 0
    assert secret.startswith("crt_")
    assert "cannot be shown again" in hint
    assert said("create", "wallboard", "--scope", "read")[0] == 1, "the name is taken"
    listed = said("list")[1]
    assert "wallboard  agents, read" in listed
    assert secret.strip() not in listed
    assert said("revoke", "wallboard") == (0, "The token wallboard has ended.\n", "")
    assert said("revoke", "wallboard")[0] == 1
    assert listed.rstrip().endswith("usable")
    assert said("list")[1].rstrip().endswith("revoked")


@pytest.mark.parametrize(
    "words",
    [
        ["create", "x"],
        ["create", "", "--scope", "read"],
        ["create", "x", "--scope", "everything"],
        ["create", "x", "--scope", "read", "--days", "0"],
        [],
    ],
)
def test_what_is_not_understood(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["token", *words])
    assert "usage: callrouter token" in capsys.readouterr().err
