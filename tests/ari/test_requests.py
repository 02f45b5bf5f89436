"""One request to an Asterisk that refuses, stalls, breaks off or answers nonsense."""

import asyncio
import base64
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callrouter.ari import requests
from callrouter.ari.client import AriClient
from callrouter.ari.commands import Leg
from callrouter.ari.errors import AriError, Gone, NotDialable, Refused, Unavailable
from callrouter.ari.events import Connected, Disconnected, StasisStart
from callrouter.concurrency import spawn
from tests.ari.server import APP, PASSWORD, USER, AriServer, channel, event, listening

LEG = Leg("callrouter-1", "PJSIP/1001", "caller", "+38160111", "Amina", 30, "call")


@pytest.mark.parametrize(
    ("status", "message", "error"),
    [
        (400, "Invalid parameter", Refused),
        (401, "Authentication required", Refused),
        (403, "Write access denied", Refused),
        (404, "Channel not found", Gone),
        (409, "Channel not in Stasis application", Gone),
        (412, "Channel in invalid state", Gone),
        (422, "Unprocessable", Refused),
        (500, "Internal error", Unavailable),
        (503, "Asterisk not booted", Unavailable),
        (302, "Moved", Refused),
    ],
)
async def test_a_status_is_sorted_by_what_it_means_and_says_which_request(
    server: AriServer, status: int, message: str, error: type[AriError]
) -> None:
    server.answers["POST /channels/c1/ring"] = (status, message)
    async with server.client() as asterisk:
        with pytest.raises(error) as raised:
            await asterisk.ring("c1")
    assert type(raised.value) is error
    assert str(raised.value) == f"POST /channels/c1/ring: {status} {message}"
    assert "POST /channels/c1/ring" in repr(raised.value)


async def failed_of(asterisk: AriClient, *legs: Leg) -> list[type[Exception] | None]:
    told = await asterisk.originate(*legs)
    return [None if error is None else type(error) for error in told]


async def test_an_endpoint_without_a_phone_is_not_dialable(server: AriServer) -> None:
    server.answers["POST /channels/callrouter-1"] = (500, "Allocation failed")
    async with server.client() as asterisk:
        assert await failed_of(asterisk, LEG) == [NotDialable]
        server.answers["POST /channels/callrouter-1"] = (500, "out of memory")
        assert await failed_of(asterisk, LEG) == [Unavailable]


async def test_an_agent_is_not_dialled_for_a_caller_who_has_left(server: AriServer) -> None:
    refusal = (400, "Provided originator channel was not found")
    server.answers["POST /channels/callrouter-1"] = refusal
    async with server.client() as asterisk:
        assert await failed_of(asterisk, LEG) == [Gone]
        server.answers["POST /channels/callrouter-1"] = (400, "Invalid endpoint specified")
        assert await failed_of(asterisk, LEG) == [Refused]


LEGS = [replace(LEG, channel_id=f"leg-{n}") for n in (1, 2, 3)]


async def test_several_phones_are_dialled_in_one_go(server: AriServer) -> None:
    async with server.client() as asterisk:
        assert await failed_of(asterisk, *LEGS) == [None, None, None]
    assert server.requests == [f"POST /channels/leg-{n}" for n in (1, 2, 3)]
    assert [each["endpoint"] for each in server.bodies] == ["PJSIP/1001"] * 3


async def test_of_several_phones_one_that_cannot_be_dialled_is_asked_for_again_alone(
    server: AriServer,
) -> None:
    server.answers["POST /channels/leg-2"] = (500, "Allocation failed")
    server.answers["GET /channels/leg-2"] = (404, "Channel not found")
    async with server.client() as asterisk:
        assert await failed_of(asterisk, *LEGS) == [None, NotDialable, None]
    assert server.requests[3:] == ["GET /channels/leg-2", "POST /channels/leg-2"]


async def test_who_could_not_be_dialled_yet_is_not_looked_for(server: AriServer) -> None:
    async with server.client(patience=5.0) as asterisk:
        asterisk.requests.hold()
        async with asyncio.TaskGroup() as group:
            told = spawn(group, failed_of(asterisk, *LEGS), name="dials")
            await asyncio.sleep(0.05)
            assert server.requests == []
            asterisk.requests.go_on()
    assert told.result() == [None, None, None]
    assert sorted(server.requests) == [f"POST /channels/leg-{n}" for n in (1, 2, 3)]


