"""The ids of calls, and of what Asterisk has for them. Pure; the same in every router's process."""

from uuid import UUID, uuid5

from callrouter.ari.events import ChannelRef

LEG_PREFIX = "callrouter-"
"""How the ids of channels that we dialled begin: tells ours from those of others."""

_CALL_IDS = UUID("b0f7f0d6-6f0f-5f5e-9d3c-4b1d6f1d2a11")


def call_id_of(ref: ChannelRef) -> UUID:
    """The same channel is always the same call, also for another router process."""
    return uuid5(_CALL_IDS, f"{ref.entity_id}/{ref.channel_id}")


def prefix_of(call_id: UUID) -> str:
    """How the ids of the call's legs and playbacks begin."""
    return f"{LEG_PREFIX}{call_id.hex[:16]}"


def name_of(prefix: str, number: int) -> str:
    """The id of a channel or playback of the call with this prefix.

    All are of one length: Asterisk refuses (409) a channel whose id another one's begins with, so
    `…-1` could not be made once there was `…-10`.
    """
    return f"{prefix}-{number:07}"
