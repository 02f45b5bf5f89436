"""A real browser before a real console over a real database.

Every test of this folder is marked `browser`; all run in one event loop, in which the browser of
the test process lives. The console runs in a thread of its own.

    async def test_something(visit: Visitors) -> None:
        page = await visit(Role.SUPERVISOR, language="ar", theme="dark", size=PHONE)
        await page.goto("/calls")
        await check_accessible(page)

A test fails when a page asked another host, logged an error or was answered with a status of 500
or more, unless it said `visit.expect("…")`. Pictures of a failed test's pages are kept.
"""

import inspect
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from pydantic import SecretStr

from callrouter.db.engine import make_engine
from callrouter.local.chromium_program import ChromiumProgram, find_chromium
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings
from callrouter.settings import Settings
from tests.browser import sample
from tests.browser.served import ServedConsole, served
from tests.browser.watched import PATIENCE_MS, Visitors, keep
from tests.conftest import run_now

_HERE = Path(__file__).parent
_QUIET = [
    "--disable-gpu",
    "--renderer-process-limit=1",
    "--in-process-gpu",
    "--disable-site-isolation-trials",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report: pytest.TestReport = yield  # type: ignore[assignment]
    if call.when == "call":
        item.stash[_failed] = report.failed
    return report  # type: ignore[return-value]


@pytest.fixture(scope="session")
def chromium() -> ChromiumProgram:
    """The browser to drive. The first time this takes half a minute of downloading, at most."""
    settings = LocalSettings()
    return find_chromium(settings.state_dir.resolve(), say=print, mirror=settings.debian_mirror)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(
    chromium: ChromiumProgram, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    # Phones of other tests, which run at the same time, come first: what they miss is gone.
    nice = tmp_path_factory.mktemp("chromium") / "nice-chromium"
    # Its libraries are its own: the shell and `nice` are the machine's, and may be older.
    own = [f"{name}={value}" for name, value in chromium.environment.items()]
    command = shlex.join(["nice", "-n", "10", "env", *own, str(chromium.path)])
    nice.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    nice.chmod(0o755)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=nice,
            args=_QUIET,
        )
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def company_template(postgres_server: PostgresServer, migrated_template: str) -> str:
    """The name of a database with the sample configuration and its calls, to be copied."""
    name = "company"
    run_now(postgres_server.create_database(name, template=migrated_template))
    run_now(_fill(postgres_server.url(name)))
    return name


async def _fill(url: str) -> None:
    engine = make_engine(url)
    try:
        await sample.fill(engine)
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def console(
    postgres_server: PostgresServer,
    company_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedConsole]:
    """The sample company's console, for one test module: what a test changes, the next one sees."""
    folder = tmp_path_factory.mktemp("console")
    run_now(postgres_server.create_database(folder.name, template=company_template))
    settings = Settings(
        config="database",
        database_url=SecretStr(postgres_server.url(folder.name)),
        sounds_dir=folder / "sounds",
        prompts_dir=folder / "prompts",
    )
    (folder / "sounds").mkdir()
    try:
        with served(settings) as running:
            yield running
    finally:
        run_now(postgres_server.drop_database(folder.name))


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    request: pytest.FixtureRequest, browser: Browser, console: ServedConsole
) -> AsyncIterator[Visitors]:
    """Opens pages of the module's console; sees to it that they did nothing they must not."""
    visitors = Visitors(browser, console)
    yield visitors
    if request.node.stash.get(_failed, False):
        name = re.sub(r"\W+", "-", request.node.name)
        pages = [page for context in visitors.contexts for page in context.pages]
        for number, page in enumerate(pages, 1):
            await keep(page, f"failed-{name}-{number}")
    await visitors.leave()
    faults = visitors.faults()
    assert not faults, "\n".join(faults)
