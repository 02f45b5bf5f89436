"""The ARI events we use, as typed frozen values; unknown types and fields are tolerated.

Source: Asterisk's `rest-api/api-docs/events.json`.
"""

from typing import Any, NamedTuple

import msgspec


class ChannelRef(NamedTuple):
    """A channel anywhere: several Asterisk servers may use the same channel id."""

    entity_id: str
    channel_id: str


class _Struct(msgspec.Struct, frozen=True):
    pass


class CallerId(_Struct, frozen=True):
    name: str = ""
    number: str = ""


class DialplanPosition(_Struct, frozen=True):
    context: str = ""
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Channel(_Struct, frozen=True):
    """`state` is Down, Ring, Ringing, Up …: Asterisk's words."""

    id: str
    name: str = ""
    state: str = ""
    caller: CallerId = CallerId()
    dialplan: DialplanPosition = DialplanPosition()


class Bridge(_Struct, frozen=True):
    id: str
    channels: tuple[str, ...] = ()


class Playback(_Struct, frozen=True):
    """`state` of a finished one is `done` or `failed`."""

    id: str
    target_uri: str = ""
    state: str = ""


class DeviceState(_Struct, frozen=True):
    name: str
    state: str


class _Event(_Struct, frozen=True):
    asterisk_id: str = ""


class _CallEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`late` is how many seconds ago it happened, where this process stood still meanwhile."""

    late: float = 0.0


class _ChannelEvent(_CallEvent, frozen=True):
    channel: Channel
    asterisk_id: str = ""

    @property
    def ref(self) -> ChannelRef:
        return ChannelRef(self.asterisk_id, self.channel.id)


class StasisStart(_ChannelEvent, frozen=True):
    """`replace_channel` is the channel whose place this one has taken (SIP's `Replaces`)."""

    args: tuple[str, ...] = ()
    replace_channel: Channel | None = None


class StasisEnd(_ChannelEvent, frozen=True):
    pass


class ChannelStateChange(_ChannelEvent, frozen=True):
    pass


class ChannelHangupRequest(_ChannelEvent, frozen=True):
    cause: int = 0


class ChannelDestroyed(_ChannelEvent, frozen=True):
    """`tech_cause` is the final SIP response of a PJSIP channel, where there was one."""

    cause: int = 0
    tech_cause: int | None = None


class ChannelDtmfReceived(_ChannelEvent, frozen=True):
    """Somebody pressed a key: one of `0-9*#A-D`."""

    digit: str = ""


class PlaybackFinished(_CallEvent, frozen=True):
    playback: Playback
    asterisk_id: str = ""

    @property
    def ref(self) -> ChannelRef:
        return ChannelRef(self.asterisk_id, self.playback.target_uri.removeprefix("channel:"))


class DeviceStateChanged(msgspec.Struct, frozen=True):
    device_state: DeviceState
    asterisk_id: str = ""


class ApplicationReplaced(_Event, frozen=True):
    """Another program has taken over our Stasis application."""


class Connected(msgspec.Struct, frozen=True):
    """Our own: the event socket is open. Events of the time before it may be lost.

    `started` is another after a restart of Asterisk, of whose channels none is left then.
    """

    entity_id: str = ""
    started: str = ""


class Disconnected(msgspec.Struct, frozen=True):
    """Our own: the event socket is lost; it is being opened again."""

    reason: str = ""


CallEvent = (
    StasisStart
    | StasisEnd
    | ChannelStateChange
    | ChannelHangupRequest
    | ChannelDestroyed
    | ChannelDtmfReceived
    | PlaybackFinished
)
Event = CallEvent | DeviceStateChanged | ApplicationReplaced | Connected | Disconnected

WANTED = (
    StasisStart,
    StasisEnd,
    ChannelStateChange,
    ChannelHangupRequest,
    ChannelDestroyed,
    ChannelDtmfReceived,
    PlaybackFinished,
    DeviceStateChanged,
    ApplicationReplaced,
)
"""The event types that Asterisk's event filter lets through to us."""


class _Header(msgspec.Struct, frozen=True):
    type: str = ""
    timestamp: str = ""


_header = msgspec.json.Decoder(_Header)
_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    event.__name__: msgspec.json.Decoder(event) for event in WANTED
}


def parse(message: str | bytes) -> Event | None:
    """The event in a WebSocket message; None for a type we do not use.

    Raises msgspec.DecodeError (or its child ValidationError) for a message that is not an event.
    """
    try:
        decoder = _decoders.get(_header.decode(message).type)
        if decoder is None:
            return None
        event: Event = decoder.decode(message)
    except (RecursionError, UnicodeError) as error:
        raise msgspec.DecodeError(str(error)) from None
    return event


def sent_at(message: str | bytes) -> str:
    """When Asterisk sent this event, by its own clock, as it writes it (ISO 8601)."""
    return _header.decode(message).timestamp
