"""The call log as ops use it: filters, one call beside the list, keys, languages."""

import re
from uuid import UUID

from playwright.async_api import Locator, Page, expect
from sqlalchemy import func, select

from callrouter.db.engine import make_engine, transaction
from callrouter.db.models import Call
from callrouter.db.presence import CHANNEL
from callrouter.db.users import Role
from tests.browser.accessible import check_accessible
from tests.browser.sample import LIVE
from tests.browser.served import ServedConsole
from tests.browser.watched import Visitors, keep
from tests.db.sample_calls import greeted
from tests.db.stored import store

ROWS = ".call-row"


def chip(page: Page, title: str) -> Locator:
    return page.locator("summary", has_text=title)


async def opened(page: Page, query: str = "period=all") -> None:
    await page.goto(f"/calls?{query}")
    await expect(page.locator("#totals .sums")).to_be_visible()


async def test_an_op_finds_the_lost_calls_and_why_they_were_lost(visit: Visitors) -> None:
    page = await visit(Role.SUPERVISOR)
    await opened(page)
    assert await page.locator(".live-rows .call-row").count() == LIVE
    await check_accessible(page)
    await chip(page, "Status").click()
    await page.get_by_role("checkbox", name="Abandoned").check()
    await keep(page, "log-filter-open", whole=False)
    await check_accessible(page)
    await page.get_by_role("button", name="Apply").locator("visible=true").click()
    await page.wait_for_url("**status=abandoned*")
    words = await page.locator(f"{ROWS} .c-status").all_inner_texts()
    assert words
    assert {word.strip() for word in words} == {"Abandoned"}
    await page.locator(ROWS).first.click()
    panel = page.locator("#panel")
    await expect(panel.locator(".why")).to_contain_text("The caller left")
    await expect(panel.locator("svg.bars").first).to_be_visible()
    await keep(page, "log-panel", whole=False)
    await check_accessible(page)
    await page.go_back()
    await expect(page.locator(ROWS).nth(len(words) + 1)).to_be_visible()


async def test_keys_alone_are_enough(visit: Visitors) -> None:
    page = await visit(Role.SUPERVISOR)
    await opened(page)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    focused = await page.evaluate("document.activeElement.closest('.call-row').dataset.call")
    first = await page.locator(ROWS).first.get_attribute("data-call")
    assert focused == first
    await page.keyboard.press("Enter")
    await expect(page.locator("#panel .call")).to_have_attribute("data-call", str(first))
    await page.keyboard.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    await page.keyboard.press("/")
    await page.keyboard.type("petrović")
    await page.wait_for_url("**text=petrovi*")
    await expect(page.locator(ROWS).first).to_contain_text("Petrović")
    assert await page.evaluate("document.activeElement.name") == "text", "one goes on typing"
    await page.locator(f"{ROWS} .row-link").first.focus()
    await page.keyboard.press("x")
    menu = page.get_by_role("link", name="CSV")
    await expect(menu).to_be_visible()
    async with page.expect_download() as download:
        await menu.click()
    path = await (await download.value).path()
    lines = path.read_text(encoding="utf-8-sig").strip().splitlines()
    shown = await page.locator(ROWS).count()
    assert len(lines) == 1 + shown
    assert all("Petrović" in line for line in lines[1:])


async def test_columns_views_and_days_are_kept(visit: Visitors) -> None:
    page = await visit(Role.SUPERVISOR)
    await opened(page)
    await chip(page, "Columns").click()
    await page.get_by_role("checkbox", name="Internal number").click()  # the page is fetched anew
    await expect(page.get_by_role("columnheader", name="Internal number")).to_be_visible()
    await page.get_by_role("button", name="By date").click()
    await page.wait_for_url("**by=date*")
    await expect(page.locator(".day-sums").first).to_contain_text(re.compile(r"\d+ calls?"))
    await keep(page, "log-by-date", whole=False)
    await chip(page, "Views").click()
    await page.get_by_role("button", name="Save this view …").click()
    await page.get_by_label("Name", exact=True).fill("By day, ever")
    await check_accessible(page)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.locator(".toast.ok")).to_be_visible()
    await page.goto("/calls")
    await chip(page, "Views").click()
    await page.get_by_role("link", name="By day, ever").click()
    await page.wait_for_url("**by=date*")
    await expect(page.get_by_role("columnheader", name="Internal number")).to_be_visible()


async def test_a_call_that_comes_in_is_there_by_itself(
    visit: Visitors, console: ServedConsole
) -> None:
    page = await visit(Role.SUPERVISOR)
    await opened(page, "status=live")
    before = await page.locator(ROWS).count()
    engine = make_engine(console.database_url)
    await store(engine, UUID(int=5), greeted())
    async with transaction(engine) as connection:  # as the router does after it has written
        await connection.execute(select(func.pg_notify(CHANNEL, Call.__tablename__)))
    await engine.dispose()
    await expect(page.locator(ROWS)).to_have_count(before + 1)
