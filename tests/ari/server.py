"""A loopback server that speaks as much ARI as the client needs, and misbehaves on command."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiohttp import WSMsgType, web

from callrouter.ari.client import AriClient
from callrouter.ari.events import Event

USER, PASSWORD, APP = "callrouter", "s3cret-pa55", "callrouter"
VERSION = "22.10.1"


class AriServer:
    """Its state is public: tests set what Asterisk shall be like, and read what was asked."""

    def __init__(self) -> None:
        self.info: dict[str, Any] = {
            "system": {"version": VERSION, "entity_id": "e1"},
            "status": {"startup_time": "2026-11-23T09:00:00.000+0000"},
        }
        self.channels: list[dict[str, Any]] = []
        self.bridges: list[dict[str, Any]] = []
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.device_states: dict[str, str] = {}
        self.subscribed: set[str] = set()
        self.modules: list[dict[str, str]] = []
        self.variables: dict[str, str] = {}
        self.requests: list[str] = []
        self.bodies: list[Any] = []
        self.queries: list[dict[str, str]] = []
        self.answers: dict[str, tuple[int, str]] = {}
        self.stalled: set[str] = set()
        self.release = asyncio.Event()  # what is stalled goes on
        self.hang_ups: dict[str, int] = {}
        self.answers_before_hang_up: set[str] = set()
        self.deaf_to_pings = False
        self.mute = False  # reads nothing of its event sockets, and so answers nothing there
        self.before_answer: dict[str, list[dict[str, Any]]] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.connections = 0
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def client(
        self, *, password: str = PASSWORD, timeout: float = 1.0, patience: float = 0.0
    ) -> AriClient:
        return AriClient(self.url, USER, password, APP, timeout=timeout, patience=patience)

    async def start(self) -> None:
        """Listen, on the same port as the time before."""
        app = web.Application()
        app.router.add_route("GET", "/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._request)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def send(self, message: dict[str, Any] | str | bytes) -> None:
        """A message on the newest event socket: an event, any text, or bytes."""
        socket = self.sockets[-1]
        if isinstance(message, bytes):
            await socket.send_bytes(message)
        else:
            await socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def send_broken_text(self) -> None:
        """A text message that is not UTF-8."""
        writer = self.sockets[-1]._writer
        assert writer is not None
        await writer.send_frame(b'{"type": "\xff"}', WSMsgType.TEXT)

    def send_pieces(self, *pieces: str) -> None:
        """One message in so many frames."""
        self._write(
            b"".join(
                _frame(piece.encode(), opcode=1 if number == 1 else 0, final=number == len(pieces))
                for number, piece in enumerate(pieces, 1)
            )
        )

    def send_at_once(self, *messages: dict[str, Any]) -> None:
        """Several messages that are read together."""
        self._write(b"".join(_frame(json.dumps(each).encode()) for each in messages))

    def _write(self, frames: bytes) -> None:
        request = self.sockets[-1]._req
        assert request is not None
        assert request.transport is not None
        request.transport.write(frames)

    def drop(self) -> None:
        """Cut every event socket, without a goodbye."""
        for socket in self.sockets:
            transport = socket._req.transport if socket._req else None
            if transport is not None:
                transport.abort()
        self.sockets.clear()

    def asked(self, beginning: str) -> list[str]:
        """The requests that began so: `POST /channels`."""
        return [each for each in self.requests if each.startswith(beginning)]

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if refusal := self.answers.get("GET /events"):
            return web.json_response({"message": refusal[1]}, status=refusal[0])
        if "GET /events" in self.stalled:
            await self._until_released()
        if self._hangs_up("GET /events", request):
            return web.Response()
        assert request.query["subscribeAll"] == "false"
        assert PASSWORD not in request.path_qs
        socket = web.WebSocketResponse(autoping=not self.deaf_to_pings)
        await socket.prepare(request)
        self.connections += 1
        self.sockets.append(socket)
        if self.mute:
            await self._until_released()
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        return socket

    async def _request(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        what = f"{request.method} {path}"
        content = await request.read()
        self.requests.append(what)
        self.bodies.append(json.loads(content) if content else None)
        self.queries.append(dict(request.query))
        for event in self.before_answer.pop(what, ()):
            await self.send(event)
        if what in self.stalled:
            await self._until_released()
        if self._hangs_up(what, request):
            return web.Response()
        if answer := self.answers.get(what):
            if answer[1].startswith("RAW "):
                return web.Response(status=answer[0], text=answer[1].removeprefix("RAW "))
            return web.json_response({"message": answer[1]}, status=answer[0])
        return self._answer(request.method, path)

    def _hangs_up(self, what: str, request: web.Request) -> bool:
        """Whether it ended the connection instead of answering."""
        if self.hang_ups.get(what, 0) <= 0:
            return False
        self.hang_ups[what] -= 1
        assert request.transport is not None
        request.transport.abort()
        return True

    async def _until_released(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                await self.release.wait()

    def _answer(self, method: str, path: str) -> web.StreamResponse:
        body = self.bodies[-1] or {}
        found: Any = None
        match method, path.strip("/").split("/"):
            case "GET", ["asterisk", "info"]:
                found = self.info
            case "GET", ["asterisk", "modules"]:
                found = self.modules
            case "GET", ["asterisk", "variable"]:
                value = self.variables.get(self.queries[-1]["variable"])
                if value is None:
                    return web.json_response({"message": "Variable not found"}, status=404)
                found = {"value": value}
            case "GET", ["channels"]:
                found = self.channels
            case "GET", ["bridges"]:
                found = self.bridges
            case "GET", ["endpoints", "PJSIP"]:
                found = list(self.endpoints.values())
            case "GET", ["applications", _]:
                found = {"name": APP, "device_names": sorted(self.subscribed)}
            case "POST", ["applications", _, "subscription"]:
                self.subscribed |= {each.split(":")[1] for each in body["eventSource"]}
                found = {}
            case "DELETE", ["applications", _, "subscription"]:
                self.subscribed -= {each.split(":")[1] for each in body["eventSource"]}
                found = {}
            case "GET", ["deviceStates", *name]:
                device = "/".join(name)
                found = {"name": device, "state": self.device_states.get(device, "INVALID")}
            case "DELETE", ["channels", channel]:
                self.channels = [each for each in self.channels if each["id"] != channel]
            case "DELETE", ["bridges", bridge]:
                self.bridges = [each for each in self.bridges if each["id"] != bridge]
        return web.json_response(found) if found is not None else web.Response(status=204)

    # What Asterisk has

    def add_phone(self, account: str, state: str = "online", channels: int = 0) -> None:
        ids = [f"c{n}" for n in range(channels)]
        self.endpoints[account] = {
            "technology": "PJSIP", "resource": account, "state": state, "channel_ids": ids,
        }  # fmt: skip


def channel(
    channel_id: str, state: str = "Up", *, app: str | None = APP, number: str = "700"
) -> dict[str, Any]:
    """A channel as Asterisk shows it; `app` is that in whose Stasis it is."""
    dialplan = {"context": "from-trunk", "exten": number, "priority": 2}
    if app is not None:
        dialplan |= {"app_name": "Stasis", "app_data": f"{app},incoming"}
    return {
        "id": channel_id,
        "name": f"PJSIP/x-{channel_id}",
        "state": state,
        "caller": {"name": "", "number": "+38160111"},
        "dialplan": dialplan,
    }


def _frame(content: bytes, *, opcode: int = 1, final: bool = True) -> bytes:
    """A WebSocket frame as a server sends it (RFC 6455, 5.2)."""
    length = bytes([len(content)]) if len(content) < 126 else b"\x7e" + len(content).to_bytes(2)
    return bytes([final << 7 | opcode]) + length + content


def event(kind: str, *, entity: str = "e1", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "asterisk_id": entity, "application": APP, **fields}


class Heard:
    """Collects a client's events, and lets a test wait for the next of a kind."""

    def __init__(self, client: AriClient) -> None:
        self.all: list[Event] = []
        self._client = client
        self._came = asyncio.Event()

    async def listen(self) -> None:
        await self._client.listen(self._hear)

    def _hear(self, event: Event) -> None:
        self.all.append(event)
        self._came.set()

    async def next(self, kind: type[Event], *, count: int = 1, seconds: float = 3.0) -> Any:
        """The `count`-th event of a kind since the beginning."""
        async with asyncio.timeout(seconds):
            while len(found := [each for each in self.all if isinstance(each, kind)]) < count:
                self._came.clear()
                await self._came.wait()
        return found[count - 1]


@asynccontextmanager
async def listening(client: AriClient) -> AsyncIterator[Heard]:
    """Somebody who listens to `client` during the block."""
    heard = Heard(client)
    async with client, asyncio.TaskGroup() as group:
        task = group.create_task(heard.listen(), name="listen")
        yield heard
        task.cancel()
