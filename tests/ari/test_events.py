"""Events recorded on an Asterisk 22.10.1 are read as meant, and nothing else breaks the reader."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callrouter.ari import events
from callrouter.ari.events import parse

RECORDED = Path(__file__).parents[1] / "data" / "events"
CALLER = "1795297586.0"
LEG = "callrouter-leg"


def recorded(name: str) -> events.Event | None:
    return parse((RECORDED / f"{name}.json").read_bytes())


def test_a_caller_comes_with_his_number_the_number_he_dialled_and_his_name() -> None:
    event = recorded("StasisStart-caller")
    assert isinstance(event, events.StasisStart)
    assert event.ref == events.ChannelRef("02:fe:3c:75:b3:18", CALLER)
    assert event.args == ("incoming",)
    assert event.channel.dialplan.exten == "700"
    assert event.channel.dialplan.app_data == "callrouter,incoming"
    assert event.channel.caller.number == "+38160111"
    assert event.channel.caller.name.startswith("Žika ا")


def test_a_phone_that_answers_is_up_first_and_then_in_our_application() -> None:
    up, start = recorded("ChannelStateChange-leg-Up"), recorded("StasisStart-leg")
    assert isinstance(up, events.ChannelStateChange)
    assert isinstance(start, events.StasisStart)
    assert up.channel.state == start.channel.state == "Up"
    assert start.args == ("leg", "x")


def test_a_phone_rings() -> None:
    event = recorded("ChannelStateChange-leg-Ringing")
    assert isinstance(event, events.ChannelStateChange)
    assert (event.channel.id, event.channel.state) == (LEG, "Ringing")


def test_a_busy_phone_s_end_has_its_own_sip_response() -> None:
    event = recorded("ChannelDestroyed-busy")
    assert isinstance(event, events.ChannelDestroyed)
    assert (event.channel.id, event.cause, event.tech_cause) == ("callrouter-busy", 17, 486)


@pytest.mark.parametrize(
    ("name", "kind", "channel"),
    [
        ("ChannelHangupRequest-caller", events.ChannelHangupRequest, CALLER),
        ("ChannelHangupRequest-leg", events.ChannelHangupRequest, LEG),
        ("StasisEnd-caller", events.StasisEnd, CALLER),
        ("StasisEnd-leg", events.StasisEnd, LEG),
        ("ChannelDestroyed-leg", events.ChannelDestroyed, LEG),
        ("PlaybackFinished", events.PlaybackFinished, CALLER),
    ],
)
def test_an_end_belongs_to_its_channel(
    name: str, kind: type[events.CallEvent], channel: str
) -> None:
    event = recorded(name)
    assert isinstance(event, kind)
    assert event.ref.channel_id == channel


def test_a_playback_that_finished_says_whether_it_was_heard() -> None:
    event = recorded("PlaybackFinished")
    assert isinstance(event, events.PlaybackFinished)
    assert (event.playback.id, event.playback.state) == ("pb1", "done")


def test_a_key_that_somebody_pressed() -> None:
    event = recorded("ChannelDtmfReceived")
    assert isinstance(event, events.ChannelDtmfReceived)
    assert (event.ref.channel_id, event.digit) == ("leg1;2", "1")


@pytest.mark.parametrize("state", ["NOT_INUSE", "RINGING", "INUSE"])
def test_a_phone_s_state(state: str) -> None:
    event = recorded(f"DeviceStateChanged-{state}")
    assert isinstance(event, events.DeviceStateChanged)
    assert (event.device_state.name, event.device_state.state) == ("PJSIP/1001", state)


def test_a_takeover() -> None:
    assert isinstance(recorded("ApplicationReplaced"), events.ApplicationReplaced)


@pytest.mark.parametrize(
    "name", ["ChannelVarset-caller", "Dial-leg", "ChannelEnteredBridge-leg", "PlaybackStarted"]
)
def test_an_event_that_we_do_not_use_is_none(name: str) -> None:
    assert recorded(name) is None


def test_every_recording_is_used_here() -> None:
    wanted = {event.__name__ for event in events.WANTED}
    kinds = {path.stem.partition("-")[0] for path in RECORDED.glob("*.json")}
    assert wanted <= kinds


def test_fields_that_we_do_not_know_are_passed_over() -> None:
    known = json.loads((RECORDED / "StasisStart-caller.json").read_text())
    known["channel"]["new"] = {"deep": [1, None]}
    known["another"] = None
    assert parse(json.dumps(known)) == recorded("StasisStart-caller")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
_types = st.sampled_from([event.__name__ for event in events.WANTED])
_fields = st.sampled_from(["channel", "args", "cause", "tech_cause", "playback", "device_state"])
_almost_events = st.builds(
    lambda kind, rest: json.dumps(rest | {"type": kind}),
    _types,
    st.dictionaries(_fields, _json | st.builds(lambda inner: {"id": inner}, _json)),
)


@settings(max_examples=50)
@given(st.text() | st.binary() | _json.map(json.dumps) | _almost_events)
@example("[" * 100_000)
@example('{"type":' + "[" * 100_000)
@example('{"type": "StasisStart", "channel": {"id": "x", "a": ' + "[" * 100_000)
@example("\ud800")
@example(b'{"type": "StasisEnd", "channel": {"id": "\xff"}}')
def test_whatever_comes_is_an_event_or_none_or_a_decode_error(message: str | bytes) -> None:
    try:
        event = parse(message)
    except msgspec.DecodeError:
        return
    assert event is None or isinstance(event, events.WANTED)
