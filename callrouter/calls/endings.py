"""What cuts a call's step short, wherever it is on its way."""

from callrouter.calls.inbox import MoveRequested


class CallerLeft(Exception):
    """The caller hung up."""


class CallEnded(Exception):
    """A supervisor ended the call; that he did is in its facts."""


class CallMoved(Exception):
    """A supervisor moves the call: whatever step it is in is left for what he asked for."""

    def __init__(self, asked: MoveRequested) -> None:
        super().__init__(str(asked.target))
        self.asked = asked


class CallCut(Exception):
    """We can no longer look after this call; the text says why."""


class CallTakenOver(CallCut):
    """Another program looks after this call now."""
