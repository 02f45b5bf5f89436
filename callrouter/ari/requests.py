"""One ARI request over HTTP: bounded in time, its failures sorted by what they mean.

Laws: a password is sent in a header and appears nowhere else, in no URL, error or log line.
Every failure is an `AriError` whose text begins with the request.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple, TypeVar

import aiohttp

from callrouter.ari.connections import Answer, Connections
from callrouter.ari.errors import AriError, Gone, Unavailable, Unreached
from callrouter.ari.watched import Unwatched, Watcher
from callrouter.ari.wording import address_of, content_of, decoded, error_of, message_of, target_of
from callrouter.concurrency import all_of

KEEP_ALIVE_SECONDS = 10
"""Asterisk closes idle connections after `session_keep_alive` (15 s unless raised); we give them
up earlier, or a POST could meet a connection that is just being closed."""

BEAT_SECONDS = 0.5
STOOD_STILL_SECONDS = 2.0
HEAR_SECONDS = 0.5
"""A process that stood still (SIGSTOP, a machine that slept) hears first what has happened
meanwhile: another router may have its calls."""

REQUEST_SECONDS = 5.0

PATIENCE_SECONDS = 30.0
AGAIN_SECONDS = 0.2
"""What a call asks outlasts a way to Asterisk that is cut: it is asked when Asterisk is heard
again, if that is no later than so long after the cut."""

ILL_SECONDS = 5.0
"""So long it is asked again where Asterisk answers with an error of its own."""

PARALLEL_REQUESTS = 80
"""Below Asterisk's default `sessionlimit` of 100."""

T = TypeVar("T")


class Asked(NamedTuple):
    """One of several things that are asked in one go; see `Requests.send`."""

    method: str
    path: str
    query: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None
    makes: str | None = None
    means: Mapping[str, type[AriError]] | None = None


