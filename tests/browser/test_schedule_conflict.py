"""Two admins at once: nobody overwrites anybody silently, and no change is lost."""

from playwright.async_api import Page, expect

from callrouter.concurrency import all_of
from callrouter.db.users import Role
from tests.browser.accessible import check_accessible
from tests.browser.watched import PATIENCE_MS, Visitors, keep, save

expect.set_options(timeout=PATIENCE_MS)
SAVE = """async ([name, field, value]) => {
    const stored = await (await fetch('/api/v1/configuration')).json();
    stored.document.incoming_call_settings[name][field] = value;
    const answer = await fetch('/api/v1/configuration', {
        method: 'PUT',
        headers: {'Content-Type': 'application/json', 'If-Match': `"${stored.mark}"`,
                  'X-CSRF-Token': document.documentElement.dataset.csrf},
        body: JSON.stringify({document: stored.document, note: 'meanwhile'}),
    });
    return answer.status;
}"""


async def ring_seconds(page: Page, name: str, seconds: str) -> None:
    await page.goto(f"/numbers/{name}#ringing")
    field = page.get_by_label("One agent rings for")
    await field.fill(seconds)
    await field.press("Tab")
    await expect(page.locator("#configuration-bar")).to_contain_text("1 change not saved")


async def stored(page: Page, name: str) -> dict[str, object]:
    found: dict[str, object] = await page.evaluate(
        """name => fetch('/api/v1/configuration').then(answer => answer.json())
            .then(stored => stored.document.incoming_call_settings[name])""",
        name,
    )
    return found


async def test_what_two_admins_changed_is_merged_and_asked_where_both_did(visit: Visitors) -> None:
    mine = await visit(Role.SYSTEM_MANAGER, name="amina")
    other = await visit(Role.SYSTEM_MANAGER, name="bojan")
    await ring_seconds(mine, "support", "31")
    await other.goto("/numbers")
    assert await other.evaluate(SAVE, ["support", "ring_seconds", 12]) == 200
    assert await other.evaluate(SAVE, ["podrska", "max_ring_seconds", 77]) == 200

    banner = mine.locator("#configuration-bar .notice")
    await expect(banner).to_contain_text("bojan saved version")
    await expect(mine.locator("#configuration-bar")).to_contain_text("1 change not saved")
    await mine.reload()
    await expect(banner).to_contain_text("bojan saved version")
    await check_accessible(mine, within="#configuration-bar")  # it lies over the page
    await keep(mine, "conflict-banner", whole=False)

    await banner.get_by_role("button", name="Merge").click()
    dialog = mine.locator("dialog")
    await expect(dialog.locator("fieldset")).to_have_count(1)
    await expect(dialog.locator("fieldset")).to_contain_text("31")
    await expect(dialog.locator("fieldset")).to_contain_text("12")
    await check_accessible(mine)
    await keep(mine, "conflict-choice", whole=False)
    await dialog.get_by_label("Mine").check()
    await dialog.get_by_role("button", name="Merge").click()
    await expect(banner).to_have_count(0)

    # It is shown for six seconds only: looked for from before.
    toast = expect(other.locator(".toast").last)
    await all_of([toast.to_contain_text("amina saved version"), save(mine, "Both")])
    assert (await stored(mine, "support"))["ring_seconds"] == 31
    assert (await stored(mine, "podrska"))["max_ring_seconds"] == 77


async def test_two_tabs_of_one_browser_have_one_draft(visit: Visitors) -> None:
    one = await visit(Role.SYSTEM_MANAGER)
    await ring_seconds(one, "head-office", "33")
    two = await one.context.new_page()
    await two.goto("/numbers/head-office#ringing")
    await expect(two.get_by_label("One agent rings for")).to_have_value("33")
    await two.get_by_label("All ringing of a call ends after").fill("99")
    await two.get_by_label("All ringing of a call ends after").press("Tab")
    await expect(one.get_by_label("All ringing of a call ends after")).to_have_value("99")
    await expect(one.locator("#configuration-bar")).to_contain_text("2 changes not saved")
    await one.get_by_role("button", name="Discard").click()
    await one.locator("dialog").get_by_role("button", name="Discard").click()
    await expect(two.get_by_label("One agent rings for")).to_have_value("20")
    await expect(two.locator("#configuration-bar")).not_to_be_visible()


async def test_a_supervisor_may_try_but_not_save(visit: Visitors) -> None:
    page = await visit(Role.SUPERVISOR)
    await page.goto("/numbers")
    await expect(page.locator("td .status").first).to_be_visible()
    await expect(page.locator("#add")).not_to_be_visible()
    await page.goto("/numbers/support")
    await expect(page.locator(".block").first).to_be_visible()
    await expect(page.locator('.row-table [data-field="from_time"]').first).to_be_disabled()
    await page.goto("/numbers/nobody-knows-this")
    await expect(page.locator(".empty")).to_contain_text("nobody-knows-this")
