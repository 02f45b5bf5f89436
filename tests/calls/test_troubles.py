"""What seldom happens: races, an Asterisk that fails, calls we have to let go of."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from callrouter.ari.causes import HangupReason
from callrouter.ari.errors import AriError, Gone, Refused, Unavailable
from callrouter.ari.events import Channel, DialplanPosition, StasisEnd, StasisStart
from callrouter.ari.requests import HEAR_SECONDS
from callrouter.call_record import record_of
from callrouter.calls.inbox import CallerLost, InboxEvent, RouterStopping, TakenOver
from callrouter.facts import Disposition, Ended, Outcome, Party, PromptEnded, Stage
from tests.calls.company import Company, a_day
from tests.calls.test_scenarios import attempt_words
from tests.fakes.asterisk import ENTITY, FakeChannel
from tests.fakes.phones import Answers, Busy, Phone, Silent, phone, unregistered


def one_call(
    number: str = "700", *, name: str = "", leaves: float | None = None
) -> Callable[[Company], None]:
    def script(here: Company) -> None:
        here.asterisk.call(number, name=name)
        if leaves is not None:
            here.asterisk.hang_up_at("caller", leaves)

    return script


def one_unread_call(at: float, seconds: float, *, leaves: float) -> Callable[[Company], None]:
    """From `at` on the router's process stands still for so long."""

    def script(here: Company) -> None:
        here.asterisk.unread(at, seconds)
        one_call("702", leaves=leaves)(here)

    return script


def after(here: Company, seconds: float, act: object, *arguments: object) -> None:
    asyncio.get_running_loop().call_later(seconds, act, *arguments)  # type: ignore[arg-type]


class Once(dict[str, Exception]):
    """Failures that happen one time each."""

    def get(self, key: str, default: object = None) -> Exception | None:  # type: ignore[override]
        return self.pop(key, None)


def test_two_agents_answer_in_the_same_instant_and_the_first_has_the_call() -> None:
    day = a_day(
        one_call("701", leaves=5.0),
        [phone("1001", Answers(1.0)), phone("1002", Answers(1.0)), unregistered("1003")],
    )
    assert [attempt_words(a) for a in day.record.attempts][:2] == [
        "amina answered",
        "bojan answered_elsewhere",
    ]
    assert day.transcript[-6:] == [
        "   3.00 < 1001 answers",
        "   3.00 < 1002 answers",
        "   3.00 > connect caller and 1001",
        "   3.00 > hang up 1002 (answered_elsewhere)",
        "   5.00 < caller hangs up",
        "   5.00 > hang up 1001",
    ]


def test_an_agent_who_drops_as_he_answers_does_not_cost_those_who_still_ring() -> None:
    day = a_day(
        one_call("701", leaves=5.0),
        [phone("1001", Answers(1.0, talks=0.0)), phone("1002", Answers(1.5)), phone("1003")],
    )
    assert [attempt_words(a) for a in day.record.attempts] == [
        "amina failed",
        "bojan answered",
        "carla answered_elsewhere",
    ]
    assert day.record.disposition is Disposition.ANSWERED
    assert day.record.agent == "bojan"


def test_what_a_process_that_stood_still_hears_late_has_the_time_at_which_it_was() -> None:
    day = a_day(one_unread_call(4.0, 10.0, leaves=6.0), [phone("1001", Answers(1.0))])
    assert day.record.talking_seconds == pytest.approx(5.0)
    assert day.record.ended_at is not None
    lasted = day.record.ended_at - day.record.arrived_at
    assert lasted.total_seconds() == pytest.approx(6.0)


def test_who_came_while_the_process_stood_still_has_waited_since() -> None:
    day = a_day(one_unread_call(0.0, 4.0, leaves=9.0), [phone("1001", Answers(1.0))])
    assert day.record.waiting_seconds == pytest.approx(4.0 + HEAR_SECONDS + 1.0, abs=0.01)
    assert day.record.talking_seconds == pytest.approx(4.0 - HEAR_SECONDS, abs=0.01)


