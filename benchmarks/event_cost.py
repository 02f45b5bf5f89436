"""What reading one ARI event costs: waiting for aiohttp's WebSocket beside our callbacks.

    python -m benchmarks.event_cost

Processor time of the reader, parsing included. A process of its own sends the events one at a time,
as Asterisk does: most find the reader asleep.
"""

import argparse
import asyncio
import json
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection

import aiohttp
from aiohttp import web

from callrouter.ari.event_socket import EventSocket
from callrouter.ari.events import parse

PAUSE_SECONDS = 0.0005
EVENT = json.dumps(
    {
        "type": "ChannelStateChange",
        "timestamp": "2026-11-23T09:00:00.000+0000",
        "channel": {
            "id": "callrouter-0123456789abcdef0123456789abcdef-0000001",
            "name": "PJSIP/1001-00000001",
            "state": "Ringing",
            "protocol_id": "0123456789abcdef",
            "caller": {"name": "", "number": "1001"},
            "connected": {"name": "", "number": "+38160111"},
            "accountcode": "",
            "dialplan": {
                "context": "from-agents",
                "exten": "",
                "priority": 1,
                "app_name": "AppDial2",
                "app_data": "(Outgoing Line)",
            },
            "creationtime": "2026-11-23T09:00:00.000+0000",
            "language": "en",
        },
        "asterisk_id": "0123456789ab",
        "application": "callrouter",
    }
).encode()


def serve(says: Connection, events: int) -> None:
    """The process that sends; it says on which port."""

    async def send(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for _ in range(events):
            await socket.send_frame(EVENT, aiohttp.WSMsgType.TEXT)
            await asyncio.sleep(PAUSE_SECONDS)
        await socket.close()
        return socket

    async def run() -> None:
        app = web.Application()
        app.router.add_route("GET", "/", send)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        says.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


async def by_waiting(port: int) -> int:
    """aiohttp, a task that waits for each message."""
    heard = 0
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"http://127.0.0.1:{port}/", heartbeat=5.0, autoping=False, decode_text=False
        ) as socket,
    ):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                heard += parse(message.data) is not None
    return heard


async def by_callbacks(port: int) -> int:
    """As callrouter reads them."""
    heard = 0

    def hear(message: bytes) -> None:
        nonlocal heard
        heard += parse(message) is not None

    socket = await EventSocket.open(
        f"ws://127.0.0.1:{port}/", {}, lambda opened: None, hear, seconds=5.0, heartbeat=5.0
    )
    await socket.until_closed()
    return heard


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    sender = multiprocessing.get_context("spawn").Process(
        target=serve, args=(theirs, args.events), daemon=True
    )
    sender.start()
    port = await asyncio.to_thread(ours.recv)
    ways: dict[str, Callable[[int], Awaitable[int]]] = {
        "aiohttp": by_waiting,
        "callrouter": by_callbacks,
    }
    for _ in range(args.repeat):
        for name, read in ways.items():
            before = time.process_time()
            heard = await read(port)
            each = (time.process_time() - before) / heard * 1e6
            print(f"{name:10} {heard} events, {each:4.0f} µs of processor time each", flush=True)
    sender.terminate()


if __name__ == "__main__":
    asyncio.run(main())
