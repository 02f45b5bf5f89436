"""`GET /health`: whether calls can come, by which configuration they go, what is wrong.

200 while an Asterisk is heard, else 503. Law: health costs no call; without its port calls go on.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from callrouter import __version__
from callrouter.configuration import ConfigurationState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AsteriskHealth:
    """One Asterisk; `requests` sent to it and `events` heard from it since the router's start."""

    url: str
    connected: bool
    requests: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """How the router is at this moment; `records_waiting` are calls not written down yet.

    `records_on_disk` says whether some are in the spool.
    """

    configuration: ConfigurationState
    asterisk: tuple[AsteriskHealth, ...]
    calls: int
    database_away: bool
    records_waiting: int
    records_on_disk: bool = False

    @property
    def ready(self) -> bool:
        """Whether calls can come."""
        return any(server.connected for server in self.asterisk)

    @property
    def as_it_should_be(self) -> bool:
        away = self.database_away or not all(server.connected for server in self.asterisk)
        return not away and not self.configuration.problems


def health_json(health: Health) -> dict[str, Any]:
    """`status` is `ok`, `degraded` where calls come but something is wrong, or `not ready`."""
    status = "not ready"
    if health.ready:
        status = "ok" if health.as_it_should_be else "degraded"
    return {
        "status": status,
        "live": True,
        "ready": health.ready,
        "callrouter": __version__,
        "configuration": asdict(health.configuration),
        "asterisk": [asdict(server) for server in health.asterisk],
        "calls": health.calls,
        "database": {
            "connected": not health.database_away,
            "records_waiting": health.records_waiting,
            "records_on_disk": health.records_on_disk,
        },
    }


async def answer_health(host: str, port: int, look: Callable[[], Health]) -> None:
    """For ever; where the port cannot be had, that is said and nothing else suffers."""

    async def answer(_: web.Request) -> web.Response:
        health = look()
        return web.json_response(
            health_json(health),
            status=200 if health.ready else 503,
            headers={"Cache-Control": "no-store"},
            dumps=lambda plain: json.dumps(plain, default=_iso, indent=2) + "\n",
        )

    application = web.Application()
    application.router.add_get("/health", answer)
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            log.error(
                "health cannot be asked at %s port %d (%s): set CALLROUTER_HEALTH_PORT",
                *(host, port, error.strerror or error),
            )
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