class Requests:
    """Requests to one Asterisk, over kept-alive connections; `sent` so far.

    `url` is without `/ari`; `headers` are what lets us in.
    """

    def __init__(
        self, url: str, username: str, password: str, *, timeout: float, patience: float = 0.0
    ) -> None:
        self.address = address_of(url)
        self.headers = {"Authorization": aiohttp.encode_basic_auth(username, password)}
        self._connections = Connections(
            self.address, self.headers, most=PARALLEL_REQUESTS, keep_alive=KEEP_ALIVE_SECONDS
        )
        self._timeout = timeout
        self._patience = patience
        self._heard = asyncio.Event()
        self._heard.set()
        self._held_since = 0.0
        self._stopped: str | None = None
        self._beat: float | None = None
        self._heard_at = self._stood = 0.0
        self.watcher: Watcher = Unwatched()
        self.sent = 0

    async def close(self) -> None:
        await self._connections.close()

    def stop(self, reason: str) -> None:
        """From now on every request fails as `Gone`, unsent."""
        self._stopped = reason
        self._heard.set()  # who waits for it is told

    def hold(self) -> None:
        """Asterisk is not heard: what is asked patiently waits until `go_on`."""
        if self._stopped is None and self._heard.is_set():
            self._held_since = monotonic()
            self._heard.clear()

    def go_on(self) -> None:
        """It is heard, and calls know what they missed."""
        self._heard.set()

    @property
    def held(self) -> bool:
        return not self._heard.is_set()

    async def keep_time(self) -> None:
        """For ever: know when the process last ran."""
        self._beat = monotonic()
        while True:
            self._look_at_clock()
            await asyncio.sleep(BEAT_SECONDS)

    def _look_at_clock(self) -> float:
        """How long requests wait, as the process stood still."""
        now = monotonic()
        if self._beat is not None and now - self._beat > STOOD_STILL_SECONDS:
            self._heard_at, self._stood = now + HEAR_SECONDS, now - self._beat
        if self._beat is not None:
            self._beat = now
        return self._heard_at - now

    def stood_still(self) -> float:
        """For how long (seconds), while what happened meanwhile is being heard; else 0."""
        return self._stood if self._look_at_clock() > 0 else 0.0

    async def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        makes: str | None = None,
        seconds: float | None = None,
        patient: bool = False,
        means: Mapping[str, type[AriError]] | None = None,
        again: bool = False,
    ) -> bytes:
        """Returns the answer's content, in `seconds` if not in the usual time.

        A connection that Asterisk closes instead of answering is tried once more, as all our
        requests mean the same when sent twice; where no answer comes, one that is `patient` is
        tried again until there is one. `makes` is the path of what the request makes, under an id
        that we gave it: where that is there, or 409 comes to a later try, an earlier has made it;
        `again` says that there was one.
        `means` has words of Asterisk's that say more than the status beside them.
        """
        target, content = target_of(path, query), content_of(body)
        request = _Request(method, path, target, content, makes, means or {}, int(again))
        timeout = self._timeout if seconds is None else seconds
        give_up, ill = monotonic() + (self._patience if patient else 0.0), False
        while True:
            if not self._clear:
                await self._until_clear(request, give_up, patient=patient)
            try:
                if request.tries and makes:
                    if await self._is_there(makes):
                        return b""
                    await self._until_clear(request, give_up, patient=False)
                return await self._once(request, timeout)
            except Unavailable as error:
                if not ill and not isinstance(error, Unreached):
                    ill, give_up = True, min(give_up, monotonic() + ILL_SECONDS)
                if monotonic() >= give_up:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def in_one_go(self, *wanted: Asked) -> list[bytes | None]:
        """Ask several things, one behind the other, without a pause between; each one's answer.

        They are done in this order. None for what did not go well, or of which nobody knows: ask
        for that by itself, which says what is wrong; all of them mean the same when sent twice.
        """
        if not self._clear:
            return [None] * len(wanted)
        requests = [
            self._connections.request(method, target_of(path, query), content_of(body))
            for method, path, query, body, *_ in wanted
        ]
        self.sent += len(requests)
        began = monotonic()
        try:
            answers = await self._connections.ask(b"".join(requests), self._timeout, len(requests))
        except OSError:
            return [None] * len(wanted)
        told = [content if status < 300 else None for status, content in answers]
        for each, content in zip(wanted, told, strict=True):
            if content is not None:
                self.watcher.request(each.method, each.path, monotonic() - began, "")
        return told

    async def each_in_one_go(self, *wanted: Asked) -> list[bytes | AriError]:
        """As `in_one_go`; what did not go well is asked for by itself, patiently."""
        together = len(wanted) > 1 and self._clear
        told = await self.in_one_go(*wanted) if together else [None] * len(wanted)
        alone = [
            self.send(
                *(each.method, each.path, each.query),
                body=each.body,
                makes=each.makes,
                means=each.means,
                patient=True,
                again=together,
            )
            for each, content in zip(wanted, told, strict=True)
            if content is None
        ]
        answers = iter(await all_of(alone, expected=AriError))
        return [next(answers) if content is None else content for content in told]

    @property
    def _clear(self) -> bool:
        """Whether nothing speaks against a request now."""
        return self._look_at_clock() <= 0 and self._heard.is_set() and self._stopped is None

    async def _until_clear(self, request: "_Request", give_up: float, *, patient: bool) -> None:
        """Raises Gone once we act no more, Unreached where Asterisk is not heard for too long."""
        if (wait := self._look_at_clock()) > 0:
            await asyncio.sleep(wait)
        if patient and not self._heard.is_set():
            give_up = min(give_up, self._held_since + self._patience)
            try:
                async with asyncio.timeout(give_up - monotonic()):
                    await self._heard.wait()
            except TimeoutError:
                raise Unreached(f"{request}: not sent: Asterisk is not heard") from None
        if self._stopped is not None:
            raise Gone(f"{request}: not sent: {self._stopped}")

    async def _is_there(self, path: str) -> bool:
        try:
            await self._once(_Request("GET", path, path), self._timeout)
        except Gone:
            return False
        return True

    async def _once(self, request: "_Request", seconds: float) -> bytes:
        """Its answer's content, also where a connection was closed by Asterisk just then."""
        began, failed = monotonic(), ""
        text = self._connections.request(request.method, request.target, request.content)
        try:
            try:
                ((status, content),) = await self._sent(request, text, seconds)
            except ConnectionResetError:
                left = seconds - (monotonic() - began)
                ((status, content),) = await self._sent(request, text, left)
            if status < 300 or (status == 409 and request.makes and request.tries > 1):
                return content
            error = error_of(status, f"{request}: {status} {message_of(content)}", request.means)
            failed = type(error).__name__
            raise error
        except TimeoutError:
            failed = "Unavailable"
            raise Unreached(f"{request}: no answer in {seconds:g} s") from None
        except OSError as error:
            failed = "Unavailable"
            raise Unreached(f"{request}: {error or type(error).__name__}") from None
        finally:
            self.watcher.request(request.method, request.path, monotonic() - began, failed)

    async def ask(
        self,
        path: str,
        answer: type[T],
        *,
        query: Mapping[str, str] | None = None,
        patient: bool = False,
    ) -> T:
        """GET something, of which `answer` says what it must look like."""
        content = await self.send("GET", path, query, patient=patient)
        return decoded(f"GET {path}", content, answer)

    def _sent(
        self, request: "_Request", text: bytes, seconds: float
    ) -> Coroutine[Any, Any, list[Answer]]:
        self.sent += 1
        request.tries += 1
        return self._connections.ask(text, seconds)


@dataclass(slots=True)
class _Request:
    """What is asked, and how often it was; `target` is the path with its query."""

    method: str
    path: str
    target: str
    content: bytes | None = None
    makes: str | None = None
    means: Mapping[str, type[AriError]] = field(default_factory=dict)
    tries: int = 0

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
