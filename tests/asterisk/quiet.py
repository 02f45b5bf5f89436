"""What calls have left in an Asterisk."""

import asyncio

from callrouter.ari.bridges import BRIDGE_PREFIX
from callrouter.local.asterisk import AsteriskServer

_SECONDS = 6.0


def who_is_there(asterisk: AsteriskServer) -> list[str]:
    """Its channels, and its bridges but for empty ones that are kept for the next calls."""
    channels = asterisk.console("core show channels concise").splitlines()
    bridges = asterisk.console("bridge show all").splitlines()[1:]
    return [*filter(None, channels), *(row for row in bridges if row.strip() and not _kept(row))]


def _kept(row: str) -> bool:
    name, _, channels, *_ = row.split()
    return name.startswith(BRIDGE_PREFIX) and channels == "0"


async def until_quiet(asterisk: AsteriskServer) -> None:
    """Until nobody and nothing is left."""
    left: list[str] = []
    for _ in range(int(_SECONDS / 0.1)):
        left = await asyncio.to_thread(who_is_there, asterisk)
        if not left:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("left behind:\n" + "\n".join(left))
