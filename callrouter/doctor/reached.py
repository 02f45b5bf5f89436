"""What answers over HTTP: the router's health, and the console."""

from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import msgspec

from callrouter.doctor.finding import Finding, error, skipped, warning, well
from callrouter.settings import Settings

SECONDS = 2.5
USUAL_CONSOLE = "http://127.0.0.1:8090"


async def look_at_health(settings: Settings) -> list[Finding]:
    """What the router says of itself, where it is asked to say it."""
    if not settings.health_port:
        says = "CALLROUTER_HEALTH_PORT is not set: nobody can watch the router."
        return [skipped("health", says)]
    host = settings.health_host
    here = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared
    place = f"[{here}]" if ":" in here else here
    url = f"http://{place}:{settings.health_port}/health"
    try:
        return list(_of_health(msgspec.json.decode((await _get(url))[2])))
    except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError) as failed:
        says = f"{url} does not answer: {_words(failed)}."
        return [error("health", says, "Start the router, or see in its log why it cannot listen.")]


def _of_health(told: Mapping[str, Any]) -> Iterator[Finding]:
    bad = [each for each in told["checks"] if each["state"] != "ok"]
    for each in bad:
        name = " ".join(filter(None, ("health:", each["alarm"], each["subject"])))
        make = error if each["state"] == "down" else warning
        yield make(name, each["says"], each["remedy"])
    if not bad:
        yield well("health", f"the router says {told['status']}")


async def look_at_console(url: str | None) -> list[Finding]:
    """Whether the console answers; `url` is where people open it, None where nobody said."""
    address = url or USUAL_CONSOLE
    try:
        status, kind, _ = await _get(f"{address}/api/v1/me")
    except (aiohttp.ClientError, OSError) as failed:
        if url is None:
            return [skipped("console", f"None at {address}; if there is one, give --console URL.")]
        says = f"{address} does not answer: {_words(failed)}."
        return [warning("console", says, "Start it: `callrouter console`; calls need it not.")]
    if (status, kind) != (401, "application/problem+json"):  # nobody is signed in here
        says = f"What answers at {address} is not callrouter's console."
        return [warning("console", says, "Correct CALLROUTER_CONSOLE_URL, or --console.")]
    return [well("console", f"answers at {address}")]


async def _get(url: str) -> tuple[int, str, bytes]:
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
        return answer.status, answer.content_type, await answer.read()


def _words(failed: Exception) -> str:
    if isinstance(failed, TimeoutError):
        return f"nothing came within {SECONDS:g} s"
    return str(failed) or type(failed).__name__