def test_who_came_and_left_while_the_process_stood_still_left_then() -> None:
    day = a_day(one_unread_call(0.0, 4.0, leaves=1.0), [phone("1001", Answers(1.0))])
    assert day.record.disposition is Disposition.ABANDONED
    assert day.record.waiting_seconds == pytest.approx(1.0)
    assert day.transcript[2:] == [], "nobody was rung"


@pytest.mark.parametrize("number", ["700", "702"], ids=["greeted before", "not answered before"])
def test_the_caller_hangs_up_as_the_agent_answers(number: str) -> None:
    greeting = 2.0 if number == "700" else 0.0
    for order in (-0.001, 0.0, 0.001):
        day = a_day(
            one_call(number, leaves=greeting + 1.0 + order),
            [phone("1001", Answers(1.0)), phone("1002")],
        )
        record = day.record
        assert record.hung_up_by is Party.CALLER
        if order <= 0:
            assert record.disposition is Disposition.ABANDONED
            assert [attempt_words(a) for a in record.attempts] == ["amina caller_left"]
            assert record.agent is None
        else:
            assert record.disposition is Disposition.ANSWERED
            assert record.talking_seconds == pytest.approx(0.0, abs=0.01)


def test_an_answer_that_crosses_our_cancel_is_hung_up_and_the_next_is_rung() -> None:
    """The cancel was not understood (an error); the phone then answers although given up."""

    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 3.9, here.asterisk.fail.__setitem__, "hang_up", Unavailable("timeout"))
        after(here, 4.1, here.asterisk.fail.clear)
        here.asterisk.hang_up_at("caller", 7.0)

    day = a_day(script, [phone("1001", Answers(2.5)), phone("1002", Answers(1.5))])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina no_answer", "bojan answered"]
    assert "   4.50 > hang up 1001 (answered_elsewhere)" in day.transcript


def test_no_agent_is_ever_offered_two_calls() -> None:
    def script(here: Company) -> None:
        for _ in range(3):
            here.asterisk.call("700")
        for n, alias in enumerate(("caller", "caller2", "caller3")):
            here.asterisk.hang_up_at(alias, 8.0 + n)

    day = a_day(script, [phone("1001", Answers(0.5)), phone("1002", Answers(0.5))])
    first, second, third = day.records
    assert [attempt_words(a) for a in first.attempts] == ["amina answered"]
    assert [attempt_words(a) for a in second.attempts] == [
        "amina skipped reserved",
        "bojan answered",
    ]
    assert [attempt_words(a) for a in third.attempts] == [
        "amina skipped reserved",
        "bojan skipped reserved",
    ]
    assert third.disposition is Disposition.BUSY


def test_an_agent_is_free_again_when_his_call_has_ended() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 4.0)
        here.asterisk.call("700", at=4.5)
        here.asterisk.hang_up_at("caller2", 9.0)

    day = a_day(script, [phone("1001", Answers(0.5)), phone("1002")])
    assert [record.agent for record in day.records] == ["amina", "amina"]


def test_a_caller_who_left_before_we_saw_him_is_recorded_and_rings_nobody() -> None:
    day = a_day(lambda here: here.asterisk.call_and_leave("a,b"), [phone("1001")])
    assert day.record.number == "a,b"
    assert day.record.disposition is Disposition.ABANDONED
    assert day.record.left_during is Stage.ARRIVAL
    assert day.record.attempts == ()


@pytest.mark.parametrize("request_", ["contacts", "originate"])
@pytest.mark.parametrize("number", ["700", "701"], ids=["one after another", "all at once"])
def test_a_caller_who_leaves_as_we_dial_is_abandoned_and_no_phone_is_to_blame(
    request_: str, number: str
) -> None:
    """Asterisk refuses what we ask for his sake before its event says that he has left."""

    def script(here: Company) -> None:
        asked = getattr(here.asterisk, request_)

        async def leaves_first(*arguments: object) -> object:
            channel = here.asterisk.channels.pop("caller", None)
            if channel is not None:
                ended = StasisEnd(Channel("caller"), here.asterisk.entity_id)
                after(here, 0.02, here.switchboard.deliver, ended)
            return await asked(*arguments)

        setattr(here.asterisk, request_, leaves_first)
        here.asterisk.call(number)

    day = a_day(script, [phone("1001"), phone("1002"), phone("1003")])
    assert day.record.disposition is Disposition.ABANDONED
    assert (day.record.hung_up_by, day.record.left_during) == (Party.CALLER, Stage.RINGING)
    assert {attempt.outcome for attempt in day.record.attempts} == {Outcome.CALLER_LEFT}
    assert day.record.message is None


