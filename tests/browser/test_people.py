"""From an empty console to people who work with it: the set-up, signing in, people, tokens, log."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from pydantic import SecretStr

from callrouter.console.words import words_of
from callrouter.db.engine import make_engine, transaction
from callrouter.db.sign_in_secrets import make_link
from callrouter.db.users import Role
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.browser.accessible import check_accessible
from tests.browser.served import ServedConsole, served
from tests.browser.watched import PHONE, Visitors, keep
from tests.conftest import run_now

PASSWORD = "seven green tables"
LANGUAGES = ("en", "ar", "sr")


@pytest.fixture(scope="module")
def new_console(
    postgres_server: PostgresServer,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedConsole]:
    """A console to which nobody has come yet."""
    folder = tmp_path_factory.mktemp("newconsole")
    run_now(postgres_server.create_database(folder.name, template=migrated_template))
    url = postgres_server.url(folder.name)
    try:
        with served(Settings(config="database", database_url=SecretStr(url))) as running:
            yield running
    finally:
        run_now(postgres_server.drop_database(folder.name))


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(browser: Browser, new_console: ServedConsole) -> AsyncIterator[Visitors]:
    visitors = Visitors(browser, new_console)
    yield visitors
    await visitors.leave()
    assert not visitors.faults()


async def set_up_code(console: ServedConsole) -> str:
    engine = make_engine(console.settings.database_url.get_secret_value())
    async with transaction(engine) as connection:
        code = await make_link(connection, None, datetime.now(UTC), timedelta(hours=1))
    await engine.dispose()
    return code


@pytest.mark.parametrize("language", LANGUAGES)
async def test_before_the_set_up_everything_leads_to_it(newcomer: Visitors, language: str) -> None:
    page = await newcomer(language=language)
    await page.goto("/people")
    await expect(page).to_have_url(f"{newcomer.console.url}/set-up")
    await expect(page.locator("html")).to_have_attribute("dir", words_of(language).direction)
    await expect(page.locator(".command")).to_have_text("callrouter user set-up-link")
    await check_accessible(page)
    await page.goto(f"/set-up?code={await set_up_code(newcomer.console)}")
    await check_accessible(page)
    await keep(page, f"set-up-{language}")


async def test_the_first_user_sets_up_signs_out_and_in_again(newcomer: Visitors) -> None:
    page = await newcomer(size=PHONE)
    code = await set_up_code(newcomer.console)
    await page.goto(f"/set-up?code={code}")
    await page.get_by_label("Name to sign in with").fill("Mira")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Password again").fill(PASSWORD)
    await page.get_by_role("button", name="Begin").click()
    await expect(page.locator("summary[aria-label='Your account: mira']")).to_be_visible()
    await expect(page).to_have_url(f"{newcomer.console.url}/numbers")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await keep(page, "after-set-up")
    await page.locator("summary[aria-label='Your account: mira']").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{newcomer.console.url}/sign-in")
    await page.go_back()
    await page.reload()
    assert "/sign-in" in page.url, "nothing is left to look at"
    newcomer.expect("status of 401")
    await page.get_by_label("Name").fill("mira")
    await page.get_by_label("Password").fill("something else")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("summary[aria-label='Your account: mira']")).to_be_visible()
    await page.goto(f"/set-up?code={code}")
    assert "/set-up" not in page.url


async def test_a_person_is_added_and_comes_in_by_the_link(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await page.goto("/people")
    await page.get_by_label("Name to sign in with").fill("zora")
    await page.get_by_label("Full name").fill("Zora <b>Zorić</b>")
    await page.get_by_label("Reviewer").check()
    await page.get_by_role("button", name="Add").click()
    link = await page.locator("#secret").inner_text()
    await keep(page, "person-link")
    newcomer = await visit()
    await newcomer.goto(link)
    await newcomer.get_by_label("Password", exact=True).fill(PASSWORD)
    await newcomer.get_by_label("Password again").fill(PASSWORD)
    await newcomer.get_by_role("button", name="Save and sign in").click()
    await newcomer.goto("/me")
    await expect(newcomer.get_by_label("Full name")).to_have_value("Zora <b>Zorić</b>")
    await newcomer.get_by_label("Language").select_option("ar")
    await newcomer.get_by_role("button", name="Save").click()
    await expect(newcomer.locator("html")).to_have_attribute("dir", "rtl")
    await page.goto("/people")
    await page.get_by_role("link", name="zora").click()
    await page.get_by_role("button", name="Disable the account").click()
    await expect(page.locator(".notice.ok")).to_contain_text("signed out")
    await newcomer.goto("/me")
    assert "/sign-in" in newcomer.url
    await page.goto("/audit?text=zora")
    await expect(page.locator("tbody tr")).to_have_count(5)
    await page.get_by_text("Details").nth(1).click()
    await keep(page, "audit-zora")


async def test_a_token_is_made_copied_and_revoked_after_a_question(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto("/tokens")
    await page.get_by_label("Who or what will use it").fill("wall board")
    await page.get_by_role("button", name="Make a token").click()
    secret = await page.locator("#secret").inner_text()
    assert secret.startswith("crt_")
    await page.get_by_role("button", name="Copy").click()
    await expect(page.locator(".toast")).to_contain_text("Copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == secret
    row = page.locator("tbody tr", has_text="wall board")
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("button", name="Cancel").click()
    await expect(row).to_contain_text("usable")
    await row.get_by_role("button", name="Revoke").click()
    await page.locator("dialog[open]").get_by_role("button", name="Revoke").click()
    await expect(row).to_contain_text("revoked")


async def test_who_may_not_sees_a_page_that_says_so(visit: Visitors) -> None:
    visit.expect("403")
    page = await visit(Role.VIEWER)
    for path in ("/people", "/tokens", "/audit"):
        await page.goto(path)
        await expect(page.get_by_text("Your role does not include this page.")).to_be_visible()
    await check_accessible(page)
