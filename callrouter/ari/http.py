"""ARI requests over HTTP with keep-alive: one method for each, every one with a time limit.

Asterisk closes idle connections after `session_keep_alive` (15 s unless raised); ours are given
up earlier, or a POST could meet a connection that is just being closed.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from callrouter.ari.causes import HangupReason
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NotDialable, Refused, Unavailable
from callrouter.ari.events import WANTED, Bridge, Channel

KEEP_ALIVE_SECONDS = 10
REQUEST_SECONDS = 5.0
PARALLEL_REQUESTS = 80  # below Asterisk's default `sessionlimit` of 100

SAFETY_NET = "callrouter-away"
"""The dialplan context for callers we cannot look after (asterisk-conf/extensions.conf)."""

_MEMBERS_PER_URL = 50


class AriHttp:
    """The requests to one Asterisk. Made and closed by `AriClient`; implements `Commands`."""

    def __init__(
        self, url: str, username: str, password: str, app: str, *, timeout: float = REQUEST_SECONDS
    ) -> None:
        self._base = url.rstrip("/") + "/ari"
        self.app = app
        self.entity_id = ""
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=PARALLEL_REQUESTS, keepalive_timeout=KEEP_ALIVE_SECONDS
            ),
            headers={"Authorization": aiohttp.encode_basic_auth(username, password)},
            timeout=aiohttp.ClientTimeout(total=timeout),
        )

    async def close(self) -> None:
        await self.session.close()

    # What a call asks: see `Commands`.

    async def answer(self, channel_id: str) -> None:
        try:
            await self._request("POST", f"/channels/{channel_id}/answer")
        except Unavailable as error:
            if "Failed to answer" in str(error):  # 500: it was hung up in this moment
                raise Gone(str(error)) from None
            raise

    async def ring(self, channel_id: str) -> None:
        await self._request("POST", f"/channels/{channel_id}/ring")

    async def play(self, channel_id: str, playback_id: str, media: str) -> None:
        path = f"/channels/{channel_id}/play/{playback_id}"
        await self._request("POST", path, body={"media": f"sound:{media}"})

    async def contacts(self, channel_id: str, phone: str) -> tuple[str, ...]:
        technology, _, endpoint = phone.partition("/")
        if technology != "PJSIP" or "@" in endpoint:
            return (phone,)
        # Functions are only evaluated for a channel; which one does not matter here.
        query = {"variable": f"PJSIP_DIAL_CONTACTS({endpoint})"}
        answer = await self._request("GET", f"/channels/{channel_id}/variable", query=query)
        return tuple(contact for contact in str(answer["value"]).split("&") if contact)

    async def originate(self, leg: Leg) -> None:
        body = {
            "endpoint": leg.endpoint,
            "app": self.app,
            "appArgs": f"leg,{leg.call_id}",
            "callerId": _caller_id(leg.caller_name, leg.caller_number),
            "timeout": leg.timeout,
        }
        if leg.originator:
            body["originator"] = leg.originator
        try:
            await self._request("POST", f"/channels/{leg.channel_id}", body=body)
        except Unavailable as error:
            if "Allocation failed" in str(error):
                raise NotDialable(str(error)) from None
            raise

    async def hang_up(self, channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        await self._request("DELETE", f"/channels/{channel_id}", query={"reason": reason.value})

    async def create_bridge(self, bridge_id: str) -> None:
        await self._request("POST", f"/bridges/{bridge_id}", query={"type": "mixing,dtmf_events"})

    async def add_to_bridge(self, bridge_id: str, *channel_ids: str) -> None:
        path = f"/bridges/{bridge_id}/addChannel"
        try:
            await self._request("POST", path, query={"channel": ",".join(channel_ids)})
        except Refused as error:  # 400 and 422 are its words for a channel that has left
            raise Gone(str(error)) from None

    async def destroy_bridge(self, bridge_id: str) -> None:
        await self._request("DELETE", f"/bridges/{bridge_id}")

    async def continue_in_dialplan(self, channel_id: str, number: str) -> None:
        safe = "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#"))
        query = {"context": SAFETY_NET, "extension": f"to{safe}", "priority": "1"}
        await self._request("POST", f"/channels/{channel_id}/continue", query=query)

    # What the router as a whole asks.

    async def info(self) -> Mapping[str, Any]:
        """Asterisk's own description of itself: `system.version`, `system.entity_id` …"""
        answer: Mapping[str, Any] = await self._request("GET", "/asterisk/info")
        return answer

    async def filter_events(self) -> None:
        """Let only the event types through that we use; the rest costs both sides."""
        allowed = [{"type": event.__name__} for event in WANTED]
        await self._request(
            "PUT", f"/applications/{self.app}/eventFilter", body={"allowed": allowed}
        )

    async def subscribe_devices(self, names: tuple[str, ...]) -> None:
        """Be told of every change of these phones' states (`PJSIP/1001`)."""
        for start in range(0, len(names), _MEMBERS_PER_URL):
            sources = ",".join(
                f"deviceState:{name}" for name in names[start : start + _MEMBERS_PER_URL]
            )
            path = f"/applications/{self.app}/subscription"
            await self._request("POST", path, query={"eventSource": sources})

    async def device_state(self, name: str) -> str:
        answer = await self._request("GET", f"/deviceStates/{quote(name, safe='')}")
        return str(answer["state"])

    async def channels(self) -> tuple[Channel, ...]:
        return msgspec.convert(await self._request("GET", "/channels"), tuple[Channel, ...])

    async def bridges(self) -> tuple[Bridge, ...]:
        return msgspec.convert(await self._request("GET", "/bridges"), tuple[Bridge, ...])

    async def reload_module(self, name: str) -> None:
        await self._request("PUT", f"/asterisk/modules/{name}")

    async def _request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """One request; returns the decoded answer, or None where there is none."""
        what = f"{method} {path}"
        try:
            async with self.session.request(
                method, self._base + path, params=query, json=body
            ) as response:
                content = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{what}: {error or type(error).__name__}") from error
        if response.status < 300:
            return msgspec.json.decode(content) if content else None
        raise _error(response.status, f"{what}: {response.status} {_message(content)}")


def _error(status: int, text: str) -> AriError:
    if status in (404, 409, 412):
        return Gone(text)
    return Unavailable(text) if status >= 500 else Refused(text)


def _message(content: bytes) -> str:
    try:
        answer = msgspec.json.decode(content)
        return str(answer.get("message") or answer.get("error") or answer)
    except (msgspec.DecodeError, AttributeError):
        return content[:200].decode(errors="replace")


def _caller_id(name: str, number: str) -> str:
    """`"name" <number>` for Asterisk's parser, which knows no escape for quotes or brackets."""
    clean_name = "".join(c for c in name if c.isprintable() and c not in '"<>\\')[:80]
    clean_number = "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#-._"))[:80]
    return f'"{clean_name}" <{clean_number}>'
