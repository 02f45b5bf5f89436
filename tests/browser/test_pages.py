"""Every page in every language, light and dark, wide and on a phone: usable, and a picture of it.

The pictures are for people to look at (`.state/screenshots/`): what is ugly no test finds.
"""

import asyncio
from dataclasses import dataclass

import pytest
from fastapi.routing import iter_route_contexts
from playwright.async_api import Page, expect

from callrouter.db.engine import make_engine
from callrouter.db.users import Role
from tests.browser import sample
from tests.browser.accessible import check_accessible
from tests.browser.served import ServedConsole
from tests.browser.watched import PATIENCE_MS, PHONE, WIDE, Visitors, keep

LANGUAGES = ("en", "ar", "sr")
CALL = sample.id_of(8)  # rang in vain first, then another agent had it
MANAGER = Role.SYSTEM_MANAGER


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, who looks at it, the route that makes it if its address has more in it, and what
    is there when it shows everything; `opens` is what leads there from the address. Both
    are CSS selectors."""

    name: str
    address: str
    role: Role | None
    route: str = ""
    ready: str = "main"
    opens: str = ""


PAGES = (
    Shown("sign-in", "/sign-in", None),
    Shown("board", "/board", Role.SUPERVISOR, ready="#fresh.ok"),
    Shown("calls", "/calls", Role.SUPERVISOR),
    Shown("call", f"/calls/{CALL}", Role.SUPERVISOR, "/calls/{call_id}"),
    Shown("numbers", "/numbers", MANAGER),
    Shown("number", "/numbers/support", MANAGER, "/numbers/{name:path}"),
    Shown("agents", "/agents", MANAGER),
    Shown("agent", "/agents/carla", MANAGER, "/agents/{name:path}"),
    Shown("groups", "/groups", MANAGER),
    Shown("group", "/groups/support", MANAGER, "/groups/{name:path}"),
    Shown("holidays", "/holidays", MANAGER),
    Shown("calendar", "/holidays/own-days", MANAGER, "/holidays/{name:path}"),
    Shown("prompts", "/prompts", MANAGER),
    Shown("general", "/general", MANAGER),
    Shown("simulate", "/simulate", MANAGER),
    Shown("history", "/history", MANAGER),
    Shown("version", "/history/1", MANAGER, "/history/{number}"),
    Shown("overrides", "/overrides", Role.SUPERVISOR),
    Shown("people", "/people", MANAGER),
    Shown("person", "/people", MANAGER, "/people/{user_id}", opens="table a[href^='/people/']"),
    Shown("tokens", "/tokens", MANAGER),
    Shown("audit", "/audit", MANAGER),
    Shown("me", "/me", Role.AGENT),
)
SHOWN_ELSEWHERE = {
    "/": "leads to another page",
    "/words/{language}.json": "no page",
    "/set-up": "needs a system without users: its own tests",
    "/password": "needs a link: its own tests",
    "/sign-in/company": "leads to another host: its own tests",
    "/sign-in/company/back": "comes from another host: its own tests",
    "/calls/rows": "a part of a page",
    "/calls/totals": "a part of a page",
}


def test_every_page_is_looked_at(console: ServedConsole) -> None:
    looked_at = {page.route or page.address for page in PAGES}
    routes = iter_route_contexts(console.app.routes)
    gettable = {str(route.path) for route in routes if "GET" in (route.methods or ())}
    pages = {path for path in gettable if not path.startswith("/api/")}
    assert pages - SHOWN_ELSEWHERE.keys() == looked_at


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_it_is_for_everybody(
    visit: Visitors, console: ServedConsole, shown: Shown, language: str
) -> None:
    await _tell_present(console)
    page = await visit(shown.role, language=language, theme="system", agent=_agent(shown.role))
    await page.goto(shown.address)
    if shown.opens:
        await page.locator(shown.opens).first.click()
        await page.wait_for_url("**/people/*")
    await settled(page)
    await page.locator(shown.ready).wait_for()
    for theme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for width, size in (("wide", WIDE), ("phone", PHONE)):
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
            await keep(page, f"{shown.name}-{language}-{theme}-{width}")
            if (theme, width) in (("light", "phone"), ("dark", "wide")):
                await check_accessible(page)
            assert await _nothing_sticks_out(page), f"wider than {size['width']} px"


async def settled(page: Page) -> None:
    """Until nothing of the page is still being loaded."""
    await expect(page.locator("[aria-busy=true]")).to_have_count(0, timeout=PATIENCE_MS)
    await page.evaluate("document.fonts.ready.then(() => 0)")


async def _nothing_sticks_out(page: Page) -> bool:
    seen = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    for _ in range(20):  # what follows the width by a script may take a moment
        if await page.evaluate(seen):
            return True
        await asyncio.sleep(0.1)
    return False


async def _tell_present(console: ServedConsole) -> None:
    engine = make_engine(console.database_url)
    try:
        await sample.tell_present(engine)
    finally:
        await engine.dispose()


def _agent(role: Role | None) -> str | None:
    return "amina" if role is Role.AGENT else None
