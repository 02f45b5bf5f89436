"""What can go wrong with a request to Asterisk, sorted by what it means for a call."""


class AriError(Exception):
    """Any failed ARI request; the text says which request and what Asterisk answered."""


class Gone(AriError):
    """The world moved on: the channel, bridge or playback is no longer there (404, 409, 412)."""


class NoBridge(AriError):
    """The bridge is no longer there; its channels may be."""


class NotDialable(AriError):
    """Asterisk could not begin a call to this endpoint: no registered contact, or none such."""


class Refused(AriError):
    """Asterisk understood the request and said no (400, 401, 403 …): ours to mend."""


class Unavailable(AriError):
    """Asterisk did not answer in time, or answered with a server error."""


class Unreached(Unavailable):
    """No answer came: whether Asterisk was asked at all, nobody knows."""


class UnfitAsterisk(AriError):
    """This Asterisk is too old, or has no entity id."""
