"""The schedule editor in a browser: blocks drawn and dragged, YAML beside them, a note to save."""

import asyncio
import re
import time

from playwright.async_api import Page, Route, expect

from callrouter.db.users import Role
from tests.browser.watched import PATIENCE_MS, Visitors, keep

expect.set_options(timeout=PATIENCE_MS)
LARGE = {"width": 1400, "height": 1000}
HOUR = 1 / 24


async def schedule_of(page: Page, name: str) -> None:
    await page.goto(f"/numbers/{name}")
    await expect(page.locator(".block").first).to_be_visible()


async def along(page: Page, day: int, share: float) -> tuple[float, float]:
    """Where on the page a day's line is, at this share of its 24 hours."""
    track = page.locator(f'.grid-line:has(.grid-day[data-day="{day}"]) .grid-track')
    box = await track.bounding_box()
    assert box is not None
    rtl = await page.evaluate("document.documentElement.dir === 'rtl'")
    x = box["x"] + box["width"] * (1 - share if rtl else share)
    return x, box["y"] + 16


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    await page.mouse.move(*end)
    await page.mouse.up()


async def rows(page: Page) -> list[str]:
    """The table: days, from, to and groups of each row."""
    found: list[str] = await page.eval_on_selector_all(
        ".row-table tbody tr",
        """rows => rows.map(row => [row.querySelector('.days-button').textContent,
            ...[...row.querySelectorAll('input')].map(input => input.value)].join(' '))""",
    )
    return found


async def test_blocks_are_drawn_dragged_and_saved(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER, size=LARGE)
    await schedule_of(page, "podrska")
    assert await rows(page) == ["Mon, Thu 09:00 17:00 support"]

    await drag(page, await along(page, 0, 10 * HOUR), await along(page, 0, 11 * HOUR))
    assert await rows(page) == ["Mon, Thu 10:00 18:00 support"]
    await drag(page, await along(page, 3, 17.98 * HOUR), await along(page, 3, 20.02 * HOUR))
    assert await rows(page) == ["Mon, Thu 10:00 20:00 support"]

    await drag(page, await along(page, 5, 22 * HOUR), await along(page, 6, 2 * HOUR))
    assert (await rows(page))[1] == "Sat 22:00 02:00 support"
    editor = page.locator(".row-editor")
    await expect(editor).to_be_visible()
    await expect(page.locator('.block[data-row="1"]')).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(editor).not_to_be_visible()

    await page.keyboard.press("Control+z")
    await expect(page.locator('.block[data-row="1"]')).to_have_count(0)
    await page.keyboard.press("Control+Shift+Z")
    await expect(page.locator('.block[data-row="1"]')).to_have_count(2)

    await page.reload()
    await expect(page.locator('.block[data-row="1"]')).to_have_count(2)
    await expect(page.locator("#configuration-bar")).to_contain_text("not saved")
    await page.click("#review-and-save")
    dialog = page.locator("dialog.wide")
    await expect(dialog).to_contain_text("Monday, Thursday · 09:00–17:00 · support")
    await expect(dialog).to_contain_text("Who rings when")
    await expect(dialog.locator("table")).to_contain_text("podrska")
    await expect(dialog).to_contain_text(re.compile(r"of \d+ calls? would have gone elsewhere"))
    await keep(page, "schedule-review", whole=False)
    await dialog.locator("#save-note").fill("Longer hours")
    await dialog.locator("button.primary").click()
    await expect(page.locator(".toast.ok")).to_contain_text("is live")
    await expect(page.locator("#configuration-bar")).not_to_contain_text("not saved")
    stored = await page.evaluate("fetch('/api/v1/configuration').then(answer => answer.json())")
    schedule = stored["document"]["incoming_call_settings"]["podrska"]["call_handling_schedule"]
    assert [(row["from_time"], row["to_time"]) for row in schedule] == [
        ("10:00", "20:00"),
        ("22:00", "02:00"),
    ]


async def test_grid_table_and_yaml_are_the_same(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER, size=LARGE)
    await schedule_of(page, "support-arabic")
    await page.click('.chip[data-view="yaml"]')
    text = page.locator(".schedule-split .yaml-text")
    await expect(text).to_have_value(re.compile("from_time"))
    written = await text.input_value()
    await text.fill(written.replace('from_time: "09:00"', 'from_time: "07:30"'))
    await expect(page.locator('.block[data-row="0"]').first).to_contain_text("07:30–17:00")

    await text.fill(written.replace('from_time: "09:00"', 'from_time: "half past"'))
    problems = page.locator(".schedule-split .yaml-problems")
    await expect(problems).to_contain_text("is not a time of day")
    await expect(page.locator(".schedule-split .yaml-numbers .bad")).to_have_count(1)

    await text.fill(written)
    await expect(page.locator('.block[data-row="0"]').first).to_contain_text("09:00–17:00")
    await page.click('.chip[data-view="table"]')
    await page.locator('.row-table [data-field="to_time"]').fill("16.30")
    await page.locator('.row-table [data-field="to_time"]').press("Tab")
    await expect(page.locator('.block[data-row="0"]').first).to_contain_text("09:00–16:30")
    await page.click('.chip[data-view="yaml"]')
    await expect(text).to_have_value(re.compile("16:30"))
    await page.evaluate("localStorage.clear()")