async def test_nobody_is_dialled_twice_where_the_answers_are_lost(server: AriServer) -> None:
    server.hang_ups["POST /channels/leg-2"] = 1
    server.answers["GET /channels/leg-3"] = (404, "Channel not found")
    async with server.client() as asterisk:
        assert await failed_of(asterisk, *LEGS) == [None, None, None]
    alone = [f"GET /channels/leg-{n}" for n in (1, 2, 3)] + ["POST /channels/leg-3"]
    assert sorted(server.requests[2:]) == sorted(alone)


@pytest.mark.parametrize(
    "contacts",
    [[], ["sip:1001@192.0.2.1"], ["sip:a&b@192.0.2.1;x=y", "sip:1001@192.0.2.2"]],
    ids=["none", "one", "two, one with an ampersand"],
)
async def test_each_contact_of_a_phone_is_dialled_on_its_own(
    server: AriServer, contacts: list[str]
) -> None:
    expected = tuple(f"PJSIP/1001/{contact}" for contact in contacts)
    variable = {"value": "&".join(expected)}
    server.answers["GET /channels/caller/variable"] = (200, f"RAW {json.dumps(variable)}")
    async with server.client() as asterisk:
        assert await asterisk.contacts("caller", "PJSIP/1001") == [expected]


async def test_contacts_of_several_phones_are_asked_for_in_one_go(server: AriServer) -> None:
    server.answers["GET /channels/caller/variable"] = (200, 'RAW {"value": "PJSIP/1001/sip:x"}')
    phones = ("PJSIP/1001", "Local/1@x", "PJSIP/1001@trunk", "PJSIP/1002")
    async with server.client() as asterisk:
        found = await asterisk.contacts("caller", *phones)
        assert found[:3] == [("PJSIP/1001/sip:x",), ("Local/1@x",), ("PJSIP/1001@trunk",)]
        assert [each["variable"] for each in server.queries] == [
            "PJSIP_DIAL_CONTACTS(1001)",
            "PJSIP_DIAL_CONTACTS(1002)",
        ]
        server.answers["GET /channels/caller/variable"] = (404, "Channel not found")
        gone = await asterisk.contacts("caller", *phones)
        assert [type(each) for each in gone] == [Gone, tuple, tuple, Gone]


async def test_a_caller_is_answered_into_a_bridge_in_one_go(server: AriServer) -> None:
    async with server.client() as asterisk:
        assert await asterisk.answer_in_bridge("b", "c1", "c2")
        assert server.requests == ["POST /channels/c1/answer", "POST /bridges/b/addChannel"]
        assert server.queries[1] == {"channel": "c1,c2"}


@pytest.mark.parametrize("refused", ["POST /channels/c1/answer", "POST /bridges/b/addChannel"])
async def test_of_what_is_asked_in_one_go_all_must_go_well(server: AriServer, refused: str) -> None:
    server.answers[refused] = (404, "not found")
    async with server.client() as asterisk:
        assert not await asterisk.answer_in_bridge("b", "c1", "c2")
        assert len(server.requests) == 2, "the second is not held up"


async def test_in_one_go_nothing_is_asked_that_may_not_be_asked_now(server: AriServer) -> None:
    async with server.client() as asterisk:
        asterisk.requests.hold()
        assert not await asterisk.answer_in_bridge("b", "c1", "c2")
        asterisk.requests.go_on()
        asterisk.stop_acting("another router has our calls")
        assert not await asterisk.answer_in_bridge("b", "c1", "c2")
    assert server.requests == []


async def test_what_a_caller_hears_is_asked_for_on_his_channel(server: AriServer) -> None:
    async with server.client() as asterisk:
        await asterisk.progress("c1")
        await asterisk.start_music("c1", "quiet hours")
        await asterisk.stop_music("c1")
        await asterisk.stop_playing("callrouter-1-2")
    assert server.requests == [
        "POST /channels/c1/progress",
        "POST /channels/c1/moh",
        "DELETE /channels/c1/moh",
        "DELETE /playbacks/callrouter-1-2",
    ]
    assert server.queries[1] == {"mohClass": "quiet hours"}


@pytest.mark.parametrize("status", [400, 422])
async def test_a_channel_that_cannot_be_bridged_any_more_is_gone(
    server: AriServer, status: int
) -> None:
    server.answers["POST /bridges/b/addChannel"] = (status, "Channel not in Stasis application")
    async with server.client() as asterisk:
        with pytest.raises(Gone):
            await asterisk.add_to_bridge("b", "c1", "c2")


