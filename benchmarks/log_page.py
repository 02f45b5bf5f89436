"""How long the call log's page takes with very many calls, as a browser gets it.

`python -m benchmarks.log_page FOLDER`: over the database that `benchmarks.call_log --folder FOLDER`
has made. The console runs in this process, without a network: the whole page in HTML, signed in,
for each filter; milliseconds, and kilobytes before compression.
"""

import argparse
import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.call_log import TIMES, cuts
from benchmarks.many_calls import RARE
from callrouter.console.access import SESSION_COOKIE, RateLimit
from callrouter.console.app import create_app
from callrouter.db.engine import make_engine, transaction
from callrouter.db.users import Role, begin_session, create_user, user_named
from callrouter.local.postgres import PostgresServer
from callrouter.settings import Settings

_WHO = "benchmark"
ADDRESSES: dict[str, dict[str, str]] = {
    "all times": {},
    "by date": {"by": "date"},
    "answered": {"status": "answered"},
    "failed": {"status": "failed"},
    "a number": {"number": "703"},
    "a caller": {"from": "+381641234567"},
    "a group": {"group": "group-12"},
    "an agent": {"agent": "agent-7"},
    "group and abandoned": {"group": "group-3", "status": "abandoned"},
    "agent and abandoned (none)": {"agent": "agent-7", "status": "abandoned"},
    "name": {"text": "petrov"},
    "Arabic name": {"text": "أمينة"},
    "rare text": {"text": RARE.lower()},
    "rare settings": {"settings": RARE},
    "text of nobody": {"text": "nobody is called this"},
}


async def session(engine: AsyncEngine) -> str:
    """The cookie of a supervisor."""
    now = datetime.now(UTC)
    async with transaction(engine) as connection:
        user = await user_named(connection, _WHO)
        id_ = user.id if user else await create_user(connection, _WHO, Role.SUPERVISOR, now)
        return await begin_session(connection, id_, now, "127.0.0.1", "a benchmark")


async def measure(http: httpx.AsyncClient) -> None:
    every: list[float] = []
    for name, filters in ADDRESSES.items():
        address = f"/calls?{urlencode({'period': 'all', **filters})}"
        took, size = [], 0
        for _ in range(TIMES + 1):
            start = time.perf_counter()
            answer = await http.get(address)
            took.append((time.perf_counter() - start) * 1000)
            size = len(answer.raise_for_status().content)
        del took[0]  # what is made once in a process
        every += took
        print(f"{name:28} {cuts(took)} ms {size / 1000:6.0f} kB", flush=True)
    print(f"{'all':28} {cuts(every)} ms")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    postgres = PostgresServer(parser.parse_args().folder, durable=False)
    await postgres.start()
    engine = make_engine(postgres.url())
    settings = Settings(config="database", database_url=SecretStr(postgres.url()))
    app = create_app(settings, rate_limit=RateLimit(burst=1_000_000))
    try:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://console",
                cookies={SESSION_COOKIE: await session(engine)},
                headers={"Accept": "text/html"},
            ) as http,
        ):
            await measure(http)
    finally:
        await engine.dispose()
        await postgres.stop()


if __name__ == "__main__":
    asyncio.run(main())