FOLLOW_THE_END = """() => {
    const end = () => scrollTo(0, document.documentElement.scrollHeight);
    const rows = document.querySelector(".row-table tbody");
    new MutationObserver(end).observe(rows, {childList: true});
    end();
}"""
"""Somebody who is at the end of the page, and stays there as it grows."""


async def test_of_very_many_rows_those_are_drawn_that_somebody_looks_at(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER, size=LARGE)
    await schedule_of(page, "support-arabic")
    await page.click('.chip[data-view="yaml"]')
    text = page.locator(".schedule-split .yaml-text")
    await expect(text).to_have_value(re.compile("from_time"))
    head = (await text.input_value()).partition("call_handling_schedule:")[0]
    rows_ = "".join(
        f'  - {{days: {day}, from_time: "{n // 3:02}:{n % 3 * 20:02}",'
        f' to_time: "{(n + 1) // 3:02}:{(n + 1) % 3 * 20:02}", agent_group: sales}}\n'
        for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        for n in range(72)
    )
    await text.fill(f"{head}call_handling_schedule:\n{rows_}")
    await page.click('.chip[data-view="table"]')
    lines = page.locator(".row-table tbody tr")
    await expect(lines.nth(59)).to_be_attached()
    assert await lines.count() < 504
    await page.evaluate(FOLLOW_THE_END)
    await expect(lines).to_have_count(504)
    await page.evaluate("localStorage.clear()")


async def test_the_week_is_edited_without_a_mouse(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER, size=LARGE)
    await schedule_of(page, "support-arabic")
    await page.locator(".block").first.focus()
    await page.keyboard.press("Shift+ArrowRight")
    assert await rows(page) == ["Mon, Wed 09:15 17:15 sales"]
    await page.keyboard.press("Control+ArrowRight")
    await page.keyboard.press("Control+ArrowRight")
    assert await rows(page) == ["Mon, Wed 09:15 17:45 sales"]
    await page.keyboard.press("Shift+ArrowDown")
    assert await rows(page) == ["Tue, Thu 09:15 17:45 sales"]
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    editor = page.locator(".row-editor")
    await expect(editor).to_be_visible()
    await page.keyboard.press("Escape")
    label = await page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label == "Wed 13:00–14:00, sales"  # he is on what he has just edited
    assert (await rows(page))[1].startswith("Wed")
    await page.evaluate("localStorage.clear()")


async def test_from_an_empty_system_to_a_working_line(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER, size=LARGE)
    await page.goto("/numbers")
    await empty_system(page)
    await page.goto("/numbers")
    began = time.monotonic()
    steps = 0

    async def step(done: object) -> None:
        nonlocal steps
        steps += 1
        await done  # type: ignore[misc]

    await step(page.get_by_role("button", name="Add the first number").click())
    dialog = page.locator("dialog")
    await step(dialog.get_by_label("Name", exact=True).fill("Head office"))
    await step(dialog.get_by_label("Phone number").fill("700"))
    await step(dialog.get_by_label("Agent's name").fill("Amina Haddad"))
    await keep(page, "first-number", whole=False)
    await step(dialog.get_by_role("button", name="Add", exact=True).click())
    await expect(page.locator(".block")).to_have_count(5)
    await step(page.click("#review-and-save"))
    await step(page.locator("#save-note").fill("The first number"))
    await step(page.locator("dialog.wide button.primary").click())
    await expect(page.locator(".toast.ok")).to_contain_text("is live")
    print(
        f"from an empty system to a working line: {steps} steps, {time.monotonic() - began:.1f} s"
    )

    await page.goto("/simulate?number=700&caller=%2B381641234567&at=2026-11-23T09:30:00Z")
    answer = page.locator(".simulate-answer")
    await expect(answer).to_contain_text("Rings")
    await expect(answer).to_contain_text("Amina Haddad")
    assert steps <= 8


async def test_an_answer_that_comes_late_overwrites_no_newer_one(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    asked, answered = [], asyncio.Event()

    async def first_is_slow(route: Route) -> None:
        asked.append(route.request)
        found = await route.fetch()
        if route.request is asked[0]:
            await answered.wait()
        await route.fulfill(response=found)

    await page.route("**/api/v1/simulate", first_is_slow)
    await page.goto("/simulate?number=700&at=2026-11-23T23:30:00Z")  # closed by then
    answer = page.locator(".simulate-answer")
    await page.get_by_label("When").fill("2026-11-23T10:30")
    await page.get_by_role("button", name="Try", exact=True).click()
    await expect(answer).to_contain_text("Rings")
    async with page.expect_response("**/api/v1/simulate"):
        answered.set()
    await page.evaluate("new Promise(done => setTimeout(done, 100))")
    await expect(answer).to_contain_text("Rings")


async def empty_system(page: Page) -> None:
    """Nothing is configured any more."""
    status = await page.evaluate(
        """async () => {
            const csrf = document.documentElement.dataset.csrf;
            const stored = await (await fetch('/api/v1/configuration')).json();
            const answer = await fetch('/api/v1/configuration', {
                method: 'PUT',
                headers: {'Content-Type': 'application/json', 'X-CSRF-Token': csrf,
                          'If-Match': `"${stored.mark}"`},
                body: JSON.stringify({document: {}, note: 'empty'}),
            });
            return answer.status;
        }"""
    )
    assert status == 200
