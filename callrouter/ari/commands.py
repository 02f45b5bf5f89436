"""What a call asks of Asterisk: the vocabulary that the client and the tests' fake both speak.

Ids of channels, playbacks and bridges are chosen by the caller of a command, so that events that
come before the answer already find their owner. Every command may raise `AriError`; `Gone` means
that the channel has left meanwhile, which is normal life.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from callrouter.ari.bridges import BridgePool
from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError


@dataclass(frozen=True, slots=True)
class Leg:
    """A channel to dial. `timeout` (seconds) is Asterisk's own, should the router die meanwhile."""

    channel_id: str
    endpoint: str
    originator: str
    caller_number: str
    caller_name: str
    timeout: int
    call_id: str


class Commands(Protocol):
    """The ARI requests that handling a call needs."""

    @property
    def entity_id(self) -> str:
        """The Asterisk these commands go to."""
        ...

    @property
    def bridge_pool(self) -> BridgePool:
        """Where a call's bridge comes from."""
        ...

    async def answer(self, channel_id: str) -> None: ...

    async def ring(self, channel_id: str) -> None:
        """Let the caller hear ringing."""
        ...

    async def progress(self, channel_id: str) -> None:
        """Open the way for audio to a caller who is not answered (183): early media."""
        ...

    async def play(self, channel_id: str, playback_id: str, media: str) -> None:
        """`media` is a path on the Asterisk host, without extension.

        A channel does one thing after another: until the playback has ended or was stopped, it
        plays nothing else and enters no bridge.
        """
        ...

    async def stop_playing(self, playback_id: str) -> None: ...

    async def start_music(self, channel_id: str, music_class: str) -> None: ...

    async def stop_music(self, channel_id: str) -> None: ...

    async def contacts(self, channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
        """Of each of `phones` (`PJSIP/1001`) dial strings, one for each registered contact.

        Any live channel can be asked.
        Empty where nothing is registered; the phone itself where its kind has no contacts. An
        error where Asterisk did not say.
        """
        ...

    async def ring_and_contacts(
        self, channel_id: str, *phones: str
    ) -> Sequence[tuple[str, ...] | AriError] | None:
        """`ring` the caller and ask for `contacts`, in one go; None where `answer_in_bridge` says
        False.
        """
        ...

    async def originate(self, *legs: Leg) -> Sequence[AriError | None]:
        """Begin to ring; an answer comes as StasisStart, any other end as ChannelDestroyed.

        Of each what went wrong: `NotDialable` where Asterisk cannot even begin, `Gone` where the
        originator has left.
        """
        ...

    async def hang_up(
        self, channel_id: str, reason: HangupReason = HangupReason.NORMAL
    ) -> None: ...

    async def create_bridge(self, bridge_id: str) -> None: ...

    async def add_to_bridge(self, bridge_id: str, *channel_ids: str) -> None:
        """Raises `NoBridge` where there is no such bridge any more."""
        ...

    async def answer_in_bridge(self, bridge_id: str, caller: str, agent: str) -> bool:
        """`answer` the caller, then `add_to_bridge` of both, in one go.

        False where not all of it went well: then ask for one after the other, which says what is
        wrong, and does no harm twice.
        """
        ...

    async def remove_from_bridge(self, bridge_id: str, channel_id: str) -> None: ...

    async def destroy_bridge(self, bridge_id: str) -> None: ...

    async def bridge_is_empty(self, bridge_id: str) -> bool: ...

    async def empty_bridges(self) -> tuple[int, frozenset[str]]:
        """How many there are, whoever made them, and those in which nobody is."""
        ...

    async def continue_in_dialplan(
        self, channel_id: str, number: str, *, only_speak: bool = False
    ) -> None:
        """Give the channel to the dialplan's safety net, which does what `number` asks for.

        `only_speak`: nobody is rung, the caller hears that nobody is there.
        """
        ...
