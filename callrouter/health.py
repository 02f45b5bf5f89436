"""What is answered over HTTP to those who watch the router: health and metrics.

`/health` says everything, `/health/live` and `/health/ready` are for those who only want a status,
`/metrics` is for Prometheus. Law: it costs no call, and tells no secret; without its port calls
go on.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aiohttp import web

from callrouter import __version__
from callrouter.monitoring.families import exposition
from callrouter.monitoring.metrics import families, status_of
from callrouter.monitoring.watch import Known, Watch

log = logging.getLogger(__name__)

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health_json(watch: Watch) -> dict[str, Any]:
    """`status` is `ok`, `degraded` where calls come but something is wrong, `standby` for one that
    waits for another's end, or `not ready`.
    """
    seen, known, router = watch.seen(), watch.known(), watch.router
    listeners = [] if router is None else router.listeners
    return {
        "status": status_of(known, ready=seen.ready, standing_by=seen.standing_by),
        "live": True,
        "ready": seen.ready,
        "callrouter": __version__,
        "since": watch.started_at,
        "checks": [_check(each) for each in known],
        "configuration": asdict(watch.configuration),
        "asterisk": [
            {
                "url": each.client.url,
                "connected": each.ready.is_set(),
                "requests": each.client.requests.sent,
                "events": each.client.heard,
            }
            for each in listeners
        ],
        "calls": 0 if router is None else router.calls,
        "database": {
            "connected": not watch.records.away,
            "records_waiting": watch.records.waiting,
            "records_on_disk": watch.records.spooled,
        },
    }


async def answer_health(host: str, port: int, watch: Watch) -> None:
    """For ever; where the port cannot be had, that is said and nothing else suffers."""

    async def health(_: web.Request) -> web.Response:
        told = health_json(watch)
        return _json(told, ready=told["ready"])

    async def live(_: web.Request) -> web.Response:
        return _json({"live": True}, ready=True)

    async def ready(_: web.Request) -> web.Response:
        is_ready = watch.seen().ready
        return _json({"ready": is_ready}, ready=is_ready)

    async def metrics(_: web.Request) -> web.Response:
        text = exposition(families(watch))
        return web.Response(body=text.encode(), headers={"Content-Type": METRICS_TYPE} | _FRESH)

    answers: dict[str, Callable[[web.Request], Any]] = {
        "/health": health,
        "/health/live": live,
        "/health/ready": ready,
        "/metrics": metrics,
    }
    application = web.Application()
    for path, answer in answers.items():
        application.router.add_get(path, answer)
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


_FRESH = {"Cache-Control": "no-store"}


def _check(known: Known) -> dict[str, Any]:
    verdict = known.verdict
    return {
        "check": verdict.part.check,
        "subject": verdict.part.subject,
        "state": verdict.state,
        "since": known.since,
        "alarm": verdict.alarm,
        "says": verdict.says,
        "remedy": verdict.remedy,
    }


def _json(plain: dict[str, Any], *, ready: bool) -> web.Response:
    return web.json_response(
        plain,
        status=200 if ready else 503,
        headers=_FRESH,
        dumps=lambda told: json.dumps(told, default=_iso, indent=2) + "\n",
    )


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in JSON")