def test_a_number_that_is_no_text_is_refused_and_recorded() -> None:
    def script(here: Company) -> None:
        channel = FakeChannel("odd", "caller", "Ring")
        here.asterisk.channels["odd"] = channel
        position = DialplanPosition("callrouter-odd", "s")
        start = StasisStart(Channel("odd", dialplan=position), ENTITY, ("odd", "7%FF%2C"))
        here.switchboard.deliver(start)

    day = a_day(script, [])
    assert day.record.number == "7\ufffd,"
    assert day.record.disposition is Disposition.REJECTED


def test_a_caller_who_leaves_as_we_answer_is_abandoned() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail["answer"] = Gone("500 Failed to answer channel")
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller", 0.01)

    day = a_day(script, [phone("1001")])
    assert day.record.disposition is Disposition.ABANDONED
    assert day.record.left_during is Stage.ARRIVAL


def test_a_caller_who_left_before_we_saw_him_and_left_no_number_harms_nobody() -> None:
    """An admin's own dialplan: `Stasis(callrouter,left)`."""

    def script(here: Company) -> None:
        channel = Channel("early", dialplan=DialplanPosition("from-trunk", "h"))
        here.switchboard.deliver(StasisStart(channel, here.asterisk.entity_id, ("left",)))

    day = a_day(script, [])
    assert day.record.number == "h"
    assert day.record.disposition is Disposition.ABANDONED


def test_a_caller_whom_asterisk_will_not_answer_is_hung_up_not_left_in_silence() -> None:
    """Asterisk calls him gone, yet no event ever says so: he may still be there."""

    def script(here: Company) -> None:
        here.asterisk.fail["answer"] = Gone("412 Channel in invalid state")
        here.asterisk.call("700")

    day = a_day(script, [phone("1001")])
    assert day.transcript[-1] == "   3.00 > hang up caller"
    assert day.record.hung_up_by is Party.CALLER


def test_who_had_left_long_before_we_could_hang_up_left_then() -> None:
    """The way to Asterisk was cut: the request was answered, and his end heard, too late."""

    def script(here: Company) -> None:
        async def hang_up(channel_id: str, reason: HangupReason = HangupReason.NORMAL) -> None:
            await asyncio.sleep(6.0)
            here.switchboard.deliver(StasisEnd(Channel(channel_id), ENTITY, late=5.0))
            await at_once(channel_id, reason)
            raise Gone("404")

        at_once = here.asterisk.hang_up
        here.asterisk.hang_up = hang_up  # type: ignore[method-assign]
        here.asterisk.call("799")

    record = a_day(script, []).record
    assert record.hung_up_by is Party.CALLROUTER
    assert record.waiting_seconds == pytest.approx(1.0, abs=0.01)


def test_a_phone_that_asterisk_cannot_dial_is_unreachable() -> None:
    lost = Phone("1001", (Silent(),), registered=False, state="NOT_INUSE")
    day = a_day(one_call(), [lost, phone("1002", Busy())])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina unreachable", "bojan busy"]


def test_an_asterisk_that_cannot_originate_costs_the_attempt_not_the_call() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        here.asterisk.fail["originate"] = Unavailable("timeout")

    day = a_day(script, [phone("1001"), phone("1002")])
    assert [a.outcome for a in day.record.attempts] == [Outcome.FAILED, Outcome.FAILED]
    assert day.record.disposition is Disposition.UNAVAILABLE
    assert "   2.00 > play caller unavailable" in day.transcript


