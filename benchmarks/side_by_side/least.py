"""What ARI takes at the least: our own client, bridges that are kept, and three kinds of events.

It chooses a phone as the bare script does; it decides, reserves and writes nothing, and no bridge
is known to be empty when it is used again. `handed` lets the dialplan's `Dial()` do the ringing and
the talk, and hears what becomes of them: the application subscribes to the caller's channel.
"""

import asyncio
from collections.abc import Awaitable
from uuid import uuid4

from benchmarks.side_by_side.others import Turns
from callrouter.ari import events
from callrouter.ari.client import AriClient
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError
from callrouter.concurrency import spawn

_WANTED = ("StasisStart", "StasisEnd", "ChannelDestroyed")
_EMPTY_SECONDS = 0.3


class Least:
    """One Asterisk's callers in the application `app`, each connected with a phone in turn."""

    def __init__(self, url: str, user: str, password: str, app: str, *, handed: bool) -> None:
        self._asterisk = AriClient(url, user, password, app)
        self._handed = handed
        self._turns = Turns()
        self._pairs: dict[str, str] = {}
        self._bridges: dict[str, str] = {}
        self._kept: list[str] = []

    async def run(self) -> None:
        """For ever."""
        async with self._asterisk as asterisk, asyncio.TaskGroup() as group:
            await asterisk.listen(lambda event: self._hear(event, group))

    def _hear(self, event: events.Event, group: asyncio.TaskGroup) -> None:
        match event:
            case events.Connected():
                work = self._filter()
            case events.StasisStart() if event.channel.id in self._pairs:
                work = self._join(event.channel.id)
            case events.StasisStart() if self._handed:
                work = self._hand_over(event)
            case events.StasisStart():
                work = self._ring(event)
            case events.StasisEnd() | events.ChannelDestroyed():
                work = self._end(event.channel.id)
            case _:
                return
        spawn(group, _whatever_comes(work), name="least")

    async def _filter(self) -> None:
        wanted = (*_WANTED, "Dial") if self._handed else _WANTED
        body = {"allowed": [{"type": each} for each in wanted]}
        await self._asterisk.requests.send(
            "PUT", f"/applications/{self._asterisk.app}/eventFilter", body=body
        )

    async def _hand_over(self, start: events.StasisStart) -> None:
        caller, phone = start.channel.id, self._turns.phone(start.channel.dialplan.exten)
        send = self._asterisk.requests.send
        source = {"eventSource": f"channel:{caller}"}
        await send("POST", f"/applications/{self._asterisk.app}/subscription", query=source)
        to = {"context": "bench", "extension": f"d{phone}", "priority": "1"}
        await send("POST", f"/channels/{caller}/continue", query=to)

    async def _ring(self, start: events.StasisStart) -> None:
        caller, leg = start.channel, f"leg-{uuid4().hex}"
        phone = self._turns.phone(caller.dialplan.exten)
        self._pairs[leg], self._pairs[caller.id] = caller.id, leg
        endpoint, number = f"PJSIP/{phone}", caller.caller.number
        dialled = Leg(leg, endpoint, caller.id, number, "", 30, "")
        (error,) = await self._asterisk.originate(dialled)
        if error is not None:
            raise error

    async def _join(self, leg: str) -> None:
        caller = self._pairs[leg]
        if self._kept:
            bridge = self._kept.pop()
        else:
            bridge = f"bridge-{uuid4().hex}"
            await self._asterisk.create_bridge(bridge)
        self._bridges[leg] = bridge
        await self._asterisk.answer(caller)
        await self._asterisk.add_to_bridge(bridge, caller, leg)

    async def _end(self, channel: str) -> None:
        other = self._pairs.pop(channel, None)
        if other is None:
            return
        self._pairs.pop(other, None)
        for each in (channel, other):
            if bridge := self._bridges.pop(each, None):
                asyncio.get_running_loop().call_later(_EMPTY_SECONDS, self._kept.append, bridge)
        await self._asterisk.hang_up(other)


async def _whatever_comes(work: Awaitable[None]) -> None:
    try:
        await work
    except AriError as error:
        print(error, flush=True)