async def test_a_channel_is_taken_out_of_its_bridge(server: AriServer) -> None:
    async with server.client() as asterisk:
        await asterisk.remove_from_bridge("b", "c1")
        assert server.requests == ["POST /bridges/b/removeChannel"]
        assert server.queries == [{"channel": "c1"}]
        for status in (400, 404, 409, 422):
            server.answers["POST /bridges/b/removeChannel"] = (status, "Channel not in this bridge")
            with pytest.raises(Gone):
                await asterisk.remove_from_bridge("b", "c1")


async def test_an_answer_that_crosses_a_hangup_is_gone(server: AriServer) -> None:
    server.answers["POST /channels/c1/answer"] = (500, "Failed to answer channel")
    async with server.client() as asterisk:
        with pytest.raises(Gone):
            await asterisk.answer("c1")


async def test_a_stalled_request_is_given_up_within_its_limit(server: AriServer) -> None:
    server.stalled.add("POST /channels/c1/answer")
    async with server.client(timeout=0.2) as asterisk:
        begun = time.monotonic()
        with pytest.raises(Unavailable, match=r"POST /channels/c1/answer: no answer in 0\.2 s"):
            await asterisk.answer("c1")
        assert time.monotonic() - begun < 0.5


async def test_waiting_for_a_free_connection_counts_too(server: AriServer) -> None:
    """More requests than connections, all stalled: every one ends in time."""
    server.stalled.add("POST /channels/c1/ring")
    async with server.client(timeout=0.3) as asterisk:
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:

            async def ring() -> None:
                with pytest.raises(Unavailable):
                    await asterisk.ring("c1")

            for _ in range(120):
                group.create_task(ring())
        assert time.monotonic() - begun < 2.0


async def test_nobody_listens(server: AriServer) -> None:
    await server.stop()
    async with server.client() as asterisk:
        with pytest.raises(Unavailable, match="POST /channels/c1/ring: "):
            await asterisk.ring("c1")


async def test_a_connection_closed_under_a_post_is_tried_once_more(server: AriServer) -> None:
    server.hang_ups["POST /channels/c1/answer"] = 1
    async with server.client() as asterisk:
        await asterisk.info()  # the connection is kept
        await asterisk.answer("c1")
        server.hang_ups["POST /channels/c1/answer"] = 99
        with pytest.raises(Unavailable, match="POST /channels/c1/answer: "):
            await asterisk.answer("c1")
    assert len(server.asked("POST /channels/c1/answer")) == 4


async def test_what_a_call_asks_outlasts_a_way_that_is_cut(server: AriServer) -> None:
    """What the router as a whole asks does not: it is asked anew after each connection."""
    await server.stop()
    async with server.client(patience=5.0) as asterisk, asyncio.TaskGroup() as group:
        answered = group.create_task(asterisk.answer("c1"))
        with pytest.raises(Unavailable):
            await asyncio.wait_for(asterisk.channels(), 1.0)
        assert not answered.done()
        await server.start()
        await answered
    assert server.asked("POST /channels/c1") == ["POST /channels/c1/answer"]


async def test_while_asterisk_is_not_heard_it_is_not_asked_again(server: AriServer) -> None:
    """One that was restarted says that the channel is gone, before its call knows why."""
    server.stalled.add("POST /channels/c1/ring")
    client = server.client(timeout=0.2, patience=5.0)
    async with listening(client) as heard, asyncio.TaskGroup() as group:
        await heard.next(Connected)
        ringing = group.create_task(client.ring("c1"))
        await asyncio.sleep(0.05)
        server.answers["GET /asterisk/info"] = (503, "not booted")
        server.drop()
        await heard.next(Disconnected)
        server.stalled.clear()
        answering = group.create_task(client.answer("c1"))
        del server.answers["GET /asterisk/info"]
        await heard.next(Connected, count=2)
        await asyncio.sleep(0.5)
        assert server.asked("POST") == ["POST /channels/c1/ring"], "calls know nothing yet"
        client.requests.go_on()
        await ringing
        await answering


