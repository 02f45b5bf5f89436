"""Browsers and programs that follow the board: each has a queue that cannot grow for ever.

Law: nobody waits for a slow reader. Whose queue is full is let go; he connects again and is told
what he missed, or all of it.
"""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from callrouter.console.live.patch import merge_patch

MOST_WAITING = 64
"""So many events wait for one reader."""

REMEMBERED = 64
"""So many events can be told again to one who was away for a moment."""


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is its topic; `id` is empty where a reader need not remember it."""

    name: str
    data: str
    id: str = ""

    def encoded(self) -> bytes:
        """As `text/event-stream` has it; the data are one line of JSON."""
        id_ = f"id: {self.id}\n" if self.id else ""
        return f"{id_}event: {self.name}\ndata: {self.data}\n\n".encode()


def event(name: str, content: dict[str, Any], id_: str = "") -> Event:
    # In ASCII, so that half a surrogate pair of a caller's is no trouble.
    return Event(name, json.dumps(content, separators=(",", ":")), id_)


class Follower:
    """One reader. `over` is set when he is to be let go."""

    def __init__(self) -> None:
        self._waiting: deque[Event] = deque()
        self._news = asyncio.Event()
        self.over = False

    def tell(self, told: Event) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.let_go()
        elif not self.over:
            self._waiting.append(told)
            self._news.set()

    def let_go(self) -> None:
        """He gets nothing more."""
        self.over = True
        self._waiting.clear()
        self._news.set()

    async def next(self) -> Event | None:
        """The next event; None when he was let go."""
        while not self._waiting and not self.over:
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft() if self._waiting else None


@dataclass(slots=True)
class Sight:
    """The board as one view shows it, who follows it, and what was said of it of late."""

    state: dict[str, Any]
    followers: set[Follower] = field(default_factory=set)
    said: deque[Event] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    number: int = 0
    name: str = field(default_factory=lambda: uuid4().hex[:12])
    left_at: float | None = None

    def show(self, state: dict[str, Any]) -> None:
        """The board is like this now: followers are told what has changed."""
        before, self.state = self.state, state
        patch = merge_patch(before | {"at": state["at"]}, state)
        if patch:
            self.number += 1
            told = event("board", patch | {"at": state["at"]}, self._id)
            self.said.append(told)
            for follower in self.followers:
                follower.tell(told)

    def join(self, follower: Follower, last_id: str = "") -> None:
        """He is told what he missed since that event, else the whole board."""
        missed = self._since(last_id)
        if missed is None:
            missed = [event("snapshot", self.state, self._id)]
        for each in missed:
            follower.tell(each)
        self.followers.add(follower)

    def _since(self, last_id: str) -> list[Event] | None:
        """What was said after this event; None where that is not known any more."""
        name, _, number = last_id.rpartition("-")
        if name != self.name or not (number.isascii() and number.isdigit()):
            return None
        ago = self.number - int(number)
        return list(self.said)[-ago:] if 0 < ago <= len(self.said) else [] if ago == 0 else None

    @property
    def _id(self) -> str:
        return f"{self.name}-{self.number}"
