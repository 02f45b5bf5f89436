"""The ARI requests we use: one method for each."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from callrouter.ari.bridges import BridgePool
from callrouter.ari.causes import HangupReason
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NoBridge, NotDialable, Refused
from callrouter.ari.events import WANTED, Bridge, Channel
from callrouter.ari.requests import Asked, Requests
from callrouter.ari.wording import decoded, quoted

RELOAD_SECONDS = 60.0

SAFETY_NET = "callrouter-away"
"""The dialplan context for callers we cannot look after (asterisk-conf/extensions.conf)."""

_NOT_DIALLED = {
    "Allocation failed": NotDialable,
    "originator channel was not found": Gone,  # the caller has left
}
_PJSIP = "PJSIP/"
_PHONES_PER_REQUEST = 300  # Asterisk takes bodies up to 40 kB


class System(msgspec.Struct, frozen=True):
    version: str = ""
    entity_id: str = ""


class Status(msgspec.Struct, frozen=True):
    startup_time: str = ""


class AsteriskInfo(msgspec.Struct, frozen=True):
    """Asterisk's own description of itself. `status.startup_time` is another after a restart."""

    system: System = System()
    status: Status = Status()


class Endpoint(msgspec.Struct, frozen=True):
    """A SIP account: `state` is `online` while a phone is registered with it."""

    resource: str
    state: str = "unknown"
    channel_ids: tuple[str, ...] = ()


class _Variable(msgspec.Struct, frozen=True):
    value: str = ""


class _DeviceState(msgspec.Struct, frozen=True):
    state: str


class _Application(msgspec.Struct, frozen=True):
    device_names: frozenset[str] = frozenset()


