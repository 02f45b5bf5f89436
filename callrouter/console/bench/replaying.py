"""The calls of the last days through a draft, read from the database by the workbench itself.

Bounded: the newest calls first, as many as there is time for; the answer says how many.
"""

import asyncio
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from callrouter.config.live import with_live_overrides
from callrouter.console.masking import masked_number
from callrouter.db.engine import make_engine, snapshot
from callrouter.db.overrides import past_overrides
from callrouter.db.recorded_ways import recorded_calls
from callrouter.replay import Elsewhere, replayed
from callrouter.routing.model import RoutingTable

SECONDS = 20.0
MOST_CALLS = 200_000
MOST_EXAMPLES = 100


def replayed_days(
    database_url: str, draft: RoutingTable, since: datetime, until: datetime, *, masked: bool
) -> dict[str, Any]:
    """How many calls would have gone elsewhere, by settings, with the newest examples.

    `masked` hides the callers' numbers. Raises DatabaseUnavailable.
    """
    return asyncio.run(_replayed(database_url, draft, since, until, masked))


async def _replayed(
    database_url: str, draft: RoutingTable, since: datetime, until: datetime, masked: bool
) -> dict[str, Any]:
    end = time.monotonic() + SECONDS
    calls = elsewhere = 0
    by_settings: dict[str | None, list[int]] = {}
    examples: list[dict[str, Any]] = []
    oldest: datetime | None = None
    engine = make_engine(database_url, pool_size=1)
    try:
        async with snapshot(engine) as connection:
            past = await past_overrides(connection, since)
            table = replace(with_live_overrides(draft, past), version=draft.version)
            recorded = recorded_calls(connection, since, until, MOST_CALLS)
            complete = True
            async for call, found in replayed(table, recorded):
                calls += 1
                oldest = call.arrived_at
                counts = by_settings.setdefault(call.then.settings, [0, 0])
                counts[0] += 1
                if found is not None:
                    elsewhere += 1
                    counts[1] += 1
                    if len(examples) < MOST_EXAMPLES:
                        examples.append(_plain(found, masked))
                if time.monotonic() > end:
                    complete = False
                    break
            complete = complete and calls < MOST_CALLS
    finally:
        await engine.dispose()
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "complete": complete,
        "oldest": None if oldest is None else oldest.isoformat(),
        "calls": calls,
        "elsewhere": elsewhere,
        "by_settings": [
            {"settings": name, "calls": all_, "elsewhere": some}
            for name, (all_, some) in sorted(by_settings.items(), key=lambda each: -each[1][1])
        ],
        "examples": examples,
    }


def _plain(found: Elsewhere, masked: bool) -> dict[str, Any]:
    call = found.call
    return {
        "id": str(call.id),
        "at": call.arrived_at.isoformat(),
        "number": call.number,
        "caller": masked_number(call.caller_number) if masked else call.caller_number,
        "then": str(call.then),
        "now": str(found.now),
    }
