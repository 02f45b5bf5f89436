"""Pages opened for one test, and what none of them may do: ask another host, or log an error."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)

from callrouter.console.access import SESSION_COOKIE
from callrouter.db.users import Role
from tests.browser.served import ServedConsole

WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
TIMEZONE = "Europe/Belgrade"
PATIENCE_MS = 20_000
"""How long a page may take: long, because a busy machine is no error."""

SLOW_MS = 60_000
"""For what the workbench does: it starts when it is first asked."""

_ASKED_BY_BROWSERS = "/favicon.ico"  # of themselves, where a document names no icon
_LOCALES = {"en": "en-GB", "ar": "ar", "sr": "sr-Latn-RS"}


class Visitors:
    """Opens pages of one console, each visitor in a browser context of his own."""

    def __init__(self, browser: Browser, console: ServedConsole) -> None:
        self._browser = browser
        self.console = console
        self.contexts: list[BrowserContext] = []
        self._faults: list[str] = []
        self._expected: list[str] = []

    async def __call__(
        self,
        role: Role | None = None,
        *,
        language: str = "en",
        theme: str = "light",
        size: dict[str, int] | None = None,
        name: str | None = None,
        agent: str | None = None,
    ) -> Page:
        """A new page; of somebody who has signed in, unless `role` is None.

        It is at no address yet: `await page.goto("/calls")`. `theme` is light, dark or system,
        which follows `page.emulate_media(color_scheme=…)`.
        """
        size = size or WIDE
        context = await self._browser.new_context(
            base_url=self.console.url,
            viewport={"width": size["width"], "height": size["height"]},
            locale=_LOCALES[language],
            timezone_id=TIMEZONE,
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if role is not None:
            cookie = await self.console.session(
                role, name=name, agent=agent, language=language, theme=theme
            )
            await context.add_cookies(
                [{"name": SESSION_COOKIE, "value": cookie, "url": self.console.url}]
            )
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self._note(f"uncaught: {error.error}"))
        return await context.new_page()

    def expect(self, pattern: str) -> None:
        """An error that this test is about: a regular expression that finds it."""
        self._expected.append(pattern)

    def faults(self) -> list[str]:
        """What happened that must not, except what was expected."""
        return [
            fault
            for fault in self._faults
            if not any(re.search(pattern, fault) for pattern in self._expected)
        ]

    async def leave(self) -> None:
        for context in self.contexts:
            await context.close()

    def _note(self, fault: str) -> None:
        self._faults.append(fault)

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        own = urlsplit(self.console.url).netloc
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != own:
            self._note(f"asked another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self._note(f"status of {response.status}: {response.request.method} {response.url}")

    def _said(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not where.endswith(_ASKED_BY_BROWSERS):
            self._note(f"logged as error: {message.text} ({where})")


async def keep(page: Page, name: str, *, whole: bool = True) -> Path:
    """Keep a picture of the page, for people to look at: `.state/screenshots/NAME.png`.

    Another folder: the environment variable CALLROUTER_TEST_SCREENSHOTS.
    """
    folder = Path(os.environ.get("CALLROUTER_TEST_SCREENSHOTS", ".state/screenshots"))
    path = folder / f"{name}.png"
    await page.screenshot(path=path, full_page=whole, animations="disabled")
    return path


async def save(page: Page, note: str) -> None:
    """Review what is not saved yet, and save it with a note, in English."""
    await page.click("#review-and-save")
    dialog = page.locator("dialog[open]")
    await dialog.get_by_role("textbox").fill(note)
    await dialog.get_by_role("button", name="Save").click(timeout=SLOW_MS)
    await expect(page.locator(".toast.ok").last).to_contain_text("is live", timeout=SLOW_MS)
