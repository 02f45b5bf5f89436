"""The ground the browser tests stand on: what must make a test fail does."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from callrouter.db.users import Role
from tests.browser.accessible import check_accessible
from tests.browser.sample import CALLS
from tests.browser.served import ServedConsole
from tests.browser.watched import PHONE, Visitors, keep

OPENAPI = "/api/v1/openapi.json"
NOBODY_HAS = "\u0378"  # a letter that Unicode has not given away: the box for what is missing


async def test_somebody_signed_in_may_ask_and_nobody_may_not(visit: Visitors) -> None:
    visit.expect("status of 401")
    asked = "fetch('/api/v1/calls?limit=200').then(answer => answer.json())"
    page = await visit(Role.SUPERVISOR)
    await page.goto(OPENAPI)
    found = await page.evaluate(asked)
    assert len(found["calls"] if "calls" in found else found["items"]) == CALLS
    stranger = await visit(None)
    await stranger.goto(OPENAPI)
    assert (await stranger.evaluate(asked))["status"] == 401


async def test_a_visitor_has_his_language_his_theme_and_his_size(visit: Visitors) -> None:
    page = await visit(None, language="ar", theme="dark", size=PHONE)
    await page.goto(OPENAPI)
    seen = await page.evaluate(
        "[navigator.language, matchMedia('(prefers-color-scheme: dark)').matches, innerWidth]"
    )
    assert seen == ["ar", True, 360]


async def test_what_a_page_must_not_do_is_noticed(browser: Browser, console: ServedConsole) -> None:
    visitors = Visitors(browser, console)
    page = await visitors(None)
    await page.goto(OPENAPI)
    await page.evaluate("console.error('bad ' + 1)")
    await page.evaluate("setTimeout(() => { throw new Error('uncaught 2') })")
    elsewhere = await visitors(None)  # on a page of ours, its policy would not let it ask
    await elsewhere.evaluate("fetch('http://127.0.0.1:9/x').catch(() => 0)")
    await page.wait_for_timeout(100)
    await visitors.leave()
    said = "\n".join(visitors.faults())
    assert "logged as error: bad 1" in said
    assert "uncaught 2" in said
    assert "asked another host: http://127.0.0.1:9/x" in said
    visitors.expect("bad 1")
    assert "bad 1" not in "\n".join(visitors.faults())


async def test_what_not_everybody_can_use_is_told(visit: Visitors) -> None:
    page = await visit(None)
    await page.set_content(
        "<!doctype html><html lang=en><title>t</title><main><h1>x</h1><input id=nameless></main>"
    )
    with pytest.raises(AssertionError, match="#nameless"):
        await check_accessible(page)
    await page.set_content(
        "<!doctype html><html lang=en><title>t</title><main><h1>x</h1>"
        "<label>Name <input></label></main>"
    )
    await check_accessible(page)


async def test_there_are_fonts_for_all_three_languages(visit: Visitors) -> None:
    page = await visit(None)
    drawn = await page.evaluate(
        """letters => letters.map(letter => {
            const canvas = document.createElement("canvas");
            const pen = canvas.getContext("2d");
            pen.font = "40px sans-serif";
            pen.fillText(letter, 10, 50);
            return canvas.toDataURL();
        })""",
        [NOBODY_HAS, *"žđšćčЂњعيةكجى"],
    )
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("language", ["en", "ar", "sr"])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_everybody_can_read_that_a_page_is_missing(
    visit: Visitors, language: str, theme: str
) -> None:
    visit.expect("status of 404")
    page = await visit(Role.SYSTEM_MANAGER, language=language, theme=theme)
    await page.goto("/nowhere")
    assert (await page.get_attribute("html", "lang") or "").partition("-")[0] == language
    await check_accessible(page)
    await keep(page, f"missing-{language}-{theme}-wide")


async def test_pictures_are_kept(
    visit: Visitors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLROUTER_TEST_SCREENSHOTS", str(tmp_path))
    page = await visit(None)
    await page.goto("/sign-in")
    assert (await keep(page, "sign-in")).read_bytes().startswith(b"\x89PNG")