def test_a_greeting_that_never_ends_does_not_hold_the_caller_for_ever() -> None:
    def script(here: Company) -> None:
        here.asterisk.playback_seconds["/prompts/greeting"] = float("inf")
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Busy()), phone("1002", Busy())])
    assert day.record.disposition is Disposition.BUSY
    ended = [f for f in day.facts[0] if isinstance(f, PromptEnded)]
    assert ended[0].failure == "Asterisk never said that it had ended"
    assert "   7.00 > dial 1001" in day.transcript


def test_a_greeting_that_cannot_be_played_is_recorded_and_the_call_goes_on() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail["play"] = Refused("no such file")
        here.asterisk.call("700")

    day = a_day(script, [phone("1001", Busy()), phone("1002", Busy())])
    assert day.record.disposition is Disposition.BUSY
    assert [f.failure for f in day.facts[0] if isinstance(f, PromptEnded)] == ["no such file"] * 2


@pytest.mark.parametrize(
    "command", ["answer", "ring", "create_bridge", "play"], ids=lambda c: f"in {c}"
)
def test_a_bug_ends_its_own_call_with_the_safety_net_and_touches_no_other(command: str) -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700", at=1.0)
        after(here, 0.9, here.asterisk.fail.__setitem__, command, ZeroDivisionError("a bug"))
        here.asterisk.call("700")
        here.asterisk.hang_up_at("caller2", 8.0)
        after(here, 3.5, here.asterisk.fail.clear)

    day = a_day(script, [phone("1001", Answers(0.5)), phone("1002", Answers(0.5))])
    by_channel = {record.channel_id: record for record in day.records}
    assert by_channel["caller"].disposition is Disposition.FAILED
    assert by_channel["caller"].error == "ZeroDivisionError: a bug"
    assert any("to the dialplan caller" in line for line in day.transcript)


def test_a_connection_that_fails_lets_the_agent_go_and_rings_the_next() -> None:
    def script(here: Company) -> None:
        here.asterisk.fail["add_to_bridge"] = Gone("422")
        here.asterisk.call("700")
        after(here, 3.2, here.asterisk.fail.clear)
        here.asterisk.hang_up_at("caller", 6.0)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002", Answers(1.0))])
    assert [attempt_words(a) for a in day.record.attempts] == ["amina failed", "bojan answered"]


@pytest.mark.parametrize("error", [Unavailable("timeout"), Gone("404")], ids=["away", "gone"])
def test_a_hangup_that_fails_does_not_hold_the_call(error: AriError) -> None:
    def script(here: Company) -> None:
        here.asterisk.call("703")
        here.asterisk.fail["hang_up"] = error

    day = a_day(script, [], leaves_channels=True)
    assert day.record.disposition is Disposition.CLOSED
    assert day.record.hung_up_by is Party.CALLROUTER


def test_a_hangup_that_failed_is_asked_for_once_more() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("703")
        here.asterisk.fail = Once(hang_up=Unavailable("timeout"))

    day = a_day(script, [])
    assert [line[10:] for line in day.transcript[-2:]] == ["hang up caller"] * 2
    assert day.record.disposition is Disposition.CLOSED
    assert day.record.error is None


def test_an_agent_whose_caller_vanished_unheard_is_not_left_in_silence() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 5.0, here.asterisk.channels.pop, "caller")
        after(here, 5.0, here.tell, CallerLost())

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.disposition is Disposition.INTERRUPTED
    assert day.transcript[-1] == "   5.00 > hang up 1001"


@pytest.mark.parametrize(("lost", "by", "talked"), [(5.5, None, 0.5), (2.8, Party.CALLER, 0.0)])
def test_a_caller_of_whose_end_asterisk_has_written_is_not_interrupted(
    lost: float, by: Party | None, talked: float
) -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, lost, here.asterisk.channels.pop, "caller")
        after(here, lost, here.tell, CallerLost(late=2.0 if talked else 0.3))

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    record = day.record
    assert record.disposition is (Disposition.ANSWERED if talked else Disposition.ABANDONED)
    assert record.hung_up_by is by
    assert record.talking_seconds == pytest.approx(talked, abs=0.01)
    assert record.left_during is (Stage.TALK if talked else Stage.RINGING)
    assert "Asterisk's own records" in record.trace[-1]
    assert record.error is None
    assert day.transcript[-1].endswith("> hang up 1001")


