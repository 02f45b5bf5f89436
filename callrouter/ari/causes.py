"""Why a channel ended: Q.850 causes and SIP responses, and what they mean for a leg we dialled."""

from enum import IntEnum, StrEnum


class Cause(IntEnum):
    """The Q.850 causes we meet (Asterisk's `include/asterisk/causes.h`)."""

    UNALLOCATED = 1
    NORMAL_CLEARING = 16
    USER_BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    CALL_REJECTED = 21
    ANSWERED_ELSEWHERE = 26
    DESTINATION_OUT_OF_ORDER = 27


class HangupReason(StrEnum):
    """The reasons ARI takes in `DELETE /channels/{id}?reason=`."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNALLOCATED = "unallocated"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CONGESTION = "congestion"


class LegResult(StrEnum):
    """What the end of a leg that never answered says about the phone."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


_BY_SIP = {
    401: LegResult.UNREACHABLE,
    403: LegResult.REJECTED,
    404: LegResult.UNREACHABLE,
    408: LegResult.UNREACHABLE,
    410: LegResult.UNREACHABLE,
    480: LegResult.NO_ANSWER,
    486: LegResult.BUSY,
    487: LegResult.NO_ANSWER,
    488: LegResult.FAILED,
    500: LegResult.FAILED,
    503: LegResult.UNREACHABLE,
    600: LegResult.BUSY,
    603: LegResult.REJECTED,
    604: LegResult.UNREACHABLE,
}
_BY_CAUSE = {
    Cause.UNALLOCATED: LegResult.UNREACHABLE,
    Cause.USER_BUSY: LegResult.BUSY,
    Cause.NO_USER_RESPONSE: LegResult.UNREACHABLE,
    Cause.NO_ANSWER: LegResult.NO_ANSWER,
    Cause.SUBSCRIBER_ABSENT: LegResult.UNREACHABLE,
    Cause.CALL_REJECTED: LegResult.REJECTED,
    Cause.DESTINATION_OUT_OF_ORDER: LegResult.UNREACHABLE,
}


def leg_result(cause: int, sip_status: int | None) -> LegResult:
    """What `ChannelDestroyed` of a leg that never answered means.

    The phone's own final SIP response says more than the Q.850 cause Asterisk maps it to (486
    and 600 are one cause, 403 and 603 another), so it is asked first.
    """
    if sip_status is not None and sip_status in _BY_SIP:
        return _BY_SIP[sip_status]
    if sip_status is not None and 300 <= sip_status < 400:
        return LegResult.REJECTED
    return _BY_CAUSE.get(Cause(cause), LegResult.FAILED) if cause in _CAUSES else LegResult.FAILED


_CAUSES = frozenset(Cause)
