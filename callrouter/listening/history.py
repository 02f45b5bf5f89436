"""What Asterisk has written down by itself, for the time in which it could not be heard."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class History(Protocol):
    """One Asterisk's own records."""

    async def ends(self, channels: Collection[str], since: datetime) -> Mapping[str, datetime]:
        """When those of the channels ended of which it is known; never fails."""
        ...


class NoHistory:
    """Nobody knows where they are."""

    async def ends(self, channels: Collection[str], since: datetime) -> Mapping[str, datetime]:
        return {}


@dataclass(frozen=True, slots=True)
class Unheard:
    """A time in which an Asterisk was not heard, or perhaps not; `until` is None while it lasts."""

    since: datetime
    until: datetime | None = None
