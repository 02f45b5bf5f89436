"""The numbers' pages in every language, colour and width: usable by everybody, and looked at."""

import pytest
from playwright.async_api import Page, expect

from callrouter.db.users import Role
from tests.browser.accessible import check_accessible
from tests.browser.watched import PATIENCE_MS, PHONE, Visitors, keep

expect.set_options(timeout=PATIENCE_MS)
LARGE = {"width": 1400, "height": 1000}
LOOKS = [
    pytest.param("en", "light", LARGE, id="en-light"),
    pytest.param("ar", "dark", LARGE, id="ar-dark"),
    pytest.param("sr", "light", PHONE, id="sr-light-phone"),
    pytest.param("ar", "light", PHONE, id="ar-light-phone"),
    pytest.param("en", "dark", PHONE, id="en-dark-phone"),
]
TABS = {
    "ringing": "#panel-ringing select",
    "messages": "#panel-messages textarea:visible",
    "holidays": "#panel-holidays .order-item",
    "preview": ".preview-day",
    "yaml": "#panel-yaml .yaml-numbers span:nth-child(5)",
}


async def fits(page: Page) -> None:
    """Nothing makes the page itself wider than the window."""
    over = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0, f"{over} pixels too wide"


@pytest.mark.parametrize(("language", "theme", "size"), LOOKS)
async def test_pages_look_right_and_are_accessible(
    visit: Visitors, language: str, theme: str, size: dict[str, int], request: pytest.FixtureRequest
) -> None:
    look = request.node.callspec.id
    page = await visit(Role.SYSTEM_MANAGER, language=language, theme=theme, size=size)
    await page.goto("/numbers")
    await expect(page.locator("td .status.ok, td .status.off").first).to_be_visible()
    await check_accessible(page)
    await fits(page)
    await keep(page, f"numbers-{look}")

    await page.goto("/numbers/head-office")
    await expect(page.locator(".block").first).to_be_visible()
    await expect(page.locator(".duty-now .status")).to_be_visible()
    await check_accessible(page)
    await fits(page)
    await keep(page, f"schedule-{look}")
    await page.locator(".block").nth(3).focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".row-editor")).to_be_visible()
    await check_accessible(page)
    await keep(page, f"schedule-editor-{look}", whole=False)
    await page.keyboard.press("Escape")
    for tab, there in TABS.items():
        await page.click(f"#tab-{tab}")
        await expect(page.locator(there).first).to_be_visible()
        await check_accessible(page)
        await fits(page)
        await keep(page, f"schedule-{tab}-{look}")

    await page.goto("/simulate?number=700&caller=%2B381641234567&at=2026-11-23T09:30:00Z")
    await expect(page.locator(".walk-step").first).to_be_visible()
    await check_accessible(page)
    await fits(page)
    await keep(page, f"simulate-{look}")
