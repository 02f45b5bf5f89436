"""What callrouter is compared with where that is no dialplan: FastAGI, and a bare ARI script.

Both only choose the next phone in turn. The bare one is what any ARI program must do at least:
originate, answer, one bridge for the call, take it away.
"""

import asyncio
import itertools
from contextlib import suppress
from uuid import uuid4

import aiohttp
import msgspec

from benchmarks.side_by_side.company import answering


class Turns:
    """Whose turn it is, for each number."""

    def __init__(self) -> None:
        self._cycles: dict[int, itertools.cycle[str]] = {}

    def phone(self, dialled: str) -> str:
        place = int(dialled[1:4])
        if place not in self._cycles:
            self._cycles[place] = itertools.cycle(answering(place))
        return next(self._cycles[place])


async def fast_agi(port: int) -> asyncio.Server:
    """A FastAGI server that names the phone."""
    turns = Turns()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dialled = ""
        while line := (await reader.readline()).decode(errors="replace").strip():
            if line.startswith("agi_extension:"):
                dialled = line.partition(":")[2].strip()
        if dialled:
            writer.write(f"SET VARIABLE PHONE {turns.phone(dialled)}\n".encode())
            await writer.drain()
            await reader.readline()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port)


class Bare:
    """The least an ARI program does to connect a caller with a phone."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = f"{url}/ari"
        self._session = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(user, password)},
            connector=aiohttp.TCPConnector(limit=80, keepalive_timeout=10),
        )
        self._turns = Turns()
        self._pairs: dict[str, str] = {}
        self._bridges: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, connected: asyncio.Event) -> None:
        """For ever."""
        address = f"{self._url}/events?app=bare".replace("http", "ws", 1)
        async with self._session, self._session.ws_connect(address, max_msg_size=0) as socket:
            connected.set()
            async for message in socket:
                event = msgspec.json.decode(message.data)
                self._start(self._handle(event))

    def _start(self, work) -> None:  # type: ignore[no-untyped-def]
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, event) -> None:  # type: ignore[no-untyped-def]
        match event["type"]:
            case "StasisStart" if not event["args"]:
                caller = event["channel"]["id"]
                leg = f"leg-{uuid4().hex}"
                self._pairs[leg], self._pairs[caller] = caller, leg
                dialled = event["channel"]["dialplan"]["exten"]
                await self._ask(
                    "POST",
                    f"channels/{leg}",
                    endpoint=f"PJSIP/{self._turns.phone(dialled)}",
                    app="bare",
                    appArgs="leg",
                    originator=caller,
                    callerId=event["channel"]["caller"]["number"],
                    timeout="30",
                )
            case "StasisStart":
                await self._join(event["channel"]["id"])
            case "StasisEnd" | "ChannelDestroyed":
                await self._end(event["channel"]["id"])

    async def _join(self, leg: str) -> None:
        caller = self._pairs[leg]
        bridge = f"bridge-{leg}"
        self._bridges[caller] = self._bridges[leg] = bridge
        await self._ask("POST", f"channels/{caller}/answer")
        await self._ask("POST", f"bridges/{bridge}", type="mixing,dtmf_events")
        await self._ask("POST", f"bridges/{bridge}/addChannel", channel=f"{caller},{leg}")

    async def _end(self, channel: str) -> None:
        other = self._pairs.pop(channel, None)
        bridge = self._bridges.pop(channel, None)
        if other:
            self._pairs.pop(other, None)
            self._bridges.pop(other, None)
            await self._ask("DELETE", f"channels/{other}")
        if bridge:
            await self._ask("DELETE", f"bridges/{bridge}")

    async def _ask(self, method: str, path: str, **query: str) -> None:
        with suppress(aiohttp.ClientError):
            async with self._session.request(method, f"{self._url}/{path}", params=query) as answer:
                await answer.read()
