"""Every page in every language, light and dark, wide and on a phone: usable, and a picture of it.

The pictures are for people to look at (`.state/screenshots/`): what is ugly no test finds. There is
one visit for each page and language: the looks are emulated, and all visits of a role and language
are in one browser context, which fetches its scripts once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from playwright.async_api import Browser, Page, expect

from callrouter.db.engine import make_engine
from callrouter.db.users import Role
from tests.browser import sample
from tests.browser.accessible import Rules, check_accessible
from tests.browser.served import ServedConsole
from tests.browser.watched import PATIENCE_MS, PHONE, WIDE, Visitors, keep

LANGUAGES = ("en", "ar")  # Serbian is written as English is: the journeys look at it
CALL = sample.id_of(8)  # rang in vain first, then another agent had it
MANAGER = Role.SYSTEM_MANAGER
STATUS_CHIP = "details:has([name=status]) > summary"
MONDAY = "2026-11-23T09:30:00Z"
NUMBER = "/numbers/{name:path}"


class Looking:
    """One page for each role and language, which goes from address to address."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors
        self._pages: dict[tuple[Role | None, str], Page] = {}

    async def page(self, role: Role | None, language: str) -> Page:
        if (role, language) not in self._pages:
            agent = "amina" if role is Role.AGENT else None
            name = f"{role}-{language}"  # whose language and theme are his own
            page = await self.visitors(
                role, language=language, theme="system", name=name, agent=agent
            )
            self._pages[role, language] = page
        return self._pages[role, language]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, who looks at it, the route that makes it if its address has more in it, what is there
    when it shows everything, and what to press to see it. Both are CSS selectors."""

    name: str
    address: str
    role: Role | None
    route: str = ""
    ready: str = "main"
    press: str = ""


PAGES = (
    Shown("sign-in", "/sign-in", None),
    Shown("board", "/board", Role.SUPERVISOR, ready="#fresh.ok"),
    Shown("calls", "/calls?period=all", Role.SUPERVISOR, "/calls", "#totals .sums"),
    Shown("calls-by-date", "/calls?period=all&by=date", Role.SUPERVISOR, "/calls", ".day-sums"),
    Shown(
        "calls-filter",
        "/calls",
        Role.SUPERVISOR,
        "/calls",
        "[name=status]",
        ".log-chips summary >> nth=1",
    ),
    Shown("call", f"/calls/{CALL}", Role.SUPERVISOR, "/calls/{call_id}", ".lanes"),
    Shown("numbers", "/numbers", MANAGER),
    Shown("number", "/numbers/head-office", MANAGER, NUMBER, ".block"),
    Shown("number-row", "/numbers/head-office", MANAGER, NUMBER, ".row-editor", "[data-key=days]"),
    Shown("number-ringing", "/numbers/support#ringing", MANAGER, NUMBER, "#panel-ringing select"),
    Shown(
        "number-messages", "/numbers/support#messages", MANAGER, NUMBER, "#panel-messages textarea"
    ),
    Shown(
        "number-holidays",
        "/numbers/support#holidays",
        MANAGER,
        NUMBER,
        "#panel-holidays .order-item",
    ),
    Shown("number-preview", "/numbers/support#preview", MANAGER, NUMBER, ".preview-day"),
    Shown("number-yaml", "/numbers/support#yaml", MANAGER, NUMBER, ".yaml-numbers:not(:empty)"),
    Shown("agents", "/agents", MANAGER),
    Shown("agent", "/agents/carla", MANAGER, "/agents/{name:path}"),
    Shown("groups", "/groups", MANAGER),
    Shown("group", "/groups/support", MANAGER, "/groups/{name:path}"),
    Shown("holidays", "/holidays", MANAGER),
    Shown("calendar", "/holidays/own-days", MANAGER, "/holidays/{name:path}"),
    Shown("prompts", "/prompts", MANAGER),
    Shown("general", "/general", MANAGER),
    Shown("simulate", f"/simulate?number=700&at={MONDAY}", MANAGER, "/simulate", ".walk-step"),
    Shown("history", "/history", MANAGER),
    Shown("version", "/history/1", MANAGER, "/history/{number}"),
    Shown("overrides", "/overrides", Role.SUPERVISOR),
    Shown("blocked", "/blocked", Role.SUPERVISOR),
    Shown("people", "/people", MANAGER),
    Shown("person", "/people", MANAGER, "/people/{user_id}", "h1", "table a[href^='/people/']"),
    Shown("tokens", "/tokens", MANAGER),
    Shown("audit", "/audit", MANAGER),
    Shown("me", "/me", Role.AGENT),
    Shown("board-own", "/board", Role.AGENT, "/board", "#own:visible"),
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everybody(browser: Browser, console: ServedConsole) -> AsyncIterator[Looking]:
    engine = make_engine(console.database_url)
    await sample.tell_present(engine)
    await engine.dispose()
    await console.session(MANAGER)  # else all would be sent to the first set-up
    visitors = Visitors(browser, console)
    yield Looking(visitors)
    await visitors.leave()


@pytest.fixture
def looking(everybody: Looking) -> Iterator[Looking]:
    """What goes wrong on a page fails the test that was looking at it."""
    before = len(everybody.visitors.faults())
    yield everybody
    told = everybody.visitors.faults()[before:]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_it_is_for_everybody(looking: Looking, shown: Shown, language: str) -> None:
    page = await looking.page(shown.role, language)
    await _look(page, "light", WIDE)
    await page.goto("about:blank")  # also where only what is behind the # is another
    await page.goto(shown.address)
    await settled(page)
    if shown.press:
        await page.locator(shown.press).first.click()
        await settled(page)
    await page.locator(shown.ready).first.wait_for()
    assert (await page.get_attribute("html", "lang") or "").partition("-")[0] == language
    await keep(page, f"{shown.name}-{language}-light-wide")
    if language == "en":  # what is in the page is the same in all languages
        await check_accessible(page)
    assert await _nothing_sticks_out(page), "wider than a window"
    await _look(page, "dark", PHONE)
    if language == "ar":  # dark, narrow and from right to left at once
        await keep(page, f"{shown.name}-{language}-dark-phone")
        await check_accessible(page, rules=Rules.LOOKS)
    assert await _nothing_sticks_out(page), "wider than a phone"


async def _look(page: Page, theme: Literal["light", "dark"], size: dict[str, int]) -> None:
    await page.emulate_media(color_scheme=theme)
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})


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