class AriHttp:
    """The requests to one Asterisk. Made and closed by `AriClient`; implements `Commands`."""

    def __init__(self, requests: Requests, app: str) -> None:
        self.requests = requests
        self.app = app
        self.entity_id = ""
        self.bridge_pool = BridgePool(self)
        self._application = f"/applications/{quoted(app)}"

    async def close(self) -> None:
        await self.requests.close()

    # What a call asks: see `Commands`. It is asked until there is an answer.

    async def _do(self, method: str, path: str, **details: Any) -> None:
        await self.requests.send(method, path, patient=True, **details)

    async def answer(self, channel_id: str) -> None:
        hung_up = {"Failed to answer": Gone}  # in this moment
        await self._do("POST", f"{_channel(channel_id)}/answer", means=hung_up)

    async def ring(self, channel_id: str) -> None:
        await self._do("POST", f"{_channel(channel_id)}/ring")

    async def progress(self, channel_id: str) -> None:
        await self._do("POST", f"{_channel(channel_id)}/progress")

    async def play(self, channel_id: str, playback_id: str, media: str) -> None:
        path = f"{_channel(channel_id)}/play/{playback_id}"
        playback = f"/playbacks/{playback_id}"  # a second of the same name would play after it
        await self._do("POST", path, body={"media": f"sound:{media}"}, makes=playback)

    async def stop_playing(self, playback_id: str) -> None:
        await self._do("DELETE", f"/playbacks/{playback_id}")

    async def start_music(self, channel_id: str, music_class: str) -> None:
        await self._do("POST", f"{_channel(channel_id)}/moh", query={"mohClass": music_class})

    async def stop_music(self, channel_id: str) -> None:
        await self._do("DELETE", f"{_channel(channel_id)}/moh")

    async def contacts(self, channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
        asked = _contacts_asked(channel_id, phones)
        told = await self.requests.each_in_one_go(*asked.values())
        return _contacts(phones, dict(zip(asked, told, strict=True)))

    async def ring_and_contacts(
        self, channel_id: str, *phones: str
    ) -> list[tuple[str, ...] | AriError] | None:
        asked = _contacts_asked(channel_id, phones)
        ring = Asked("POST", f"{_channel(channel_id)}/ring")
        told = await self.requests.in_one_go(ring, *asked.values())
        well = [each for each in told if each is not None]
        if len(well) < len(told):
            return None
        return _contacts(phones, dict(zip(asked, well[1:], strict=True)))

    async def originate(self, *legs: Leg) -> list[AriError | None]:
        told = await self.requests.each_in_one_go(*map(self._originated, legs))
        return [each if isinstance(each, AriError) else None for each in told]

    def _originated(self, leg: Leg) -> Asked:
        body = {
            "endpoint": leg.endpoint,
            "app": self.app,
            "appArgs": f"leg,{leg.call_id}",
            "callerId": _caller_id(leg.caller_name, leg.caller_number),
            "timeout": leg.timeout,
        }
        if leg.originator:
            body["originator"] = leg.originator
        path = _channel(leg.channel_id)
        return Asked("POST", path, body=body, makes=path, means=_NOT_DIALLED)

    async def hang_up(self, channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        await self._do("DELETE", _channel(channel_id), query={"reason": reason.value})

    async def create_bridge(self, bridge_id: str) -> None:
        await self._do("POST", f"/bridges/{bridge_id}", query={"type": "mixing,dtmf_events"})

    async def add_to_bridge(self, bridge_id: str, *channel_ids: str) -> None:
        path, query = f"/bridges/{bridge_id}/addChannel", {"channel": ",".join(channel_ids)}
        try:
            await self._do("POST", path, query=query, means={"Bridge not found": NoBridge})
        except Refused as error:  # 400 and 422 are its words for a channel that has left
            raise Gone(str(error)) from None

    async def answer_in_bridge(self, bridge_id: str, caller: str, agent: str) -> bool:
        into = {"channel": f"{caller},{agent}"}
        answered = await self.requests.in_one_go(
            Asked("POST", f"{_channel(caller)}/answer"),
            Asked("POST", f"/bridges/{bridge_id}/addChannel", into),
        )
        return None not in answered

    async def remove_from_bridge(self, bridge_id: str, channel_id: str) -> None:
        path = f"/bridges/{bridge_id}/removeChannel"
        try:
            await self._do("POST", path, query={"channel": channel_id})
        except Refused as error:  # 400 and 422 are its words for a channel that is not in there
            raise Gone(str(error)) from None

    async def destroy_bridge(self, bridge_id: str) -> None:
        await self._do("DELETE", f"/bridges/{bridge_id}")

    async def bridge_is_empty(self, bridge_id: str) -> bool:
        bridge = await self.requests.ask(f"/bridges/{bridge_id}", Bridge, patient=True)
        return not bridge.channels

    async def empty_bridges(self) -> tuple[int, frozenset[str]]:
        bridges = await self.requests.ask("/bridges", tuple[Bridge, ...], patient=True)
        return len(bridges), frozenset(each.id for each in bridges if not each.channels)

    async def continue_in_dialplan(
        self, channel_id: str, number: str, *, only_speak: bool = False
    ) -> None:
        safe = "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#"))
        way = "say" if only_speak else "to"
        query = {"context": SAFETY_NET, "extension": f"{way}{safe}", "priority": "1"}
        await self._do("POST", f"{_channel(channel_id)}/continue", query=query)

    # What the router as a whole asks.

    def stop_acting(self, reason: str) -> None:
        """From now on every request fails as `Gone`, unsent: our calls are another's."""
        self.requests.stop(reason)

    def go_on(self) -> None:
        """Calls know what they missed while Asterisk was not heard: what they ask may be asked."""
        self.requests.go_on()

    async def info(self) -> AsteriskInfo:
        return await self.requests.ask("/asterisk/info", AsteriskInfo)

    async def filter_events(self) -> None:
        """Let only the event types through that we use; the rest costs both sides."""
        allowed = [{"type": event.__name__} for event in WANTED]
        path = f"{self._application}/eventFilter"
        await self.requests.send("PUT", path, body={"allowed": allowed})

    async def subscribed_devices(self) -> frozenset[str]:
        """The phones of whose states we are told, also since a router before us."""
        answer = await self.requests.ask(self._application, _Application)
        return answer.device_names

    async def subscribe_devices(self, names: Collection[str]) -> None:
        """Be told of every change of these phones' states (`PJSIP/1001`)."""
        path = f"{self._application}/subscription"
        for sources in _device_sources(names):
            await self.requests.send("POST", path, body={"eventSource": sources})

    async def unsubscribe_devices(self, names: Collection[str]) -> None:
        path = f"{self._application}/subscription"
        for sources in _device_sources(names):
            await self.requests.send("DELETE", path, body={"eventSource": sources})

    async def device_state(self, name: str) -> str:
        """Asterisk's word for it (NOT_INUSE …); INVALID for what it knows nothing of."""
        return (await self.requests.ask(f"/deviceStates/{quoted(name)}", _DeviceState)).state

    async def endpoints(self) -> tuple[Endpoint, ...]:
        """All SIP accounts, phones and trunks."""
        return await self.requests.ask("/endpoints/PJSIP", tuple[Endpoint, ...])

    async def channels(self) -> tuple[Channel, ...]:
        return await self.requests.ask("/channels", tuple[Channel, ...])

    async def bridges(self) -> tuple[Bridge, ...]:
        return await self.requests.ask("/bridges", tuple[Bridge, ...])

    async def set_global(self, variable: str, value: str) -> None:
        """A variable of the whole dialplan; an empty value is none."""
        query = {"variable": variable, "value": value}
        await self.requests.send("POST", "/asterisk/variable", query=query)

    async def reload_module(self, name: str) -> None:
        """Returns when it is done, which took 3 s with 5,000 phones."""
        path = f"/asterisk/modules/{name}"
        await self.requests.send("PUT", path, seconds=RELOAD_SECONDS)

    async def load_module(self, name: str) -> None:
        """One that is loaded already stays as it is."""
        with suppress(Gone):  # 409
            await self.requests.send("POST", f"/asterisk/modules/{name}")


