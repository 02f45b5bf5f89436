"""Users, tokens, one's own account and the audit log, by pages and by the API."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.concurrency import all_of
from callrouter.console.access import SESSION_COOKIE
from callrouter.console.words import words_of
from callrouter.db.api_tokens import Scope, create_token
from callrouter.db.engine import transaction
from callrouter.db.users import Role
from callrouter.local.postgres import PostgresServer
from tests.console.conftest import COMPANY
from tests.console.people import PASSWORD, Browser, Console, code_in, running

pytestmark = pytest.mark.postgres

OTHER = "nine orange chairs"


@pytest.fixture
async def console(
    engine: AsyncEngine, postgres_server: PostgresServer, tmp_path: Path
) -> AsyncIterator[Console]:
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)
    url = postgres_server.url(str(engine.url.database))
    async with running(engine, url, config=config) as console:
        yield console


@pytest.fixture
async def manager(console: Console) -> Browser:
    return await console.signed_in("mira", Role.SYSTEM_MANAGER)


# Pages, as one who uses them


async def test_somebody_is_added_chooses_a_password_and_signs_in(
    console: Console, manager: Browser
) -> None:
    answer = await manager.form(
        "/people", name="Amina", full_name="Amina Haddad", role="agent", agent="amina"
    )
    assert answer.status_code == 200
    assert "http://console.test/password?code=" in answer.text
    assert "within 48 hours" in answer.text
    newcomer = console.browser()
    code = code_in(answer.text)
    chosen = await newcomer.post(
        "/password", data={"code": code, "password": OTHER, "again": OTHER}
    )
    assert chosen.status_code == 303
    me = (await newcomer.api("GET", "/me")).json()
    assert (me["name"], me["role"], me["agent"]) == ("amina", "agent", "amina")
    assert "Amina Haddad" in (await manager.get("/people")).text
    assert (await newcomer.get("/people")).status_code == 403
    assert (await newcomer.api("GET", "/users")).status_code == 403
    assert [deed[:2] for deed in await console.deeds()] == [
        ("mira", "user.create"),
        ("mira", "user.password_link"),
        ("amina", "user.password"),
        ("amina", "sign_in"),
    ]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "mira"}, "There is a user mira already."),
        ({"name": "a b"}, "without spaces"),
        ({"name": "api: x"}, "without spaces"),
        ({"name": "zoran", "role": "agent"}, "Say which agent"),
        ({"name": "zoran", "role": "agent", "agent": "nobody"}, "has no agent nobody"),
        ({"name": "zoran", "full_name": "x" * 101}, "up to 100"),
        ({"name": "zoran", "role": "owner"}, "role"),
    ],
)
async def test_what_cannot_be_added_is_said_and_what_was_written_stays(
    console: Console, manager: Browser, fields: dict[str, str], says: str
) -> None:
    answer = await manager.form("/people", **{"role": "viewer", **fields})
    assert 400 <= answer.status_code < 500
    assert says in answer.text
    if fields.get("role") != "owner":
        assert f'value="{fields["name"]}"' in answer.text
    assert len(await console.rows("SELECT 1 FROM users")) == 1


async def test_with_another_role_one_is_signed_out(console: Console, manager: Browser) -> None:
    ana = await console.signed_in("ana", Role.SUPERVISOR)
    path = f"/people/{console.users['ana']}"
    assert (await manager.get(path)).status_code == 200
    renamed = await manager.form(path, full_name="Ana A.", role="supervisor")
    assert renamed.headers["location"] == f"{path}?done=changed"
    assert (await ana.get("/me")).status_code == 200, "another name takes nothing away"
    await manager.form(path, full_name="Ana A.", role="viewer")
    assert (await ana.get("/me")).status_code == 303
    assert await console.details("user.change") == {
        "role": {"from": "supervisor", "to": "viewer"},
    }


async def test_who_is_disabled_is_out_at_once_and_can_come_back(
    console: Console, manager: Browser
) -> None:
    ana = await console.signed_in("ana")
    path = f"/people/{console.users['ana']}"
    link = await manager.form(f"{path}/password-link")
    await manager.form(f"{path}/disable")
    assert (await ana.get("/me")).status_code == 303
    assert (await console.browser().sign_in("ana")).status_code == 401
    page = await console.browser().get(f"/password?code={code_in(link.text)}")
    assert page.status_code == 410
    assert (await manager.form(f"{path}/password-link")).status_code == 422
    await manager.form(f"{path}/enable")
    assert (await console.browser().sign_in("ana")).status_code == 303


@pytest.mark.parametrize("how", ["disable", "demote"])
async def test_the_last_system_manager_stays(console: Console, manager: Browser, how: str) -> None:
    path = f"/people/{console.users['mira']}"
    for _ in range(2):
        refused = (
            await manager.form(f"{path}/disable")
            if how == "disable"
            else await manager.form(path, role="viewer")
        )
        assert refused.status_code == 409
        assert "the last System Manager" in refused.text
        await console.signed_in("off", Role.SYSTEM_MANAGER)
        await console.rows("UPDATE users SET disabled_at = now() WHERE name = 'off' RETURNING 1")
    await console.signed_in("nada", Role.SYSTEM_MANAGER)
    assert (await manager.form(path, role="viewer")).status_code == 303


async def test_two_system_managers_cannot_remove_each_other_at_once(
    console: Console, manager: Browser
) -> None:
    nada = await console.signed_in("nada", Role.SYSTEM_MANAGER)
    answers = await all_of(
        [
            manager.api("POST", f"/users/{console.users['nada']}/disable"),
            nada.api("POST", f"/users/{console.users['mira']}/disable"),
        ]
    )
    # Who comes second may find himself signed out already.
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 409])
    left = await console.rows("SELECT 1 FROM users WHERE disabled_at IS NULL")
    assert len(left) == 1


@pytest.mark.parametrize("language", ["en", "ar", "sr"])
async def test_every_page_is_there_in_every_language(
    console: Console, manager: Browser, language: str
) -> None:
    await manager.api("PATCH", "/me", {"language": language})
    words = words_of(language)
    for path, title in [
        ("/me", "Your account"),
        ("/people", "Add a person"),
        (f"/people/{console.users['mira']}", "Make a link for a new password"),
        ("/tokens", "What it may do"),
        ("/audit", "What people change is written here."),
    ]:
        page = await manager.get(path)
        assert page.status_code == 200
        assert f'dir="{words.direction}"' in page.text
        assert words.gettext(title) in page.text
    outside = console.browser(**{"Accept-Language": language})
    for path, title in [("/sign-in", "Sign in"), ("/password?code=x", "Choose a password")]:
        assert words.gettext(title) in (await outside.get(path)).text
    failed = await outside.sign_in("mira", "wrong")
    assert words.gettext("The name or the password is wrong.") in failed.text


# One's own account


async def test_ones_own_name_language_colours_and_zone(console: Console, manager: Browser) -> None:
    answer = await manager.form(
        "/me", full_name="Mira M.", language="ar", theme="dark", timezone="Europe/Belgrade"
    )
    assert answer.status_code == 303
    me = (await manager.api("GET", "/me")).json()
    assert (me["full_name"], me["language"], me["theme"], me["timezone"]) == (
        "Mira M.",
        "ar",
        "dark",
        "Europe/Belgrade",
    )
    await manager.form("/me", full_name="Mira M.", language="xx", theme="", timezone="Mars/Base")
    me = (await manager.api("PATCH", "/me", {"theme": "light"})).json()
    assert (me["language"], me["theme"], me["timezone"]) == (None, "light", None)


@pytest.mark.parametrize(
    "body",
    [
        {"role": "system_manager"},
        {"agent": "amina"},
        {"language": "xx"},
        {"timezone": "Mars/Base"},
        {"full_name": "\ud800"},
        {"full_name": "a\x00b"},
    ],
    ids=str,
)
async def test_nobody_makes_himself_more_than_he_is(console: Console, body: dict[str, Any]) -> None:
    ana = await console.signed_in("ana")
    assert (await ana.api("PATCH", "/me", body)).status_code == 422
    assert (await ana.api("GET", "/me")).json()["role"] == "viewer"


async def test_another_password_signs_out_everywhere_else(console: Console) -> None:
    ana, elsewhere = await console.signed_in("ana"), await console.signed_in("ana")
    fields = {"current": PASSWORD, "password": OTHER, "again": OTHER}
    for change, says in [
        ({"current": "wrong"}, "The present password is wrong."),
        ({"again": PASSWORD}, "not the same"),
        ({"password": "tiny", "again": "tiny"}, "too short"),
    ]:
        refused = await ana.form("/me/password", **(fields | change))
        assert says in refused.text
    changed = await ana.form("/me/password", **fields)
    assert changed.headers["location"] == "/me?done=password"
    assert (await ana.get("/me")).status_code == 200
    assert (await elsewhere.get("/me")).status_code == 303
    assert (await console.browser().sign_in("ana", PASSWORD)).status_code == 401
    assert (await console.browser().sign_in("ana", OTHER)).status_code == 303


async def test_an_open_browser_is_no_place_to_guess_the_password_at(console: Console) -> None:
    ana = await console.signed_in("ana")
    body = {"current": "wrong", "new": OTHER}
    tries = [(await ana.api("POST", "/me/password", body)).status_code for _ in range(6)]
    assert tries == [401, 401, 401, 401, 401, 429]


async def test_sessions_are_listed_and_ended(console: Console) -> None:
    ana, other, third = [await console.signed_in("ana") for _ in range(3)]
    eve = await console.signed_in("eve")
    sessions = (await ana.api("GET", "/me/sessions")).json()
    assert [each["this"] for each in sessions].count(True) == 1
    assert sessions[0]["browser"] == "Tests"
    assert ana.session not in str(sessions)
    others = [each["id"] for each in sessions if not each["this"]]
    assert (await eve.api("DELETE", f"/me/sessions/{others[0]}")).status_code == 404
    assert (await ana.api("DELETE", f"/me/sessions/{others[0]}")).status_code == 204
    still = [(await each.get("/me")).status_code for each in (ana, other, third)]
    assert sorted(still) == [200, 200, 303]
    assert (await ana.form("/me/sign-out-elsewhere")).status_code == 303
    still = [(await each.get("/me")).status_code for each in (ana, other, third, eve)]
    assert still == [200, 303, 303, 200]


# Tokens


async def test_a_token_is_shown_once_works_and_ends(console: Console, manager: Browser) -> None:
    page = await manager.post(
        "/tokens",
        data={
            "csrf": await csrf(manager),
            "name": "wall board",
            "scopes": ["read", "agents"],
            "days": "30",
        },
    )
    secret = page.text.partition("crt_")[2].partition("<")[0]
    program = console.browser(Authorization=f"Bearer crt_{secret}", Accept="application/json")
    assert (await program.get("/api/v1/agents")).status_code == 200
    me = (await program.get("/api/v1/me")).json()
    assert me["name"] == "API: wall board"
    assert me["role"] is None
    again = await manager.get("/tokens")
    assert secret not in again.text
    assert "wall board" in again.text
    token = (await manager.api("GET", "/tokens")).json()[0]
    assert (token["scopes"], token["usable"]) == (["agents", "read"], True)
    assert (await manager.form(f"/tokens/{token['id']}/revoke")).status_code == 303
    assert (await manager.form(f"/tokens/{token['id']}/revoke")).status_code == 303
    assert (await program.get("/api/v1/agents")).status_code == 401
    assert [deed for deed in await console.deeds() if deed[1].startswith("token")] == [
        ("mira", "token.create", "wall board"),
        ("mira", "token.revoke", "wall board"),
    ]
    assert secret not in str(await console.rows("SELECT audit_log::text FROM audit_log"))


async def csrf(browser: Browser) -> str:
    return (await browser.get("/me")).text.partition('name="csrf" value="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x", "scopes": []}, 422),
        ({"name": "x", "scopes": ["everything"]}, 422),
        ({"name": " ", "scopes": ["read"]}, 422),
        ({"name": "a\u202eb", "scopes": ["read"]}, 422),
        ({"name": "x", "scopes": ["read"], "days": 0}, 422),
        ({"name": "taken", "scopes": ["read"]}, 409),
    ],
)
async def test_what_no_token_can_be(
    console: Console, manager: Browser, body: dict[str, Any], status: int
) -> None:
    made = await manager.api("POST", "/tokens", {"name": "taken", "scopes": ["read"]})
    assert made.status_code == 201
    answer = await manager.api("POST", "/tokens", body)
    assert answer.status_code == status, answer.text
    assert len((await manager.api("GET", "/tokens")).json()) == 1


async def test_a_program_gives_no_more_than_it_has(console: Console, manager: Browser) -> None:
    async with transaction(console.engine) as connection:
        secret = await create_token(
            connection, "hr", [Scope.PEOPLE, Scope.READ], "tests", datetime.now(UTC)
        )
    program = console.browser(Authorization=f"Bearer {secret}", Accept="application/json")

    async def ask(method: str, path: str, body: Any = None) -> int:
        return (await program.request(method, f"/api/v1{path}", json=body)).status_code

    assert await ask("POST", "/tokens", {"name": "x", "scopes": ["read"]}) == 201
    assert await ask("POST", "/tokens", {"name": "y", "scopes": ["configuration"]}) == 403
    mira = console.users["mira"]
    assert await ask("POST", "/users", {"name": "eve", "role": "system_manager"}) == 403
    assert await ask("POST", "/users", {"name": "ana", "role": "viewer"}) == 201
    users = (await program.get("/api/v1/users")).json()
    ana = next(user["id"] for user in users if user["name"] == "ana")
    assert await ask("PATCH", f"/users/{ana}", {"role": "system_manager"}) == 403
    for path in ("disable", "password-link", "sign-out"):
        assert await ask("POST", f"/users/{mira}/{path}") == 403
    assert await ask("PATCH", f"/users/{mira}", {"full_name": "x"}) == 403
    assert await ask("POST", f"/users/{ana}/password-link") == 201
    for path, body in [("/me/password", {"current": "", "new": OTHER})]:
        assert await ask("POST", path, body) == 403
    assert (await manager.get("/me")).status_code == 200
    creations = [deed for deed in await console.deeds() if deed[1] == "user.create"]
    assert creations == [("API: hr", "user.create", "ana")]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/users/00000000-0000-0000-0000-000000000000", None, 404),
        ("PATCH", "/users/00000000-0000-0000-0000-000000000000", {"role": "viewer"}, 404),
        ("POST", "/users/00000000-0000-0000-0000-000000000000/disable", None, 404),
        ("POST", "/users/x/disable", None, 422),
        ("POST", "/users", {"name": "x\ud800", "role": "viewer"}, 422),
        ("POST", "/users", {"name": "x", "role": "viewer", "password": "y"}, 422),
        ("DELETE", "/tokens/00000000-0000-0000-0000-000000000000", None, 404),
        ("GET", "/audit?cursor=x", None, 422),
        ("GET", "/audit?cursor=99999999999999999999", None, 422),
        ("GET", "/audit?who=%00", None, 422),
        ("GET", "/audit?since=yesterday", None, 422),
    ],
)
async def test_what_cannot_be_is_a_problem(
    console: Console, manager: Browser, method: str, path: str, body: Any, status: int
) -> None:
    answer = await manager.api(method, path, body)
    assert answer.status_code == answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


# The audit log


async def test_the_audit_log_newest_first_filtered_and_page_by_page(
    console: Console, manager: Browser
) -> None:
    for name in ("ana", "bojan", "cica"):
        await manager.api("POST", "/users", {"name": name, "role": "viewer"})
    await manager.api("POST", "/tokens", {"name": "tally", "scopes": ["read"]})
    subjects = []
    path = "/audit?limit=3"
    while path:
        page = (await manager.api("GET", path)).json()
        subjects += [deed["subject"] for deed in page["deeds"]]
        path = f"/audit?limit=3&cursor={page['next']}" if page["next"] else ""
    assert subjects == ["tally", "cica", "bojan", "ana"]

    async def found(query: str) -> list[str]:
        answer = (await manager.api("GET", f"/audit?{query}")).json()
        return [deed["subject"] for deed in answer["deeds"]]

    assert await found("action=token") == ["tally"]
    assert await found("action=token.create") == ["tally"]
    assert await found("action=tok") == []
    assert await found("text=BOJ") == ["bojan"]
    assert await found("text=%25") == []
    assert await found("who=mira&text=ana") == ["ana"]
    assert await found("since=2100-01-01T00:00:00Z") == []
    page = await manager.get("/audit?action=user.create&text=bojan&since=2026-01-01&until=x")
    assert "Made a user" in page.text
    assert page.text.count("<tr>") == 2, "its head and one deed"
    assert (
        await manager.get("/audit?since=0001-01-01&until=9999-12-31&who=%00")
    ).status_code == 200


async def test_the_exported_audit_log_is_no_formula_and_is_noted(
    console: Console, manager: Browser
) -> None:
    await console.rows(
        "INSERT INTO audit_log (at, who, action, subject, address, details) VALUES"
        " (now(), '=HYPERLINK(1)', 'agent.pause', '+cmd|x', '', CAST(:details AS jsonb))"
        " RETURNING 1",
        details='{"a": "ü, b"}',
    )
    answer = await manager.api("GET", "/audit/export?action=agent")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["at", "who", "action", "subject", "address", "details"]
    assert [row[1:4] for row in rows[1:]] == [["'=HYPERLINK(1)", "agent.pause", "'+cmd|x"]]
    as_json = (await manager.api("GET", "/audit/export?format=json")).json()
    assert [deed["action"] for deed in as_json] == ["audit.export", "audit.export", "agent.pause"]
    assert await console.details("audit.export") == {}
    assert as_json[1]["details"] == {"action": "agent"}


async def test_only_who_may_reads_the_audit_log(console: Console) -> None:
    for role in Role:
        browser = await console.signed_in(str(role), role, "amina")
        status = 200 if role is Role.SYSTEM_MANAGER else 403
        assert (await browser.get("/audit")).status_code == status
        assert (await browser.api("GET", "/audit")).status_code == status
        assert (await browser.api("GET", "/audit/export")).status_code == status


# Forms of other sites


@pytest.mark.parametrize(
    "path",
    [
        *("/me", "/me/password", "/me/sign-out-elsewhere", "/tokens", "/sign-out"),
        *("/people", "/people/ID", "/people/ID/disable", "/people/ID/enable"),
        *("/people/ID/password-link", "/people/ID/sign-out"),
    ],
)
async def test_no_form_is_taken_without_the_sessions_mark(
    console: Console, manager: Browser, path: str
) -> None:
    path = path.replace("ID", str(console.users["mira"]))
    data = {"name": "eve", "role": "viewer", "scopes": "read", "full_name": "changed"}
    for fields in (data, data | {"csrf": "0" * 64}):
        answer = await manager.post(path, data=fields)
        assert answer.status_code == 403
    files = {"csrf": (None, await csrf(manager)), "name": (None, "eve")}
    assert (await manager.post(path, files=files)).status_code == 403, "no multipart either"
    assert await console.deeds() == []
    nobody = console.browser()
    nobody.cookies.set(SESSION_COOKIE, "x", domain="console.test")
    assert (await nobody.post(path, data=data)).status_code == 303, "to the sign-in page"


async def test_the_api_takes_no_change_without_it_either(
    console: Console, manager: Browser
) -> None:
    for method, path in [("PATCH", "/me"), ("POST", "/users"), ("DELETE", "/me/sessions")]:
        answer = await manager.request(method, f"/api/v1{path}", json={})
        assert answer.status_code == 403