async def test_who_waits_for_asterisk_is_told_that_we_act_no_more(server: AriServer) -> None:
    await server.stop()
    async with server.client(patience=30.0) as asterisk, asyncio.TaskGroup() as group:
        ringing = group.create_task(no_longer(asterisk))
        await asyncio.sleep(0.05)
        asterisk.stop_acting("another router")
        assert "another router" in await asyncio.wait_for(ringing, 1.0)
        asterisk.requests.hold()
        assert "another router" in await asyncio.wait_for(no_longer(asterisk), 1.0)


async def test_an_asterisk_that_is_ill_for_a_moment_is_asked_again(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "ILL_SECONDS", 0.5)
    server.answers["POST /channels/c1/ring"] = (500, "Internal error")
    async with server.client(patience=5.0) as asterisk, asyncio.TaskGroup() as group:
        with pytest.raises(Unavailable, match="500 Internal error"):
            await asyncio.wait_for(asterisk.ring("c1"), 2.0)
        ringing = group.create_task(asterisk.ring("c1"))
        await asyncio.sleep(0.05)
        del server.answers["POST /channels/c1/ring"]
        await ringing
        asked = len(server.requests)
        server.answers["POST /channels/c1/answer"] = (500, "Failed to answer channel")
        with pytest.raises(Gone):
            await asterisk.answer("c1")
        assert len(server.requests) == asked + 1


@pytest.mark.parametrize("plays", [True, False], ids=["it plays", "it does not play"])
async def test_what_was_begun_before_its_answer_was_lost_is_not_begun_again(
    server: AriServer, plays: bool
) -> None:
    play = "POST /channels/c1/play/callrouter-1-2"
    server.stalled.add(play)
    server.answers["GET /playbacks/callrouter-1-2"] = (200 if plays else 404, "Playback not found")
    async with server.client(timeout=0.2, patience=5.0) as asterisk, asyncio.TaskGroup() as group:
        playing = group.create_task(asterisk.play("c1", "callrouter-1-2", "/x"))
        await asyncio.sleep(0.05)
        server.stalled.clear()
        await playing
    assert len(server.asked(play)) == (1 if plays else 2)


async def test_patience_has_an_end(server: AriServer) -> None:
    await server.stop()
    async with server.client(patience=0.5) as asterisk:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="POST /channels/c1/ring: "):
            await asterisk.ring("c1")
        assert 0.5 <= time.monotonic() - began < 2.0


async def test_a_second_originate_that_meets_the_first_one_s_channel_is_a_success(
    server: AriServer,
) -> None:
    server.hang_ups["POST /channels/callrouter-1"] = 1
    server.answers["POST /channels/callrouter-1"] = (409, "ID already exists")
    async with server.client() as asterisk:
        assert await failed_of(asterisk, LEG) == [None]
        # At the first try it means what it says.
        assert await failed_of(asterisk, LEG) == [Gone]


@pytest.mark.parametrize(
    "content", ["RAW <html>", "RAW ", 'RAW {"system": 5}', 'RAW {"x": ' + "[" * 100_000],
    ids=["a web page", "nothing", "other types", "very deep"],
)  # fmt: skip
async def test_an_answer_that_is_not_understood_is_an_error_of_asterisk(
    server: AriServer, content: str
) -> None:
    server.answers["GET /asterisk/info"] = (200, content)
    async with server.client() as asterisk:
        with pytest.raises(Unavailable, match="GET /asterisk/info: an answer that is not"):
            await asterisk.info()


async def test_an_error_that_is_a_web_page_is_quoted_in_short(server: AriServer) -> None:
    server.answers["POST /channels/c1/ring"] = (502, "RAW <html>" + "x" * 5000)
    async with server.client() as asterisk:
        with pytest.raises(Unavailable) as raised:
            await asterisk.ring("c1")
    assert len(str(raised.value)) < 300


async def test_once_we_stop_acting_nothing_is_sent(server: AriServer) -> None:
    async with server.client() as asterisk:
        asterisk.stop_acting("another router")
        with pytest.raises(Gone, match="DELETE /channels/c1: not sent: another router"):
            await asterisk.hang_up("c1")
    assert server.requests == []