def _channel(channel_id: str) -> str:
    return f"/channels/{quoted(channel_id)}"


def _contacts_asked(channel_id: str, phones: Iterable[str]) -> dict[str, Asked]:
    """What to ask where which phone is registered; functions need a channel, any will do."""
    path = f"{_channel(channel_id)}/variable"
    ask = "PJSIP_DIAL_CONTACTS({})".format
    return {
        phone: Asked("GET", path, {"variable": ask(phone.removeprefix(_PJSIP))})
        for phone in phones
        if phone.startswith(_PJSIP) and "@" not in phone
    }


def _contacts(
    phones: Iterable[str], told: Mapping[str, bytes | AriError]
) -> list[tuple[str, ...] | AriError]:
    return [_contacts_of(each, told[each]) if each in told else (each,) for each in phones]


def _contacts_of(phone: str, told: bytes | AriError) -> tuple[str, ...] | AriError:
    if isinstance(told, AriError):
        return told
    try:
        value = decoded(f"the contacts of {phone}", told, _Variable).value
    except AriError as error:
        return error
    start = f"{phone}/"
    contacts = value.removeprefix(start).split(f"&{start}")  # a contact may have a &
    return tuple(start + contact for contact in contacts if contact)


def _device_sources(names: Collection[str]) -> Iterator[list[str]]:
    sources = [f"deviceState:{name}" for name in names]
    for start in range(0, len(sources), _PHONES_PER_REQUEST):
        yield sources[start : start + _PHONES_PER_REQUEST]


def _caller_id(name: str, number: str) -> str:
    """`"name" <number>` for Asterisk's parser, which knows no escape for quotes or brackets."""
    clean_name = "".join(c for c in name if c.isprintable() and c not in '"<>\\')[:80]
    clean_number = "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#-._"))[:80]
    return f'"{clean_name}" <{clean_number}>'
