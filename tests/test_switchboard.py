"""Events go to the owner of their channel; a caller or a leg without one is said to be so."""

import pytest

from callrouter.ari.events import (
    CallEvent,
    Channel,
    ChannelDestroyed,
    ChannelRef,
    Playback,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from callrouter.calls.inbox import Inbox
from callrouter.switchboard import Switchboard


class Front:
    def __init__(self) -> None:
        self.callers: list[StasisStart] = []
        self.orphans: list[StasisStart] = []
        self.board = Switchboard(self.callers.append, self.orphans.append)


@pytest.fixture
def front() -> Front:
    return Front()


def test_a_start_without_an_owner_is_a_new_caller_or_a_leg_of_nobody(front: Front) -> None:
    caller = StasisStart(Channel("c"), "e1", ("incoming",))
    leg = StasisStart(Channel("l"), "e1", ("leg", "call"))
    front.board.deliver(caller)
    front.board.deliver(leg)
    assert (front.callers, front.orphans) == ([caller], [leg])


async def test_events_go_to_the_owner_in_their_order(front: Front) -> None:
    inbox = Inbox()
    front.board.claim(ChannelRef("e1", "c"), inbox)
    sent: list[CallEvent] = [
        StasisStart(Channel("c"), "e1", ("leg",)),
        PlaybackFinished(Playback("p", "channel:c", "done"), "e1"),
        StasisEnd(Channel("c"), "e1"),
    ]
    for event in sent:
        front.board.deliver(event)
    assert [await inbox.next() for _ in sent] == sent
    assert front.callers == front.orphans == []


async def test_the_same_channel_id_on_another_asterisk_is_another_channel(front: Front) -> None:
    here, there = Inbox(), Inbox()
    front.board.claim(ChannelRef("e1", "c"), here)
    front.board.claim(ChannelRef("e2", "c"), there)
    front.board.deliver(StasisEnd(Channel("c"), "e2"))
    assert await here.next(0.0) is None
    assert await there.next() == StasisEnd(Channel("c"), "e2")
    assert front.board.owned("e1") == {"c": here}
    assert front.board.owned("e3") == {}


async def test_what_comes_after_the_release_is_nobody_s(front: Front) -> None:
    inbox = Inbox()
    ref = ChannelRef("e1", "c")
    front.board.claim(ref, inbox)
    front.board.release(ref)
    front.board.release(ref)
    front.board.deliver(ChannelDestroyed(Channel("c"), "e1", 16))
    assert await inbox.next(0.0) is None
    assert len(front.board) == 0
