"""Agents, groups, holidays, prompts, history and overrides, as people use them."""

import asyncio
import io
import math
import re
import struct
import wave

import pytest
from playwright.async_api import Page, Route, expect

from callrouter.db.users import Role
from tests.browser.accessible import check_accessible
from tests.browser.watched import SLOW_MS, Visitors, keep, save

PAGES = (
    "/agents",
    "/agents/carla",
    "/groups",
    "/groups/support",
    "/holidays",
    "/holidays/own-days",
    "/prompts",
    "/general",
    "/history",
    "/history/1",
    "/overrides",
    "/blocked",
)


async def ready(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.locator("main [aria-busy]")).to_have_count(0, timeout=SLOW_MS)


async def members(page: Page) -> list[str]:
    found: list[str] = await page.locator("[data-item]").evaluate_all(
        "items => items.map(item => item.dataset.item)"
    )
    return found


async def test_members_are_put_in_order_by_drag_and_by_keyboard_and_the_order_is_saved(
    visit: Visitors,
) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/groups/support")
    assert await members(page) == ["carla", "bojan", "amina"]
    await expect(page.locator("[data-item=carla]")).to_contain_text("Paused")
    first = await page.locator("[data-item=carla] [data-handle]").bounding_box()
    second = await page.locator("[data-item=bojan]").bounding_box()
    assert first is not None
    assert second is not None
    x, y = first["x"] + first["width"] / 2, first["y"] + first["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, second["y"] + second["height"], steps=6)
    await page.mouse.up()
    assert await members(page) == ["bojan", "carla", "amina"]
    await page.locator("[data-item=amina] [data-handle]").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Alt+ArrowUp")
    assert await members(page) == ["amina", "bojan", "carla"]
    await expect(page.locator("[data-item=amina] [data-handle]")).to_be_focused()
    await page.get_by_role("button", name="Undo").click()
    assert await members(page) == ["bojan", "amina", "carla"]
    await save(page, "Bojan first")
    await ready(page, "/groups/support")
    assert await members(page) == ["bojan", "amina", "carla"]


async def test_an_agent_is_added_and_what_is_wrong_is_told_at_its_field(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/agents")
    await page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    await dialog.get_by_label("Name").fill("Dragana Đurić")
    await dialog.get_by_label("Extension").fill("1001")
    await dialog.get_by_role("button", name="Add an agent").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Amina Haddad has this extension")
    await dialog.get_by_label("Extension").fill("1004")
    await dialog.get_by_role("button", name="Add an agent").click()
    await page.wait_for_url("**/agents/dragana-*")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Dragana Đurić")
    extension = page.get_by_label("Extension")
    await extension.fill("ten four")
    await extension.press("Tab")
    await expect(page.get_by_text("is not an extension").first).to_be_visible(timeout=SLOW_MS)
    assert await extension.get_attribute("aria-invalid") == "true"
    await keep(page, "agent-wrong-extension")
    await page.get_by_role("button", name="Discard").click()
    await page.locator("dialog[open]").get_by_role("button", name="Discard").click()
    await expect(page.get_by_text("is not in the configuration")).to_be_visible()


async def test_deleting_says_where_it_is_used_and_takes_it_out_there(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/agents/bojan")
    await page.get_by_role("button", name="Delete …").click()
    dialog = page.locator("dialog[open]")
    await expect(dialog.get_by_role("link", name="support")).to_be_visible()
    await dialog.get_by_role("button", name="Delete").click()
    await page.wait_for_url("**/agents")
    await expect(page.locator("main [aria-busy]")).to_have_count(0, timeout=SLOW_MS)
    await expect(page.locator("tr[data-name=bojan]")).to_have_count(0)
    await ready(page, "/groups/support")
    assert "bojan" not in await members(page)
    await page.keyboard.press("Control+z")
    assert "bojan" in await members(page)


def tone() -> bytes:
    """A second of a tone, as a recording."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        samples = (round(9000 * math.sin(n / 3)) for n in range(8000))
        file.writeframes(struct.pack("<8000h", *samples))
    return written.getvalue()


async def test_a_recording_is_uploaded_heard_and_used(visit: Visitors) -> None:
    visit.expect("status of 422")
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/prompts")
    field = page.get_by_role("group", name="Greeting").first
    await field.get_by_role("radio", name="Sound").check()
    upload = field.locator("input[type=file]")
    await upload.set_input_files(
        {"name": "noise.wav", "mimeType": "audio/wav", "buffer": b"not a sound"}
    )
    await expect(field.locator(".drop .field-error")).to_be_visible(timeout=SLOW_MS)
    await upload.set_input_files(
        {"name": "Dobar dan.wav", "mimeType": "audio/wav", "buffer": tone()}
    )
    await expect(field.get_by_text("Kept as")).to_contain_text("Dobar dan.wav", timeout=SLOW_MS)
    await field.get_by_role("button", name="Listen").click()
    player = field.locator("audio")
    await expect(player).to_have_count(1, timeout=SLOW_MS)
    await page.wait_for_function(
        "element => element.readyState > 0", arg=await player.element_handle()
    )
    assert 0.9 < await player.evaluate("player => player.duration") < 1.5
    await expect(page.locator("#configuration-bar")).to_contain_text("1 change not saved")


async def test_a_recording_is_heard_before_the_list_of_sounds_is_there_anew(
    visit: Visitors,
) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/prompts")
    field = page.get_by_role("group", name="Greeting").first
    await field.get_by_role("radio", name="Sound").check()
    sounds = field.get_by_role("combobox", name="Sound")
    await expect(sounds.locator("option")).not_to_have_count(0)
    heard = asyncio.Event()

    async def later(route: Route) -> None:
        await heard.wait()
        await route.continue_()

    await page.route("**/configuration/sounds", later)
    await field.locator("input[type=file]").set_input_files(
        {"name": "Laku noc.wav", "mimeType": "audio/wav", "buffer": tone()}
    )
    await expect(field.get_by_text("Kept as")).to_contain_text("Laku noc.wav", timeout=SLOW_MS)
    await field.get_by_role("button", name="Listen").click()
    await expect(field.locator("audio")).to_have_count(1, timeout=SLOW_MS)
    heard.set()
    await expect(sounds).to_have_value("Laku noc.wav")


async def test_a_text_is_heard_with_the_time_it_reopens(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/prompts")
    await page.get_by_role("searchbox").fill("we open again")
    field = page.get_by_role("group", name="Closed").first
    await field.get_by_role("button", name="Listen").click()
    await expect(field.locator("audio")).to_have_count(1, timeout=SLOW_MS)


async def test_going_back_to_a_version_shows_what_changes_first(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/general")
    await page.get_by_label("Digit 1").fill("coffee")
    await page.get_by_label("Digit 1").press("Tab")
    await save(page, "coffee, not lunch")
    await ready(page, "/history/1")
    await page.get_by_role("button", name="Roll back to this …").click()
    dialog = page.locator("dialog[open]")
    await expect(dialog.get_by_text("pause_reasons.1")).to_be_visible(timeout=SLOW_MS)
    await expect(dialog.get_by_text("would have gone elsewhere")).to_be_visible(timeout=SLOW_MS)
    await dialog.get_by_label("Why?").fill("lunch after all")
    await keep(page, "roll-back", whole=False)
    await dialog.get_by_role("button", name="Roll back").click()
    await page.wait_for_url("**/history/*", timeout=SLOW_MS)
    await expect(page.get_by_text("lunch after all")).to_be_visible(timeout=SLOW_MS)
    await ready(page, "/general")
    await expect(page.get_by_label("Digit 1")).to_have_value("lunch")


async def test_the_whole_is_edited_as_yaml_and_taken_into_the_draft(visit: Visitors) -> None:
    page = await visit(Role.SYSTEM_MANAGER)
    await ready(page, "/general#yaml")
    text = page.get_by_role("textbox", name="The configuration as YAML")
    await expect(text).to_have_value(re.compile("amina:"), timeout=SLOW_MS)
    written = await text.input_value()
    await text.fill(written.replace("Amina Haddad", "Amina Nasser") + "nonsense: 1\n")
    await expect(page.get_by_text("there is no field 'nonsense'")).to_be_visible(timeout=SLOW_MS)
    await text.fill(written.replace("Amina Haddad", "Amina Nasser"))
    await page.get_by_role("button", name="Take into the draft").click(timeout=SLOW_MS)
    await expect(page.locator("#configuration-bar")).to_contain_text("1 change not saved")


async def test_closed_now_with_a_word_of_what_it_does_and_ended_and_taken_back(
    visit: Visitors,
) -> None:
    page = await visit(Role.SUPERVISOR)
    await page.goto("/overrides")
    await page.get_by_role("button", name="Close now until …").click()
    dialog = page.locator("dialog[open]")
    await dialog.get_by_label("Some of them").check()
    await expect(dialog.get_by_text("Choose at least one")).to_be_visible()
    half_an_hour = await dialog.get_by_role("radio", name="30 minutes").element_handle()
    await dialog.get_by_role("checkbox", name=re.compile("^support +")).check()
    await dialog.get_by_role("radio", name="30 minutes").click()
    await expect(dialog.locator(".told strong")).to_contain_text("support")
    assert half_an_hour is not None
    assert await half_an_hour.get_attribute("aria-checked") == "true", "replaced while clicked"
    await dialog.get_by_label("Reason").fill("fire drill")
    await keep(page, "override-closing", whole=False)
    await check_accessible(page, within="dialog[open]")
    await dialog.get_by_role("button", name="Close now").click()
    card = page.locator("#in-force .override")
    await expect(card).to_contain_text("fire drill")
    await expect(card).to_contain_text(re.compile("in (29|30) min"))
    await card.get_by_role("button", name="End now").click()
    await expect(page.locator("#in-force .override")).to_have_count(0)
    await expect(page.locator("#past-rows")).to_contain_text("fire drill")
    await page.get_by_role("button", name="Undo").click()
    await expect(card).to_contain_text("fire drill")
    await card.get_by_role("button", name="End now").click()
    await expect(page.locator("#in-force .override")).to_have_count(0)


async def test_a_caller_is_blocked_and_let_in_again(visit: Visitors) -> None:
    page = await visit(Role.SUPERVISOR)
    await page.goto("/overrides")
    await page.get_by_role("link", name="Blocked callers").click()
    await expect(page.locator("#now-none")).to_have_text("Nobody is blocked.")
    await page.get_by_label("Number", exact=True).fill("+38190*")
    await page.get_by_label("He gets").select_option("busy")
    await page.get_by_label("Remark").fill("<b>lottery</b>")
    await page.get_by_role("button", name="Block", exact=True).click()
    row = page.locator("#now-rows tr")
    await expect(row).to_contain_text("+38190*")
    await expect(row).to_contain_text("Busy tone (486)")
    await expect(row).to_contain_text("<b>lottery</b>")
    await keep(page, "blocked-callers", whole=False)
    await check_accessible(page)
    await row.get_by_role("button", name="Let +38190* in again").click()
    await expect(page.locator("#now-none")).to_have_text("Nobody is blocked.")
    await expect(page.locator("#over-rows")).to_contain_text("+38190*")
    await page.get_by_role("button", name="Undo").click()
    await expect(row).to_contain_text("+38190*")
    await row.get_by_role("button", name="Let +38190* in again").click()
    await expect(page.locator("#now-none")).to_have_text("Nobody is blocked.")


async def test_a_viewer_finds_everything_to_read_and_nothing_to_press(visit: Visitors) -> None:
    page = await visit(Role.VIEWER)
    await ready(page, "/groups/support")
    await expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    await expect(page.locator("[data-handle]")).to_have_count(0)
    await expect(page.locator("main input:enabled:not([readonly])")).to_have_count(0)
    await ready(page, "/agents/carla")
    await expect(page.locator("main input:enabled:not([readonly])")).to_have_count(0)
    await ready(page, "/prompts")
    await expect(page.get_by_role("button", name="Listen").first).to_be_visible()
    await expect(page.locator("main textarea:not([readonly])")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "where", "shown"),
    [
        ("/agents/carla", "agent=carla", "Carla Rossi"),
        ("/groups/support", "group=support", "support"),
    ],
)
async def test_the_calls_of_an_agent_or_a_group_are_one_click_away(
    visit: Visitors, address: str, where: str, shown: str
) -> None:
    page = await visit(Role.SUPERVISOR)
    await ready(page, address)
    await page.get_by_role("link", name="Calls", exact=True).last.click()
    await page.wait_for_url(f"**/calls?{where}")
    await expect(page.locator("#totals .sums")).to_be_visible()
    value = where.partition("=")[2]
    await expect(page.locator(".log-chips summary.on", has_text=value)).to_be_visible()
    await page.get_by_role("link", name="7 days", exact=True).click()  # the night has few calls yet
    await page.wait_for_url("**period=7d**")
    await expect(page.locator(".call-row").first).to_be_visible()
    cell = ".c-answered_by" if where.startswith("agent") else ".c-group"
    named = await page.locator(f".call-row {cell}").all_inner_texts()
    assert {name.strip() for name in named} == {shown}
