"""What cuts a call short, wherever it is on its way."""


class CallerLeft(Exception):
    """The caller hung up."""


class CallCut(Exception):
    """We can no longer look after this call; the text says why."""


class CallTakenOver(CallCut):
    """Another program looks after this call now."""
