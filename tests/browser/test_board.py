"""The live board in a browser: what comes and goes by itself, what supervisors and agents do."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.db.board import LiveCall, live_calls_now
from callrouter.db.engine import make_engine, transaction
from callrouter.db.presence import (
    AsteriskStatus,
    RouterStatus,
    notify,
    tell_presence,
    tell_status,
)
from callrouter.db.users import Role
from callrouter.routing.presence import PhoneUse, Presence
from tests.browser.accessible import check_accessible
from tests.browser.served import ServedConsole
from tests.browser.watched import PATIENCE_MS, Visitors, keep

RUN = UUID(int=7)
WELL = RouterStatus(
    callrouter="1.0",
    asterisk=(AsteriskStatus(url="http://127.0.0.1:8088", entity_id="a1", connected=True),),
    calls=3,
)
FREE = Presence(PhoneUse.FREE)


def now() -> datetime:
    return datetime.now(UTC)


class RouterBeside:
    """Tells what a router would."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def tell(self, agents: dict[str, Presence], status: RouterStatus = WELL) -> None:
        async with transaction(self._engine) as connection:
            await tell_status(connection, "router-1", RUN, now(), status)
            await tell_presence(connection, "router-1", agents, now())
            await notify(connection, ["router_status", "agent_presence", "calls"])

    async def calls(self) -> list[LiveCall]:
        async with transaction(self._engine) as connection:
            return await live_calls_now(connection)

    async def run(self, statement: str, **values: object) -> None:
        async with transaction(self._engine) as connection:
            await connection.execute(text(statement), values)
            await notify(connection, ["router_status", "calls"])


@pytest_asyncio.fixture(loop_scope="session")
async def router(console: ServedConsole) -> AsyncIterator[RouterBeside]:
    engine = make_engine(console.database_url)
    beside = RouterBeside(engine)
    calls = await beside.calls()
    talking = next(call for call in calls if call.agent is not None)
    ringing = next(call for call in calls if call.rung)
    began = now() - timedelta(seconds=95)
    agents = {
        "amina": FREE,
        "bojan": FREE,
        "carla": FREE,
        str(talking.agent): Presence(PhoneUse.TALKING, began, talking.id, began, began),
        ringing.rung[0].agent: Presence(PhoneUse.RINGING, began, ringing.id, began),
    }
    await beside.tell(agents, msgspec.structs.replace(WELL, version="v"))
    yield beside
    await engine.dispose()


async def opened(page: Page, address: str = "/board") -> Page:
    await page.goto(address)
    await expect(page.locator("#board")).to_have_attribute("aria-busy", "false")
    await expect(page.locator("#fresh")).to_have_class(re.compile("ok"))
    return page


async def test_everything_is_on_the_board(visit: Visitors, router: RouterBeside) -> None:
    page = await opened(await visit(Role.SUPERVISOR))
    await expect(page.locator("#agents .agent-tile")).to_have_count(3)
    await expect(page.locator("#calls tr")).to_have_count(3)
    await expect(page.locator("#tiles .tile")).to_have_count(5)


async def test_what_happens_is_seen_without_loading_anew(
    visit: Visitors, router: RouterBeside
) -> None:
    page = await opened(await visit(Role.SUPERVISOR))
    await page.evaluate("window.untouched = document.querySelector('[data-agent=carla]')")
    before = await router.calls()
    ended = before[0]
    tile = page.locator("[data-agent=carla]")
    await page.evaluate("document.querySelector('[data-agent=carla] summary').focus()")
    await router.tell({"carla": Presence(PhoneUse.TALKING, now(), ended.id, now(), now())})
    await expect(tile).to_contain_text("Talking")
    await router.tell({"carla": FREE})
    await expect(tile).not_to_contain_text("Talking")
    assert await page.evaluate(
        "window.untouched === document.querySelector('[data-agent=carla]')"
        " && window.untouched.contains(document.activeElement)"
    ), "the element and its focus stay"
    await expect(page.locator(f"[data-call='{ended.id}']")).to_be_visible()
    await router.run(
        "UPDATE calls SET ended_at = now(), disposition = 'abandoned' WHERE id = :id", id=ended.id
    )
    await expect(page.locator(f"[data-call='{ended.id}']")).to_have_count(0)


async def test_a_supervisor_pauses_somebody_with_the_keyboard_alone(
    visit: Visitors, router: RouterBeside
) -> None:
    page = await opened(await visit(Role.SUPERVISOR))
    bojan = page.locator("[data-agent=bojan]")
    await bojan.locator("summary").focus()
    await page.keyboard.press("Enter")
    await bojan.get_by_role("button", name="Pause …").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Bojan")
    await check_accessible(page)
    await page.keyboard.type("training <b>")
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await bojan.locator("summary").click()
    await expect(bojan.get_by_role("button", name="Go on")).to_be_visible()
    await expect(bojan).to_contain_text("training <b>")
    await bojan.get_by_role("button", name="Go on").click()
    await bojan.locator("summary").click()
    await expect(bojan.get_by_role("button", name="Pause …")).to_be_visible()


