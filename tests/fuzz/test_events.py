"""Events: any bytes are an event or refused, and any event costs at most its own call."""

import asyncio
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from callrouter.ari import events
from callrouter.ari.events import StasisStart, parse
from callrouter.call_record import record_of
from callrouter.facts import Disposition, Ended
from tests.calls.company import Company
from tests.fakes import clock
from tests.fakes.asterisk import ENTITY
from tests.fakes.phones import Answers, phone
from tests.fuzz import bounded
from tests.fuzz.json_values import DEEP, SCALARS, TEXTS, VALUES, damaged

RECORDED = tuple(
    file.read_bytes()
    for file in sorted((Path(__file__).parents[1] / "data" / "events").glob("*.json"))
)
KINDS = [each.__name__ for each in events.WANTED]


def read(message: bytes) -> events.Event | None:
    try:
        return parse(message)
    except msgspec.DecodeError:
        return None


@bounded
@given(st.one_of(st.binary(max_size=400), damaged(RECORDED), DEEP))
def test_any_bytes_are_an_event_or_refused(message: bytes) -> None:
    read(message)


@bounded
@given(st.sampled_from(KINDS), st.dictionaries(TEXTS, VALUES, max_size=3), VALUES, VALUES)
def test_any_values_are_an_event_or_refused(
    kind: str, more: dict[str, object], channel: object, other: object
) -> None:
    message = {"type": kind, "channel": channel, "playback": other, "device_state": other, **more}
    read(msgspec.json.encode(_encodable(message)))


def _encodable(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_encodable(k): _encodable(v) for k, v in value.items()}
        case list():
            return [_encodable(each) for each in value]
        case int() if not -(2**63) <= value < 2**63:
            return 0
        case _:
            return value


IDS = st.sampled_from(["caller", "nobody", "", "callrouter-x-1", "caller2"])
WORDS = st.one_of(TEXTS, st.sampled_from(["Up", "Ringing", "1", "#", "done", "failed"]))
CHANNELS = st.builds(
    events.Channel,
    IDS,
    WORDS,
    WORDS,
    st.builds(events.CallerId, WORDS, WORDS),
    st.builds(events.DialplanPosition, WORDS, WORDS, WORDS, WORDS),
)
CAUSES = st.integers(-(2**31), 2**31)
HOSTILE_EVENTS = st.one_of(
    st.builds(events.ChannelStateChange, CHANNELS, st.just(ENTITY)),
    st.builds(events.ChannelDtmfReceived, CHANNELS, st.just(ENTITY), WORDS),
    st.builds(
        StasisStart,
        CHANNELS,
        st.sampled_from([ENTITY, "", "elsewhere"]),
        st.tuples(st.sampled_from(["incoming", "left", "odd", "leg", "code", ""]), WORDS),
    ),
    st.builds(
        events.PlaybackFinished,
        st.builds(events.Playback, WORDS, st.just("channel:caller"), WORDS),
        st.just(ENTITY),
    ),
    st.builds(events.ChannelHangupRequest, CHANNELS, st.just(ENTITY), CAUSES),
    st.builds(events.ChannelDestroyed, CHANNELS, st.just(ENTITY), CAUSES, CAUSES),
    st.builds(events.StasisEnd, CHANNELS, st.just(ENTITY)),
)


@bounded
@given(st.lists(st.tuples(st.floats(0.0, 8.0), HOSTILE_EVENTS), max_size=12))
def test_whatever_asterisk_says_every_call_has_one_true_end(
    said: list[tuple[float, events.CallEvent]],
) -> None:
    """Events that Asterisk would never send, to two real calls; strangers are calls as well."""

    async def day() -> Company:
        here = Company([phone("1001", Answers(1.0)), phone("1002", Answers(1.0))], {})
        loop = asyncio.get_running_loop()

        def script(company: Company) -> None:
            company.asterisk.call("702")
            company.asterisk.call("700", at=0.2)
            company.asterisk.hang_up_at("caller", 20.0)
            company.asterisk.hang_up_at("caller2", 20.0)
            for at, event in said:
                loop.call_later(at, company.switchboard.deliver, event)

        await here.work(script, 200.0)
        return here

    here = clock.run(day())
    assert here.agents.reserved == {}
    assert len(here.switchboard) == 0
    for facts in here.book.facts.values():
        assert isinstance(facts[-1], Ended)
        record = record_of(facts)
        assert record.disposition is not None
        assert record.error is None or record.disposition is not Disposition.ANSWERED


@bounded
@given(SCALARS)
def test_a_scalar_is_no_event(value: object) -> None:
    assert read(msgspec.json.encode(_encodable(value))) is None
