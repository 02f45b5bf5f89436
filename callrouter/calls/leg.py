"""A channel that we dialled for a call."""

from dataclasses import dataclass


@dataclass(slots=True)
class DialledLeg:
    """One phone that we rang: of the agent `owner`, or the outside number itself.

    Who picks up a phone that is to `confirm` has the caller only after pressing a key.
    `given_up` once we want it no more, `leaving` once somebody has hung it up, `gone` once
    Asterisk has nothing of it.
    """

    channel_id: str
    owner: str
    endpoint: str
    confirm: bool = False
    given_up: bool = False
    leaving: bool = False
    gone: bool = False