def test_a_caller_whose_channel_vanished_unheard_is_interrupted() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 2.5, here.tell, CallerLost())
        after(here, 2.5, here.asterisk.channels.pop, "caller")

    day = a_day(script, [phone("1001"), phone("1002")])
    assert day.record.disposition is Disposition.INTERRUPTED
    assert "lost" in (day.record.error or "")
    assert "   2.50 > hang up 1001" in day.transcript


def test_a_stopping_router_gives_waiting_callers_to_the_dialplan() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 2.5, here.tell, RouterStopping())

    day = a_day(script, [phone("1001"), phone("1002")])
    assert day.record.disposition is Disposition.INTERRUPTED
    assert [attempt_words(a) for a in day.record.attempts] == ["amina failed"]
    assert day.transcript[-2:] == [
        "   2.50 > hang up 1001",
        "   2.50 > to the dialplan caller",
    ]


def test_what_asterisk_could_not_be_told_it_is_told_when_it_can_be_asked_again() -> None:
    def script(here: Company) -> None:
        def cut() -> None:
            for what in ("answer", "hang_up", "to_the_dialplan"):
                here.asterisk.fail[what] = Unavailable("the way is cut")

        here.asterisk.call("702")
        after(here, 0.5, cut)
        after(here, 5.5, here.asterisk.fail.clear)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.ended_at is not None
    assert any("to the dialplan caller" in each for each in day.transcript if float(each[:7]) > 5.5)


@pytest.mark.parametrize("event", [RouterStopping(), TakenOver()], ids=["stopping", "taken over"])
def test_people_who_talk_are_left_to_talk(event: RouterStopping | TakenOver) -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 5.0, here.tell, event)

    phones = [phone("1001", Answers(1.0)), phone("1002")]
    day = a_day(script, phones, leaves_channels=True, left_open=True)
    assert day.record.ended_at is None, "the next process will know"
    assert (day.record.disposition, day.record.agent) == (Disposition.ANSWERED, "amina")
    assert not any("hang up" in line for line in day.transcript)


def test_a_call_that_was_taken_over_is_not_touched() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 2.5, here.tell, TakenOver())

    day = a_day(script, [phone("1001"), phone("1002")], leaves_channels=True, left_open=True)
    assert (day.record.disposition, day.record.ended_at) == (None, None)
    assert day.transcript[-1] == "   2.05 < 1001 rings"


def test_events_that_come_twice_or_too_late_change_nothing() -> None:
    def script(here: Company) -> None:
        here.asterisk.call("700")
        after(here, 3.5, here.repeat_events)
        here.asterisk.hang_up_at("caller", 5.0)
        after(here, 6.0, here.repeat_events)

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002")])
    assert day.record.disposition is Disposition.ANSWERED
    assert day.record.left_during is Stage.TALK


def test_the_same_channel_is_always_the_same_call() -> None:
    first, second = (a_day(one_call("799"), []).facts[0][0] for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    "name",
    ['"; DROP TABLE calls; --', "\x00\x1b[31m", "ا" * 500, "${SYSTEM(rm -rf /)}", "\ud800"],
    ids=["quotes", "control characters", "long and Arabic", "a dialplan function", "a surrogate"],
)
def test_a_hostile_name_is_a_name_like_any_other(name: str) -> None:
    day = a_day(
        one_call(name=name, leaves=4.0),
        [phone("1001", Answers(1.0)), phone("1002")],
    )
    assert day.record.caller_name == name
    assert day.record.disposition is Disposition.ANSWERED


