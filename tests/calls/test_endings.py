"""When a call is over and what it lets go of, also where Asterisk is slow or says nothing."""

import asyncio
from datetime import timedelta

import pytest

from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import Unavailable
from callrouter.ari.events import Channel, ChannelDestroyed
from callrouter.calls.inbox import CallerLost
from callrouter.facts import Disposition, Ended, HungUp, Party
from tests.calls.company import Company, a_day
from tests.calls.test_troubles import after, one_call
from tests.fakes.phones import Answers, phone


def hangups_take(here: Company, seconds: float) -> None:
    """Asterisk answers a hangup at once and says so much later that the channel has ended."""
    at_once = here.asterisk.hang_up

    async def hang_up(channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: loop.create_task(at_once(channel_id, reason)))

    here.asterisk.hang_up = hang_up  # type: ignore[method-assign]


def test_the_cause_of_the_hangup_is_recorded() -> None:
    day = a_day(one_call(leaves=4.0), [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.hangup_cause == 16


def test_a_call_ends_when_asterisk_says_that_its_last_channel_has() -> None:
    def script(here: Company) -> None:
        hangups_take(here, 1.5)
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    hung_up = next(fact for fact in day.facts[0] if isinstance(fact, HungUp))
    ended = next(fact for fact in day.facts[0] if isinstance(fact, Ended))
    assert ended.at - hung_up.at == timedelta(seconds=1.5)
    assert day.record.ended_at == hung_up.at

    def closed(here: Company) -> None:
        hangups_take(here, 1.5)
        here.asterisk.call("703")

    facts = a_day(closed, []).facts[0]
    assert facts[-1].at - facts[-2].at == timedelta(seconds=1.5)


def test_a_channel_of_whose_end_we_never_hear_holds_neither_call_nor_agent() -> None:
    here: Company | None = None

    def script(company: Company) -> None:
        nonlocal here
        here = company
        hangups_take(company, 1000.0)
        company.asterisk.call("700")
        company.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")], leaves_channels=True)
    assert here is not None
    assert len(here.switchboard) == 0
    assert here.agents.reserved == {}
    assert day.facts[0][-1].at - day.record.arrived_at == timedelta(seconds=4.0 + 3.0)


def test_a_caller_who_is_gone_already_is_not_waited_for() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("703")
        after(here, 2.0, here.asterisk.channels.pop, "caller")

    facts = a_day(script, []).facts[0]
    assert facts[-1].at == facts[-2].at


def test_a_caller_who_is_lost_while_we_clean_up_is_not_waited_for() -> None:
    def script(here: Company) -> None:
        hangups_take(here, 1000.0)
        here.asterisk.call("703")
        after(here, 5.5, here.tell, CallerLost())

    facts = a_day(script, [], leaves_channels=True).facts[0]
    assert facts[-1].at - facts[0].at == timedelta(seconds=5.5)


def test_the_end_of_the_agents_channel_alone_ends_the_talk() -> None:
    """What comes after a deaf time: the event of the hangup itself was missed."""

    def script(here: Company) -> None:
        here.asterisk.call("700")

        def vanish() -> None:
            channel = next(c for c in here.asterisk.channels.values() if c.alias == "1001")
            del here.asterisk.channels[channel.id]
            gone = ChannelDestroyed(Channel(channel.id), here.asterisk.entity_id)
            here.switchboard.deliver(gone)

        after(here, 5.0, vanish)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.hung_up_by is Party.AGENT
    assert day.record.talking_seconds == pytest.approx(2.0, abs=0.001)


@pytest.mark.parametrize("error", [Unavailable("timeout"), ZeroDivisionError("a bug")])
def test_a_bridge_that_cannot_be_destroyed_does_not_keep_the_call(error: Exception) -> None:
    def script(here: Company) -> None:
        async def destroy_bridge(bridge_id: str) -> None:
            here.asterisk.bridges.remove(bridge_id)
            raise error

        here.asterisk.destroy_bridge = destroy_bridge  # type: ignore[method-assign]
        hangups_take(here, 1.5)
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 4.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.disposition is Disposition.ANSWERED
    assert day.facts[0][-1].at - day.record.arrived_at == timedelta(seconds=5.5)