async def test_an_agent_has_his_own_state_on_top_and_sees_no_others_calls(
    visit: Visitors, router: RouterBeside
) -> None:
    page = await opened(await visit(Role.AGENT, name="amina", agent="amina"))
    own = page.locator("#own")
    await expect(own).to_be_visible()
    await own.get_by_role("button", name="Log out").click()
    await expect(own.get_by_role("button", name="Log in")).to_be_visible()
    await keep(page, "board-own")
    await own.get_by_role("button", name="Log in").click()
    await expect(own.get_by_role("button", name="Log out")).to_be_visible()
    await check_accessible(page)
    assert await page.locator(".agent-menu").count() == 0
    assert await page.get_by_role("button", name="End").count() == 0
    await expect(page.locator("#settings-box")).to_be_hidden()


async def test_a_viewer_sees_no_numbers(visit: Visitors, router: RouterBeside) -> None:
    page = await opened(await visit(Role.VIEWER))
    whole = await page.content()
    for call in await router.calls():
        if len(call.caller_number) > 5:
            assert call.caller_number not in whole
    assert "•" in await page.locator("#calls").inner_text()


async def test_trouble_is_said(visit: Visitors, router: RouterBeside) -> None:
    page = await opened(await visit(Role.SUPERVISOR))
    away = replace_asterisk(connected=False)
    await router.tell({}, away)
    await expect(page.locator("#incidents")).to_contain_text("is not connected")
    await router.run("UPDATE router_status SET seen_at = now() - interval '1 hour'")
    await expect(page.locator("#incidents")).to_contain_text("is not heard")
    await expect(page.locator("#health")).to_contain_text("not heard")
    await keep(page, "board-trouble")
    await router.tell({})
    await expect(page.locator("#incidents")).to_be_empty()


def replace_asterisk(*, connected: bool) -> RouterStatus:
    (server,) = WELL.asterisk
    server = msgspec.structs.replace(server, connected=connected, error="refused <i>")
    return msgspec.structs.replace(WELL, asterisk=(server,))


async def test_an_old_board_is_marked(visit: Visitors, router: RouterBeside) -> None:
    visit.expect("ERR_|Failed to load")
    page = await visit(Role.SUPERVISOR)
    await page.clock.install()
    await opened(page)
    await page.context.set_offline(True)  # what comes no more
    await page.evaluate("window.stopped = true")
    await page.clock.fast_forward(15_000)
    await expect(page.locator("#fresh")).to_contain_text("Old: no news")
    await expect(page.locator("#board")).to_have_class(re.compile("stale"))


async def test_what_comes_of_ending_and_moving_a_call_is_said(
    visit: Visitors, router: RouterBeside
) -> None:
    visit.expect("503")  # here is no router that would take it
    page = await opened(await visit(Role.SUPERVISOR, language="sr"))
    row = page.locator("#calls tr").first
    await row.get_by_role("button", name="Premesti …").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("combobox")).to_be_focused()
    await check_accessible(page)
    await dialog.get_by_role("combobox").select_option(label="Bojan Ilić")
    await keep(page, "board-move", whole=False)
    await dialog.get_by_role("button", name="Premesti").click()
    await expect(page.locator("#toasts")).to_contain_text(
        "Ruter nije odgovorio na vreme.", timeout=PATIENCE_MS
    )
    await row.get_by_role("button", name="Prekini").click()
    await page.get_by_role("button", name="Otkaži").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(row).to_be_visible()


async def test_overrides_can_be_ended_on_the_board(visit: Visitors, router: RouterBeside) -> None:
    await router.run(
        "INSERT INTO overrides (id, kind, settings, targets, from_at, until_at, author, reason,"
        " set_at) VALUES (:id, 'closed', '[\"head-office\"]', '[]', now(),"
        " now() + interval '1 hour', 'boss', 'fire <drill>', now())",
        id=uuid4(),
    )
    page = await opened(await visit(Role.SUPERVISOR))
    line = page.locator(".override-line")
    await expect(line).to_contain_text("fire <drill>")
    await keep(page, "board-override")
    await line.get_by_role("button", name="End").click()
    await page.get_by_role("button", name="End it").click()
    await expect(line).to_have_count(0)


async def test_the_wall_view_is_large_and_without_a_frame(
    visit: Visitors, router: RouterBeside
) -> None:
    page = await opened(
        await visit(Role.VIEWER, size={"width": 1920, "height": 1080}), "/board?wall"
    )
    await expect(page.locator("header.top")).to_be_hidden()
    await check_accessible(page)
    await keep(page, "board-wall", whole=False)
    await page.keyboard.press("w")
    await expect(page.locator("header.top")).to_be_visible()


async def test_signing_out_elsewhere_leaves_the_board(
    visit: Visitors, router: RouterBeside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from callrouter.console.api import live

    monkeypatch.setattr(live, "ASKED_AGAIN_SECONDS", 0.2)
    visit.expect("status of 4")
    page = await opened(await visit(Role.VIEWER, name="leaver"))
    await router.run(
        "DELETE FROM user_sessions USING users WHERE users.id = user_id AND name = 'leaver'"
    )
    await page.wait_for_url(re.compile("/sign-in"))
