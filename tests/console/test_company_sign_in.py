"""Signing in with the company account, at a provider that is honest, and at one that is not."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.console.console_settings import ConsoleSettings, console_environment
from callrouter.console.people import oidc
from callrouter.db.users import Role
from callrouter.local.postgres import PostgresServer
from callrouter.settings import BadEnvironment
from tests.console.conftest import COMPANY
from tests.console.oidc_provider import CLIENT, SECRET, OidcProvider, providing
from tests.console.people import Browser, Console, code_in, running

ROLES = {
    "phone-admins": "system_manager",
    "phone-supervisors": "supervisor",
    "phone-agents": "agent",
}


class Company:
    """A console that trusts a provider, and people who sign in by it."""

    def __init__(self, console: Console, provider: OidcProvider) -> None:
        self.console = console
        self.provider = provider

    async def to_provider(self, browser: Browser, next_: str = "/") -> str:
        """Where the provider sends the browser back to."""
        begun = await browser.get("/sign-in/company", params={"next": next_})
        assert begun.status_code == 307, begun.text
        async with httpx.AsyncClient() as internet:
            answered = await internet.get(begun.headers["location"])
        return str(answered.headers["location"])

    async def sign_in(self, browser: Browser | None = None, next_: str = "/") -> httpx.Response:
        browser = browser or self.console.browser()
        return await browser.get(await self.to_provider(browser, next_))


@pytest.fixture
async def provider() -> AsyncIterator[OidcProvider]:
    async with providing() as provider:
        yield provider


@pytest.fixture
def opened(
    engine: AsyncEngine, postgres_server: PostgresServer, provider: OidcProvider, tmp_path: Path
) -> Callable[..., Any]:
    config = tmp_path / "company.yaml"
    config.write_text(COMPANY)

    @asynccontextmanager
    async def open_(**more: Any) -> AsyncIterator[Company]:
        own = ConsoleSettings(
            console_url="http://console.test",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SecretStr(SECRET),
            **more,
        )
        url = postgres_server.url(str(engine.url.database))
        async with running(engine, url, own, config=config) as console:
            yield Company(console, provider)

    return open_


@pytest.mark.postgres
async def test_whom_a_system_manager_invited_comes_in(opened: Callable[..., Any]) -> None:
    async with opened(oidc_name="Acme") as company:
        console = company.console
        page = await console.browser().get("/set-up")
        assert page.status_code == 200
        await console.person("ana", Role.REVIEWER, password="")
        assert "Sign in with Acme" in (await console.browser().get("/sign-in")).text
        browser = console.browser()
        answer = await company.sign_in(browser, next_="/me?x=1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/me?x=1")
        me = (await browser.api("GET", "/me")).json()
        assert (me["name"], me["role"]) == ("ana", "reviewer"), "roles are ours without a mapping"
        rows = await console.rows("SELECT issuer, subject FROM users")
        assert [tuple(row) for row in rows] == [(company.provider.issuer, "u-1")]
        company.provider.claims["preferred_username"] = "ana.married"
        assert (await company.sign_in()).status_code == 303, "known by the subject from now on"
        assert len(await console.rows("SELECT 1 FROM users")) == 1
        assert company.provider.asked.count("discovery") == 1
        deeds = await console.deeds()
        assert deeds[0] == ("OpenID Connect: ana", "user.change", "ana")
        assert await console.details("sign_in") == {"by": "company"}


@pytest.mark.postgres
async def test_who_has_a_role_gets_an_account_and_the_role_follows_the_company(
    opened: Callable[..., Any],
) -> None:
    async with opened(oidc_roles=ROLES, oidc_create_users=True) as company:
        console, claims = company.console, company.provider.claims
        assert (await console.browser().get("/sign-in")).status_code == 200, "not to the set-up"
        browser = console.browser()
        assert (await company.sign_in(browser)).status_code == 303
        me = (await browser.api("GET", "/me")).json()
        assert (me["name"], me["full_name"], me["role"]) == ("ana", "Ana Anić", "supervisor")
        claims["groups"] = ["phone-admins", "phone-supervisors"]
        await company.sign_in(browser)
        assert (await browser.api("GET", "/me")).json()["role"] == "system_manager"
        claims["groups"] = ["phone-supervisors"]
        await company.sign_in(browser)
        me = (await browser.api("GET", "/me")).json()
        assert me["role"] == "system_manager", "the last one stays"
        await console.person("mira", Role.SYSTEM_MANAGER)
        older = browser.session
        await company.sign_in(console.browser())
        assert (await browser.get("/me")).status_code == 303, "with another role signed out"
        assert older
        claims["groups"] = "phone-supervisors"
        assert (await company.sign_in()).status_code == 303, "a text will do"
        claims["groups"] = ["staff"]
        refused = await company.sign_in()
        assert refused.status_code == 403
        assert "has no role here" in refused.text
        claims.update(sub="u-2", preferred_username="amina", groups=["phone-agents"])
        amina = console.browser()
        assert (await company.sign_in(amina)).status_code == 303
        me = (await amina.api("GET", "/me")).json()
        assert (me["role"], me["agent"]) == ("agent", "amina")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("unknown", "ask a System Manager to add ana"),
        ("has a password", "who signs in otherwise"),
        ("is another's", "who signs in otherwise"),
        ("disabled", "is disabled"),
    ],
)
async def test_who_is_not_invited_stays_out(
    opened: Callable[..., Any], case: str, says: str
) -> None:
    async with opened() as company:
        console = company.console
        await console.person("mira")
        if case != "unknown":
            await console.person("ana", password="x" if case == "has a password" else "")
        if case == "is another's":
            await console.rows(
                "UPDATE users SET issuer = 'i', subject = 's' WHERE name = 'ana' RETURNING 1"
            )
        if case == "disabled":
            await console.rows(
                "UPDATE users SET disabled_at = now() WHERE name = 'ana' RETURNING 1"
            )
        browser = console.browser()
        answer = await company.sign_in(browser)
        assert answer.status_code == 403
        assert says in answer.text
        assert not browser.session
        assert ("ana", "sign_in.failed", "ana") in await console.deeds()


LIES = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "for another client": {"aud": "another"},
    "for several, made for another": {"aud": [CLIENT, "another"], "azp": "another"},
    "for several, made for nobody": {"aud": [CLIENT, "another"]},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": 4_000_000_000},
    "nobody": {"sub": None},
    "without a name": {"preferred_username": None},
    "a name that is none": {"preferred_username": ["ana"]},
}


@pytest.mark.postgres
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_an_id_token_that_lies_lets_nobody_in(
    opened: Callable[..., Any], lie: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with opened() as company:
        await company.console.person("ana", password="")
        company.provider.lie = lie
        browser = company.console.browser()
        answer = await company.sign_in(browser)
        assert answer.status_code == 403
        assert "did not work: try again" in answer.text
        assert not browser.session
        assert "was refused" in caplog.text, "the log says why"
        company.provider.lie = {}
        assert (await company.sign_in()).status_code == 303, "the same without the lie"


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["another key", "none", "HS256"])
async def test_a_signature_that_is_not_the_providers_is_worth_nothing(
    opened: Callable[..., Any], how: str
) -> None:
    async with opened() as company:
        await company.console.person("ana", password="")
        provider = company.provider
        if how == "another key":
            provider.signed_with = RSAKey.generate_key(2048, {"kid": "first"})
        else:
            provider.algorithm = how
        assert (await company.sign_in()).status_code == 403


@pytest.mark.postgres
async def test_a_new_key_of_the_providers_is_fetched(
    opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as company:
        await company.console.person("ana", password="")
        assert (await company.sign_in()).status_code == 303
        company.provider.new_key()
        assert (await company.sign_in()).status_code == 403, "keys are not asked for all the time"
        monkeypatch.setattr(oidc, "_NEW_KEYS_EVERY", 0.0)
        assert (await company.sign_in()).status_code == 303
        assert (await company.sign_in()).status_code == 303
        assert company.provider.asked.count("keys") == 2


@pytest.mark.postgres
async def test_what_was_begun_is_ended_once_in_that_browser_and_soon(
    opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as company:
        console = company.console
        await console.person("ana", password="")
        browser = console.browser()
        back = await company.to_provider(browser)
        elsewhere = console.browser()
        assert (await elsewhere.get(back)).status_code == 403, "a link for somebody else"
        assert (await browser.get(back.replace("state=", "state=x"))).status_code == 403
        assert (await browser.get(back)).status_code == 403, "a wrong state ends it"
        back = await company.to_provider(browser)
        mark = browser.cookies["callrouter_company"]
        assert (await browser.get(back)).status_code == 303
        again = console.browser()
        again.cookies.set("callrouter_company", mark, domain="console.test")
        assert (await again.get(back)).status_code == 403, "replayed"
        assert not again.session
        back = await company.to_provider(browser)
        asked = len(company.provider.asked)
        begun = console.app.state.provider._begun
        for mark, each in list(begun.items()):
            begun[mark] = replace(each, until=0.0)
        assert (await browser.get(back)).status_code == 403, "too late"
        assert len(company.provider.asked) == asked


@pytest.mark.postgres
async def test_a_code_of_another_sign_in_is_refused(opened: Callable[..., Any]) -> None:
    async with opened() as company:
        console = company.console
        await console.person("ana", password="")
        mine, eves = console.browser(), console.browser()
        back, hers = await company.to_provider(mine), await company.to_provider(eves)
        code = hers.partition("code=")[2].partition("&")[0]
        stolen = back.replace(back.partition("code=")[2].partition("&")[0], code)
        assert (await mine.get(stolen)).status_code == 403, "its verifier is another"


@pytest.mark.postgres
async def test_what_the_provider_refuses_or_does_not_answer_is_said(
    opened: Callable[..., Any],
) -> None:
    async with opened() as company:
        console, provider = company.console, company.provider
        await console.person("ana", password="")
        provider.refuse = "access_denied<script>"
        refused = await company.sign_in()
        assert refused.status_code == 403
        assert "<script>" not in refused.text.partition("<body>")[2]
        for told in (
            {"issuer": "https://evil.example"},
            {"token_endpoint": "http://evil.example/token"},
            {"jwks_uri": "ftp://127.0.0.1/"},
            {"authorization_endpoint": None},
        ):
            console.app.state.provider = oidc.Provider(console.app.state.console_settings)
            provider.metadata = told
            answer = await console.browser().get("/sign-in/company")
            assert answer.status_code == 503
            assert "cannot be reached" in answer.text


@pytest.mark.postgres
async def test_roles_may_be_told_by_the_user_info(opened: Callable[..., Any]) -> None:
    async with opened(oidc_roles=ROLES, oidc_create_users=True) as company:
        provider = company.provider
        del provider.claims["groups"]
        provider.userinfo = {"sub": "u-1", "groups": ["phone-supervisors"], "name": "Another"}
        browser = company.console.browser()
        assert (await company.sign_in(browser)).status_code == 303
        assert (await browser.api("GET", "/me")).json()["full_name"] == "Ana Anić"
        provider.userinfo["sub"] = "u-666"
        assert (await company.sign_in()).status_code == 403


@pytest.mark.postgres
async def test_an_email_address_has_to_be_verified(opened: Callable[..., Any]) -> None:
    async with opened(oidc_name_claim="email") as company:
        await company.console.person("ana@acme.example", password="")
        company.provider.claims.update(email="Ana@Acme.example", email_verified=False)
        assert (await company.sign_in()).status_code == 403
        company.provider.claims["email_verified"] = True
        assert (await company.sign_in()).status_code == 303


@pytest.mark.postgres
async def test_passwords_can_be_switched_off(opened: Callable[..., Any]) -> None:
    async with opened(local_sign_in=False) as company:
        console = company.console
        await console.person("ana", Role.SYSTEM_MANAGER)
        page = await console.browser().get("/sign-in")
        assert 'name="password"' not in page.text
        assert "Sign in with the company account" in page.text
        assert (await console.browser().sign_in("ana")).status_code == 403
        ana = await console.signed_in("ana")
        made = await ana.form(f"/people/{console.users['ana']}/password-link")
        link = await console.browser().get(f"/password?code={code_in(made.text)}")
        assert link.headers["location"] == "/sign-in"


@pytest.mark.postgres
async def test_without_a_provider_there_is_no_such_way(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    url = postgres_server.url(str(engine.url.database))
    async with running(engine, url) as console:
        await console.person("ana")
        assert "company" not in (await console.browser().get("/sign-in")).text
        for path in ("/sign-in/company", "/sign-in/company/back?code=x&state=y"):
            assert (await console.browser().get(path)).headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "http://id.example.com", "oidc_client_id": "c"},
        {"oidc_issuer": "id.example.com", "oidc_client_id": "c"},
        {"oidc_issuer": "https://id.example.com"},
        {"oidc_issuer": "https://id.example.com", "oidc_client_id": "c", "console_url": ""},
        {"oidc_create_users": True, "oidc_issuer": "https://i.example", "oidc_client_id": "c"},
        {"oidc_roles": {"x": "owner"}},
        {"local_sign_in": False},
        {"console_url": "ftp://x"},
        {"console_url": "https://user:secret@x"},
        {"console_trusted_proxies": "10.0.0.1, nonsense"},
    ],
    ids=str,
)
def test_settings_that_cannot_be_meant_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConsoleSettings(**{"console_url": "https://c.example", **settings})


def test_an_issuers_slash_is_part_of_its_name() -> None:
    told = {"oidc_client_id": "c", "console_url": "https://c.example/"}
    settings = ConsoleSettings(oidc_issuer="https://id.example/realm/", **told)  # type: ignore[arg-type]
    assert settings.oidc_issuer == "https://id.example/realm/"
    assert settings.console_url == "https://c.example"
    assert "s3cret" not in repr(ConsoleSettings(oidc_client_secret=SecretStr("s3cret")))


def test_what_is_wrong_with_the_environment_is_said_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CALLROUTER_OIDC_CLIENT_SECRET", "hidden")
    monkeypatch.setenv("CALLROUTER_CONSOLE_URL", "nowhere")
    with pytest.raises(BadEnvironment, match="CALLROUTER_CONSOLE_URL: write an address") as bad:
        console_environment()
    assert "hidden" not in str(bad.value)
    monkeypatch.setenv("CALLROUTER_CONSOLE_URL", "")
    monkeypatch.setenv("CALLROUTER_OIDC_ROLES", "x=y")
    with pytest.raises(BadEnvironment, match="write a JSON object"):
        console_environment()