def test_waiting_and_talking_times_are_exact() -> None:
    day = a_day(
        one_call(leaves=13.0),
        [phone("1001"), phone("1002", Answers(1.5))],
    )
    record = day.record
    assert record.waiting_seconds == pytest.approx(2.0 + 2.0 + 1.5, abs=0.001)
    assert record.talking_seconds == pytest.approx(13.0 - 5.5, abs=0.001)
    assert [round(a.seconds, 2) for a in record.attempts] == [2.0, 1.5]
    assert record.first_ring_at is not None
    assert record.answered_at == record.arrived_at


def test_a_bridge_that_somebody_else_took_away_costs_nobody_his_call() -> None:
    def script(here: Company) -> None:
        async def take_all_away() -> None:
            here.asterisk.bridges.clear()

        for caller, at in (("caller", 0.0), ("caller2", 10.0), ("caller3", 20.0)):
            here.asterisk.call("702", at=at)
            here.asterisk.hang_up_at(caller, at + 5.0)
        here.at(0.5, take_all_away)  # while the first waits
        here.at(19.0, take_all_away)  # while nobody is there

    day = a_day(script, [phone("1001", Answers(1.0)), phone("1002", Answers(1.0))])
    assert [each.disposition for each in day.records] == [Disposition.ANSWERED] * 3
    assert all(len(each.attempts) == 1 for each in day.records)


@pytest.mark.parametrize("first", ["start_music", "contacts"])
@pytest.mark.parametrize(
    ("says", "disposition"),
    [(CallerLost(), Disposition.INTERRUPTED), (TakenOver(), None)],
    ids=["Asterisk was restarted", "another router has it"],
)
def test_of_requests_at_the_same_time_all_find_out_why_the_caller_is_gone(
    first: str, says: InboxEvent, disposition: Disposition | None
) -> None:
    def script(here: Company) -> None:
        async def find_out(name: str) -> Gone:
            await asyncio.sleep(0.001 if name == first else 0.002)
            if name == first:
                here.tell(says)
            return Gone(name)

        async def start_music(channel_id: str, music_class: str) -> None:
            raise await find_out("start_music")

        async def contacts(channel_id: str, *phones: str) -> list[tuple[str, ...] | AriError]:
            return [await find_out("contacts") for _ in phones]

        here.asterisk.start_music = start_music  # type: ignore[method-assign]
        here.asterisk.contacts = contacts  # type: ignore[method-assign]
        here.asterisk.call("721")
        here.asterisk.hang_up_at("caller", 9.0)

    phones = [phone("1001", Answers(1.5)), phone("1002")]
    day = a_day(script, phones, left_open=True, leaves_channels=True)
    ended = [fact for fact in day.facts[-1] if isinstance(fact, Ended)]
    if disposition is None:
        assert ended == [], "it is not ours to end"
    else:
        assert record_of(day.facts[-1]).disposition is disposition


@pytest.mark.parametrize("dies", [True, False], ids=["the router dies", "unheard"])
def test_a_phone_that_took_a_place_in_a_talk_never_hears_the_next_caller(dies: bool) -> None:
    """The in-memory Asterisk lets nobody into a bridge in which a stranger is."""

    def script(here: Company) -> None:
        there = here.asterisk.channels

        async def takes_the_place() -> None:
            if dies:
                here.kill()
            leg = next(channel for channel in there.values() if channel.alias == "1001")
            stranger = there["9"] = FakeChannel("9", "stranger", "Up", bridge=leg.bridge)
            leg.bridge = None
            if dies:
                await here.start_again()
            here.at(8.0, partial(leaves, stranger))

        async def leaves(stranger: FakeChannel) -> None:
            del there[stranger.id]

        here.asterisk.call("702")
        here.asterisk.hang_up_at("caller", 6.0)
        here.at(3.0, takes_the_place)
        here.asterisk.call("702", at=8.0)
        here.asterisk.hang_up_at("caller2", 14.0)

    day = a_day(script, [phone("1001", Answers(1.5)), phone("1002")])
    assert day.records[-1].disposition is Disposition.ANSWERED
    assert day.records[-1].talking_seconds == pytest.approx(4.5)
