"""The main journeys across pages, in all three languages: what people come to the console for.

Each goes by what is written on the page, so a label that is missing in a language ends it. Pictures
of every step are kept, for people to look at.
"""

import csv
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from pydantic import SecretStr

from callrouter.concurrency import all_of
from callrouter.console.words import Words, words_of
from callrouter.db.engine import make_engine, transaction
from callrouter.db.sign_in_secrets import make_link
from callrouter.db.users import Role
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings
from tests.browser import sample
from tests.browser.accessible import check_accessible
from tests.browser.served import ServedConsole, served
from tests.browser.watched import PATIENCE_MS, PHONE, SLOW_MS, WIDE, Visitors, keep

PASSWORD = "seven green tables"

THINK, POINT, CLICK, HOME, TYPE = 1.35, 1.1, 0.2, 0.4, 0.28
"""Seconds for each operator of the keystroke-level model (Card, Moran and Newell, 1980), of an
average typist."""

LANGUAGES = pytest.mark.parametrize("language", ["en", "ar", "sr"])


class Reader:
    """Somebody at a page who reads in one language, and counts what he does.

    `hands_seconds` is how long that takes a practised user, without the console's own time.
    """

    def __init__(self, page: Page, language: str, journey: str) -> None:
        self.page = page
        self.words: Words = words_of(language)
        self.steps = 0
        self.hands_seconds = 0.0
        self._name = f"journey-{journey}-{language}"
        self._pictures = 0

    def __call__(self, text: str, **values: object) -> str:
        """A text of the page in his language."""
        return self.words.gettext(text) % values if values else self.words.gettext(text)

    def button(self, text: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=self(text), exact=True)

    def link(self, text: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("link", name=self(text), exact=True)

    def field(self, text: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_label(self(text), exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    async def press(self, what: Locator) -> None:
        self.steps += 1
        self.hands_seconds += THINK + POINT + CLICK
        await what.click()

    async def write(self, where: Locator, text: str) -> None:
        self.steps += 1
        self.hands_seconds += THINK + POINT + CLICK + 2 * HOME + TYPE * len(text)
        await where.fill(text)

    async def picture(self, step: str, *, whole: bool = False) -> None:
        """What he sees now, as on a desk; who reads from right to left, as on a phone too."""
        self._pictures += 1
        name = f"{self._name}-{self._pictures}-{step}"
        if self.words.language == "ar":
            await self.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
            await keep(self.page, f"{name}-phone", whole=whole)
            await self.page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"]})
        await keep(self.page, name, whole=whole)

    async def check(self) -> None:
        """Whether it can be used by everybody, once: it is the same in all languages."""
        if self.words.language == "en":
            await check_accessible(self.page)

    async def settled(self) -> None:
        await expect(self.page.locator("main [aria-busy=true]")).to_have_count(0, timeout=SLOW_MS)


@pytest_asyncio.fixture(loop_scope="session")
async def newcomer(
    postgres_server: PostgresServer,
    migrated_template: str,
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Visitors]:
    """Before a console to which nobody has come yet, over an empty database."""
    folder = tmp_path_factory.mktemp("journey")
    await postgres_server.create_database(folder.name, template=migrated_template)
    url = SecretStr(postgres_server.url(folder.name))
    sounds = folder / "sounds"
    sounds.mkdir()
    given = Settings(
        config="database", database_url=url, sounds_dir=sounds, prompts_dir=folder / "prompts"
    )
    try:
        with served(given) as console:
            visitors = Visitors(browser, console)
            yield visitors
            await visitors.leave()
    finally:
        await postgres_server.drop_database(folder.name)
    assert not visitors.faults()


async def set_up_code(console: ServedConsole) -> str:
    engine = make_engine(console.database_url)
    async with transaction(engine) as connection:
        code = await make_link(connection, None, datetime.now(UTC), timedelta(hours=1))
    await engine.dispose()
    return code


@LANGUAGES
async def test_a_new_admin_makes_a_line_work(newcomer: Visitors, language: str) -> None:
    page = await newcomer(language=language)
    me = Reader(page, language, "new-admin")
    await page.goto(f"/set-up?code={await set_up_code(newcomer.console)}")
    began = time.monotonic()
    await me.write(me.field("Name to sign in with"), "mira")
    await me.write(me.field("Password"), PASSWORD)
    await me.write(me.field("Password again"), PASSWORD)
    await me.picture("set-up")
    await me.press(me.button("Begin"))
    await me.settled()
    await me.picture("nothing-yet")

    await me.press(me.link("Agents"))
    await me.settled()
    await me.picture("no-agents")
    await me.press(page.locator(".empty").get_by_role("button"))
    await me.write(me.field("Name", me.dialog), "Amina Haddad")
    await me.write(me.field("Extension", me.dialog), "1001")
    await me.press(me.button("Add an agent", me.dialog))
    await me.settled()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Amina Haddad")
    await me.picture("agent")

    await me.press(me.link("Groups"))
    await me.settled()
    await me.press(page.locator(".empty").get_by_role("button"))
    await me.write(me.field("Name", me.dialog), "sales")
    await me.press(me.button("Add a group", me.dialog))
    await me.settled()
    await me.write(me.field("Add a member"), "Amina Haddad")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-item]")).to_have_count(1)
    await me.picture("group")

    await me.press(me.link("Numbers"))
    await me.settled()
    await me.press(page.locator(".empty").get_by_role("button"))
    await me.write(me.field("Name", me.dialog), "Head office")
    await me.write(me.field("Phone number", me.dialog), "700")
    await me.picture("first-number")
    await me.press(me.button("Add", me.dialog))
    await expect(page.locator(".block")).to_have_count(5)
    closing = page.locator('.row-table [data-field="to_time"]')
    await me.write(closing, "18")
    await closing.press("Tab")
    await expect(closing).to_have_value("18:00")
    await me.picture("hours")

    await me.press(me.button("Review and save"))
    await expect(me.button("Save", me.dialog)).to_be_enabled(timeout=SLOW_MS)
    await expect(me.dialog.locator(".waiting")).to_have_count(0, timeout=SLOW_MS)
    await me.picture("review")
    await me.press(me.button("Save", me.dialog))
    await expect(page.locator(".toast.ok").last).to_contain_text("1", timeout=SLOW_MS)
    await me.press(me.link("Try a call", page.locator("#number")))
    answer = page.locator(".simulate-answer")
    await me.field("When").fill("2026-11-23T17:30")  # a Monday, in the hour that was added
    await me.press(me.button("Try"))
    await expect(answer).to_contain_text(me("Rings"), timeout=SLOW_MS)
    await expect(answer).to_contain_text("Amina Haddad")
    took = f"{me.hands_seconds:.0f} s of a person, {time.monotonic() - began:.0f} s of the test"
    print(f"{language}: a working line after {me.steps} steps, {took}")
    await me.picture("simulate", whole=True)
    await me.check()
    assert me.steps <= 25
    assert me.hands_seconds < 110, "and up to ten seconds for the console: two minutes"


@LANGUAGES
async def test_an_op_finds_a_call_shares_it_and_takes_the_list_out(
    visit: Visitors, language: str
) -> None:
    page = await visit(Role.SUPERVISOR, language=language)
    me = Reader(page, language, "op")
    await page.goto("/calls?period=all")
    await expect(page.locator("#totals .sums")).to_be_visible()
    await me.picture("log")
    await me.press(page.locator("summary.chip", has_text=me("Status")))
    await me.press(page.locator("input[name=status][value=answered]"))
    await me.picture("filter")
    await me.press(me.button("Apply").locator("visible=true"))
    await page.wait_for_url("**status=answered*")
    await me.press(page.locator("summary.chip", has_text=me("Group")))
    await me.press(page.locator("input[name=group][value=support]"))
    await me.press(me.button("Apply").locator("visible=true"))
    await page.wait_for_url("**group=support*")
    await expect(page.locator("#totals .sums")).to_be_visible()
    rows = page.locator(".call-row")
    shown = [await row.get_attribute("data-call") for row in await rows.all()]
    assert shown

    colleague = await visit(Role.SUPERVISOR, name="colleague", language=language)
    await colleague.goto(page.url)
    theirs = colleague.locator(".call-row")
    assert [await row.get_attribute("data-call") for row in await theirs.all()] == shown

    await me.press(rows.first)
    panel = page.locator("#panel")
    await expect(panel.locator(".why")).to_contain_text("answered after")
    await expect(panel.locator("svg.bars").first).to_be_visible()
    await me.picture("call")
    await me.press(me.link("Whole page", panel))
    await expect(page.locator(".lanes")).to_be_visible()
    await me.picture("call-page", whole=True)
    await me.check()
    await me.press(me.link("Try this call now"))
    await expect(page.locator(".simulate-answer .walk")).to_be_visible(timeout=SLOW_MS)
    await me.picture("try-again", whole=True)

    await page.goto(colleague.url)
    await expect(page.locator("#totals .sums")).to_be_visible()
    await me.press(page.locator("#export summary"))
    async with page.expect_download() as download:
        await me.press(page.get_by_role("link", name="CSV"))
    path = await (await download.value).path()
    with path.open(encoding="utf-8-sig", newline="") as file:
        exported = [row["id"] for row in csv.DictReader(file)]
    assert sorted(exported) == sorted(str(each) for each in shown)


@LANGUAGES
async def test_a_supervisor_pauses_somebody_and_an_admin_finds_who_it_was(
    visit: Visitors, console: ServedConsole, language: str
) -> None:
    engine = make_engine(console.database_url)
    await sample.tell_present(engine)
    await engine.dispose()
    page = await visit(Role.SUPERVISOR, name=f"sofia-{language}", language=language)
    me = Reader(page, language, "supervisor")
    await page.goto("/board")
    await expect(page.locator("#fresh")).to_have_class(re.compile("ok"))
    await me.picture("board", whole=True)
    tile = page.locator("[data-agent=amina]")
    await me.press(tile.locator("summary"))
    await me.press(me.button("Pause …", tile))
    await me.write(me.field("Reason", me.dialog), f"training {language}")
    await me.picture("pause")
    await me.press(me.button("Pause", me.dialog))
    await expect(tile).to_contain_text(f"training {language}")
    await me.picture("paused", whole=True)

    admin = await visit(Role.SYSTEM_MANAGER, language=language)
    await admin.goto("/audit")
    row = admin.locator("tbody tr", has_text=f"sofia-{language}").first
    await expect(row).to_contain_text(me("Paused an agent"))
    await expect(row).to_contain_text("amina")
    await keep(admin, f"journey-supervisor-{language}-audit-wide", whole=False)
    if language == "en":
        await check_accessible(admin)
    await me.press(tile.locator("summary"))
    await me.press(me.button("Go on", tile))
    await expect(tile).not_to_contain_text(f"training {language}")


async def _ring_seconds(me: Reader, seconds: str) -> None:
    await me.page.goto("/numbers/support#ringing")
    field = me.field("One agent rings for")
    await me.write(field, seconds)
    await field.press("Tab")
    await expect(me.page.locator("#review-and-save")).to_be_visible()


async def _save(me: Reader) -> None:
    await me.press(me.page.locator("#review-and-save"))
    await me.write(me.page.locator("#save-note"), "noted")
    await expect(me.button("Save", me.dialog)).to_be_enabled(timeout=SLOW_MS)
    # What comes late moves the button, maybe between the pressing of the mouse and its release.
    await expect(me.dialog.locator(".waiting")).to_have_count(0, timeout=SLOW_MS)
    await me.press(me.button("Save", me.dialog))
    await expect(me.dialog).to_have_count(0, timeout=SLOW_MS)


@LANGUAGES
async def test_of_two_admins_the_second_is_told_and_nothing_is_lost(
    visit: Visitors, language: str
) -> None:
    first = Reader(await visit(Role.SYSTEM_MANAGER, name="ana", language=language), language, "one")
    second = Reader(
        await visit(Role.SYSTEM_MANAGER, name="boris", language=language), language, "two-admins"
    )
    mine, theirs = {"en": ("31", "17"), "ar": ("32", "18"), "sr": ("33", "19")}[language]
    await _ring_seconds(second, mine)
    await second.page.goto("/agents/carla")
    await second.settled()
    await second.write(second.field("Name"), f"Carla {language}")
    await second.field("Name").press("Tab")
    await _ring_seconds(first, theirs)
    await _save(first)
    banner = second.page.locator("#configuration-bar .notice")
    await expect(banner).to_contain_text("ana", timeout=PATIENCE_MS)
    await second.picture("told")
    await second.press(second.button("Merge", banner))
    await expect(second.dialog.locator("fieldset")).to_contain_text(theirs)
    await expect(second.dialog.locator("fieldset")).to_contain_text(mine)
    await second.picture("asked")
    await second.check()
    await second.press(second.dialog.get_by_role("radio").first)
    await second.press(second.button("Merge", second.dialog))
    await expect(banner).to_have_count(0)
    # It is shown for six seconds only: looked for from before.
    toast = expect(first.page.locator(".toast").last)
    await all_of([toast.to_contain_text("boris", timeout=1.5 * SLOW_MS), _save(second)])
    stored: Any = await second.page.evaluate(
        "fetch('/api/v1/configuration').then(answer => answer.json()).then(all => all.document)"
    )
    assert stored["agents"]["carla"]["name"] == f"Carla {language}"
    assert stored["incoming_call_settings"]["support"]["ring_seconds"] == int(mine)