async def test_a_process_that_stood_still_hears_before_it_asks(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has come in the meantime, that another router has its calls, stops the request."""
    monkeypatch.setattr(requests, "STOOD_STILL_SECONDS", 0.2)
    monkeypatch.setattr(requests, "BEAT_SECONDS", 0.01)
    async with server.client() as asterisk, asyncio.TaskGroup() as group:
        beating = group.create_task(asterisk.requests.keep_time())
        await asyncio.sleep(0.02)
        await asterisk.ring("c1")
        asked = len(server.requests)
        time.sleep(0.3)  # noqa: ASYNC251
        ringing = group.create_task(no_longer(asterisk))
        await asyncio.sleep(0.05)
        assert len(server.requests) == asked
        asterisk.stop_acting("another router")
        assert "another router" in await ringing
        assert len(server.requests) == asked
        beating.cancel()


async def test_what_a_process_that_stood_still_reads_is_dated_by_asterisk(
    server: AriServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though Asterisk's clock is an hour behind ours; and no earlier than we stood still."""
    monkeypatch.setattr(requests, "STOOD_STILL_SECONDS", 0.2)
    monkeypatch.setattr(requests, "BEAT_SECONDS", 0.01)

    async def start(name: str, ago: float) -> None:
        at = datetime.now(UTC) - timedelta(hours=1, seconds=ago)
        await server.send(event("StasisStart", channel=channel(name), timestamp=at.isoformat()))

    async with listening(client := server.client()) as heard, asyncio.TaskGroup() as group:
        beating = group.create_task(client.requests.keep_time())
        await heard.next(Connected)
        await start("in time", 0.0)
        assert (await heard.next(StasisStart)).late == 0.0
        for n, ago in enumerate((0.2, 30.0), 2):
            time.sleep(0.4)  # noqa: ASYNC251
            await start(f"late {n}", ago)
            late = (await heard.next(StasisStart, count=n)).late
            assert late == pytest.approx(min(ago, 0.4), abs=0.1)
            await asyncio.sleep(requests.HEAR_SECONDS)
        await start("in time again", 0.0)
        assert (await heard.next(StasisStart, count=4)).late == 0.0
        beating.cancel()


async def no_longer(asterisk: AriClient) -> str:
    with pytest.raises(Gone) as gone:
        await asterisk.ring("c1")
    return str(gone.value)


async def test_hostile_ids_stay_inside_their_place(server: AriServer) -> None:
    async with server.client() as asterisk:
        await asterisk.ring("../../asterisk/modules?x=1#y")
    assert server.requests == ["POST /channels/../../asterisk/modules?x=1#y/ring"]


@pytest.mark.parametrize(
    ("name", "number", "expected"),
    [
        ("Žika", "+38160111", '"Žika" <+38160111>'),
        ('a"b<c>\\d\r\ne', "1>2 3<", '"abcde" <123>'),
        ("x" * 500, "9" * 500, '"' + "x" * 80 + '" <' + "9" * 80 + ">"),
        ("", "", '"" <>'),
    ],
    ids=["UTF-8", "what has a meaning", "very long", "nothing"],
)
async def test_the_caller_s_name_and_number_are_safe_to_parse(
    server: AriServer, name: str, number: str, expected: str
) -> None:
    async with server.client() as asterisk:
        await asterisk.originate(Leg("l", "PJSIP/1", "", number, name, 30, "call"))
    assert server.bodies[-1]["callerId"] == expected
    assert "originator" not in server.bodies[-1]


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8088", "ftp://x", "http://", "http://h:port", "http://u:pa55@:1"]
)
async def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(Refused, match="must look like http://") as raised:
        AriClient(url, USER, PASSWORD, APP)
    assert "pa55" not in str(raised.value)


async def test_a_host_s_name_may_be_written_in_any_script() -> None:
    async with AriClient("http://žica.example:8088", USER, PASSWORD, APP) as asterisk:
        assert asterisk.url == "http://xn--ica-b3a.example:8088"
    with pytest.raises(Refused, match="must look like http://"):
        AriClient("http://ž" + "x" * 80, USER, PASSWORD, APP)


async def test_a_password_in_the_address_is_neither_used_nor_shown(server: AriServer) -> None:
    url = server.url.replace("http://", "http://somebody:other-pa55@")
    async with AriClient(url, USER, PASSWORD, APP, timeout=0.2) as asterisk:
        assert asterisk.url == server.url
        assert await asterisk.info()
        await server.stop()
        with pytest.raises(Unavailable) as raised:
            await asterisk.info()
    shown = repr(raised.value) + repr(raised.value.__cause__) + repr(raised.value.__context__)
    assert "pa55" not in shown
    encoded = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    assert encoded not in shown
