"""Everything that is looked at, at once; nothing that hangs holds up the rest.

Law: it changes nothing, and is over within five seconds, however much is broken.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable

from callrouter.concurrency import all_of
from callrouter.doctor.asterisk import look_at_asterisk, look_at_phones
from callrouter.doctor.asterisk_files import look_at_files, look_at_prompts
from callrouter.doctor.configuration import look_at_configuration
from callrouter.doctor.database import look_at_database
from callrouter.doctor.finding import Finding, error
from callrouter.doctor.machine import look_at_machine, look_at_speech
from callrouter.doctor.reached import look_at_console, look_at_health
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

FIRST_SECONDS = 3.2
"""For all that needs nothing else."""

THEN_SECONDS = 1.3
"""For what needs the configuration."""


async def examine(settings: Settings, console: str | None) -> list[Finding]:
    """All findings, what belongs together together. `console` is the console's address."""
    app, servers = settings.stasis_app, settings.servers()
    table: RoutingTable | None = None

    async def configuration() -> list[Finding]:
        nonlocal table
        finding, table = await look_at_configuration(settings, FIRST_SECONDS - 0.2)
        return [finding]

    first = await _all(
        FIRST_SECONDS,
        [
            ("configuration", configuration()),
            ("machine", look_at_machine(settings)),
            ("speech", look_at_speech()),
            ("database", _listed(look_at_database(settings.database_url.get_secret_value()))),
            *((each.url, _listed(look_at_asterisk(each, app))) for each in servers),
            ("asterisk's files", look_at_files(settings)),
            ("health", look_at_health(settings)),
            ("console", look_at_console(console)),
        ],
    )
    if table is None:
        return first
    return first + await _all(
        THEN_SECONDS,
        [
            ("prompts", look_at_prompts(settings, table)),
            *((each.url, _listed(look_at_phones(each, app, table))) for each in servers),
        ],
    )


Look = tuple[str, Awaitable[list[Finding]]]


async def _all(seconds: float, looks: Iterable[Look]) -> list[Finding]:
    found = await all_of([_within(seconds, check, look) for check, look in looks])
    return [finding for each in found for finding in each]


async def _within(seconds: float, check: str, look: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(seconds):
            return await look
    except TimeoutError:
        remedy = "Look whether it hangs: the machine, its disk, the network to it."
        return [error(check, f"No answer within {seconds:g} s.", remedy)]


async def _listed(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]
