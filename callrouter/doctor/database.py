"""PostgreSQL: there, new enough, with our tables, our rights, and the same time; other routers."""

import statistics
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from callrouter.db.engine import DatabaseUnavailable, SchemaOutdated, make_engine, snapshot
from callrouter.db.presence import RouterSeen, routers_seen
from callrouter.db.revision import check_schema
from callrouter.db.tables import METADATA
from callrouter.doctor.finding import Finding, error, some, warning, well

OLDEST = 14
SLOW_SECONDS = 0.05
CLOCK_SECONDS = 2.0
_ASKED = 5


async def look_at_database(url: str) -> AsyncIterator[Finding]:
    """Raises nothing: what cannot be asked is a finding."""
    try:
        engine = make_engine(url, pool_size=1)
    except DatabaseUnavailable as invalid:
        yield error("database", str(invalid), "Correct CALLROUTER_DATABASE_URL.")
        return
    try:
        async with snapshot(engine) as connection:
            for finding in await _server(connection):
                yield finding
        try:
            await check_schema(engine)
        except SchemaOutdated as outdated:
            yield error("database: tables", str(outdated), "Run `callrouter migrate`.")
            return
        yield well("database: tables", "those of this version")
        async with snapshot(engine) as connection:
            yield await _rights(connection)
            for finding in routers(await routers_seen(connection)):
                yield finding
    except DatabaseUnavailable as away:
        yield error("database", str(away), "Calls go on without it; their records wait.")
    finally:
        await engine.dispose()


async def _server(connection: AsyncConnection) -> list[Finding]:
    number = int(str(await connection.scalar(text("SHOW server_version_num")))) // 10000
    took, skews = [], []
    for _ in range(_ASKED):
        began, asked_at = time.monotonic(), datetime.now(UTC)
        theirs = await connection.scalar(text("SELECT clock_timestamp()"))
        seconds = time.monotonic() - began
        took.append(seconds)
        assert isinstance(theirs, datetime)  # noqa: S101 - PostgreSQL says so
        skews.append((theirs - asked_at).total_seconds() - seconds / 2)
    latency, skew = statistics.median(took), statistics.median(skews)
    found = []
    if number < OLDEST:
        remedy = f"Move to PostgreSQL {OLDEST} or later."
        found.append(error("database", f"This is PostgreSQL {number}.", remedy))
    else:
        found.append(well("database", f"PostgreSQL {number}"))
    answers = f"it answers in {1000 * latency:.1f} ms"
    if latency > SLOW_SECONDS:
        remedy = "Look at its load and at the network: the call log and the console will be slow."
        found.append(warning("database: speed", answers, remedy))
    else:
        found.append(well("database: speed", answers))
    found.append(clock("clock: PostgreSQL", skew, CLOCK_SECONDS))
    return found


def clock(check: str, skew: float, most: float) -> Finding:
    """How far another clock is from ours, in seconds."""
    if abs(skew) > most:
        says = f"It is {abs(skew):.1f} s {'ahead of' if skew > 0 else 'behind'} this machine's."
        return warning(check, says, "Let chrony or ntpd keep the time on both machines.")
    return well(check, "the same time as here")


async def _rights(connection: AsyncConnection) -> Finding:
    asked = text(
        "SELECT name FROM unnest(CAST(:names AS text[])) AS name"
        " WHERE NOT (has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')"
        " AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE'))"
    )
    names = [f'"{name}"' for name in sorted(METADATA.tables)]
    missing = [str(name) for name in await connection.scalars(asked, {"names": names})]
    if missing:
        remedy = "GRANT them to the router's user, or let it own the tables."
        return error("database: rights", f"Not all rights on {some(missing)}.", remedy)
    return well("database: rights", "it may read and write all tables")


def routers(seen: Sequence[RouterSeen]) -> list[Finding]:
    """Those that tell of themselves: none, two for one Asterisk, or one that is silent."""
    heard = [each for each in seen if each.heard]
    found = []
    for each in heard:
        status = each.status
        says = f"{each.router}: version {status.version}, {status.calls} calls"
        if status.problems:
            remedy = "Run `callrouter check`."
            refused = f"{each.router} refuses the newest configuration: {status.problems[0]}"
            found.append(error("router", refused, remedy))
        else:
            found.append(well("router", says))
    if not heard:
        remedy = "Start it: `callrouter run`; its log says what keeps it from starting."
        found.append(error("router", "No router tells of itself.", remedy))
    for each in seen:
        if not each.heard:
            says = f"{each.router} was heard {each.silent_seconds:.0f} s ago for the last time."
            remedy = "Start it again; if it is gone for good, nothing: it is forgotten by itself."
            found.append(warning("router", says, remedy))
    served: dict[str, list[str]] = {}
    for each in heard:
        for server in each.status.asterisk:
            if server.connected:
                served.setdefault(server.url, []).append(each.router)
    for url, names in served.items():
        if len(names) > 1:
            says = f"{some(names)} are connected to {url} at the same time."
            found.append(error("router", says, "Stop all but one of them."))
    return found
