"""`callrouter user`: made, changed, disabled; passwords come from the terminal or a pipe only."""

import io
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.cli import main
from callrouter.commands import typed_password
from callrouter.db.engine import make_engine, transaction
from callrouter.local.postgres import PostgresServer
from tests.conftest import run_now
from tests.console.conftest import COMPANY

PASSWORD = "seven green tables"


class Terminal:
    """The command as it is typed, or with something piped into it."""

    def __init__(
        self, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.url = url
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *words: str, piped: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(piped))
        code = main(["user", *words, "--database", self.url, *self._by(words)])
        return code, *self._capsys.readouterr()

    def _by(self, words: tuple[str, ...]) -> list[str]:
        return [] if words[0] == "list" else ["--by", "tests"]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        async def ask() -> list[tuple[object, ...]]:
            engine = make_engine(self.url)
            async with transaction(engine) as connection:
                rows = [tuple(row) for row in await connection.execute(text(sql))]
            await engine.dispose()
            return rows

        return run_now(ask())


@pytest.fixture
def user(
    engine: AsyncEngine,
    postgres_server: PostgresServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Terminal:
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)
    monkeypatch.setenv("CALLROUTER_CONFIG", str(config))
    return Terminal(postgres_server.url(str(engine.url.database)), capsys, monkeypatch)


@pytest.mark.postgres
def test_a_users_life(user: Terminal) -> None:
    assert "user set-up-link" in user("list")[1]
    assert user("create", "Mira", "--role", "system_manager", piped=PASSWORD + "\n")[0] == 0
    code, said, _ = user(
        "create",
        "amina",
        "--role",
        "agent",
        "--agent",
        "amina",
        "--link",
        "--url",
        "https://c.example/",
    )
    assert code == 0
    assert said.startswith("https://c.example/password?code=")
    listed = user("list")[1]
    assert "mira" in listed
    assert "amina" in listed
    assert user("change", "amina", "--full-name", "Amina Haddad")[0] == 0
    assert user("change", "amina", "--role", "supervisor", "--agent", "")[0] == 0
    assert user("password", "AMINA", piped="nine orange chairs\n")[0] == 0
    assert user("disable", "amina")[0] == 0
    assert "disabled" in user("list")[1]
    assert user("enable", "amina")[0] == 0
    assert user("sessions", "amina") == (0, "amina is not signed in.\n", "")
    assert user("sessions", "amina", "--end")[0] == 0
    rows = user.rows("SELECT name, full_name, role, agent FROM users ORDER BY name")
    assert rows == [
        ("amina", "Amina Haddad", "supervisor", None),
        ("mira", "", "system_manager", None),
    ]
    assert user.rows("SELECT who, action, subject FROM audit_log ORDER BY id") == [
        ("command line: tests", f"user.{action}", name)
        for action, name in [
            ("create", "mira"),
            ("create", "amina"),
            ("password_link", "amina"),
            ("change", "amina"),
            ("change", "amina"),
            ("password", "amina"),
            ("disable", "amina"),
            ("enable", "amina"),
            ("sign_out", "amina"),
        ]
    ]
    stored = user.rows("SELECT password_hash FROM users WHERE name = 'mira'")[0][0]
    assert str(stored).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("words", "piped", "says"),
    [
        (["create", "x", "--role", "viewer"], "", "standard input"),
        (["create", "x", "--role", "viewer"], "tiny\n", "too short"),
        (["create", "a b", "--role", "viewer", "--link"], "", "without spaces"),
        (["create", "x", "--role", "agent", "--link"], "", "which agent"),
        (["create", "x", "--role", "agent", "--agent", "eve", "--link"], "", "no agent eve"),
        (["disable", "mira"], "", "last System Manager"),
        (["change", "mira", "--role", "viewer"], "", "last System Manager"),
        (["create", "mira", "--role", "viewer", "--link"], "", "already"),
        (["password", "nobody"], PASSWORD, "there is no user nobody"),
        (["set-up-link"], "", "there are users already"),
    ],
)
def test_what_cannot_be_done_is_said(
    user: Terminal, words: list[str], piped: str, says: str
) -> None:
    user("create", "mira", "--role", "system_manager", piped=PASSWORD)
    code, out, error = user(*words, piped=piped)
    assert (code, out) == (1, "")
    assert says in error
    assert "Traceback" not in error
    assert user.rows("SELECT count(*) FROM users") == [(1,)]


@pytest.mark.postgres
def test_the_link_for_the_set_up_while_there_is_nobody(
    user: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = user("set-up-link"), user("set-up-link")
    assert first[1].startswith("http://127.0.0.1:8090/set-up?code=")
    assert first[1] != second[1]
    assert user.rows("SELECT count(*) FROM one_time_links") == [(2,)], "both are good"
    monkeypatch.setenv("CALLROUTER_CONSOLE_URL", "https://calls.example.com/")
    assert user("set-up-link")[1].startswith("https://calls.example.com/set-up?code=")


def test_a_typed_password_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one password", "another one", "the same one", "the same one"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    with pytest.raises(typed_password.NoPassword, match="not the same"):
        typed_password.typed_password()
    assert typed_password.typed_password() == "the same one"


@pytest.mark.parametrize(
    "words",
    [["create", "x", "--role", "viewer", "--password", "y"], ["create", "x"], ["password"], []],
)
def test_a_password_is_no_argument(words: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["user", *words])
