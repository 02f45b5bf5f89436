"""Where caller and agent of one call meet: a bridge, from when somebody is about to be rung."""

from callrouter.ari.commands import Commands
from callrouter.ari.errors import NoBridge


class Meeting:
    """Every method that asks Asterisk may raise AriError."""

    def __init__(self, commands: Commands, caller_channel: str) -> None:
        self._commands = commands
        self._caller = caller_channel
        self._bridge: str | None = None

    def goes_on_in(self, bridge_id: str) -> None:
        """Another router's process had put them there."""
        self._bridge = bridge_id
        self._commands.bridge_pool.adopt(bridge_id)

    def at_once(self) -> bool:
        """Have a bridge if one is free; whether there is one."""
        if self._bridge is None:
            self._bridge = self._commands.bridge_pool.take_free()
        return self._bridge is not None

    async def prepare(self) -> str:
        """Have a bridge; returns which."""
        if self._bridge is None:
            self._bridge = await self._commands.bridge_pool.take()
        return self._bridge

    async def join(self, agent_channel: str) -> None:
        """Let caller and agent hear each other."""
        channels = self._caller, agent_channel
        try:
            await self._commands.add_to_bridge(await self.prepare(), *channels)
        except NoBridge:
            self._commands.bridge_pool.lost(await self.prepare())
            self._bridge = None
            await self._commands.add_to_bridge(await self.prepare(), *channels)

    async def answer(self, agent_channel: str) -> bool:
        """Answer the caller and let both hear each other; whether that was done. Never raises."""
        if not self.at_once() or self._bridge is None:
            return False
        return await self._commands.answer_in_bridge(self._bridge, self._caller, agent_channel)

    async def part(self) -> None:
        """Take the caller out of the talk."""
        await self._commands.remove_from_bridge(await self.prepare(), self._caller)

    async def end(self, *, empty: bool) -> None:
        """Nobody needs it any more; `empty` if everybody is known to have left."""
        bridge, self._bridge = self._bridge, None
        if bridge is not None:
            await self._commands.bridge_pool.give_back(bridge, empty=empty)
