"""Why a channel ended: Q.850 causes and SIP responses, and what they mean for a leg we dialled."""

from enum import IntEnum, StrEnum


class Cause(IntEnum):
    """The Q.850 causes we meet (Asterisk's `include/asterisk/causes.h`)."""

    UNALLOCATED = 1
    NO_ROUTE = 3
    NORMAL_CLEARING = 16
    USER_BUSY = 17
    NO_USER_RESPONSE = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    CALL_REJECTED = 21
    NUMBER_CHANGED = 22
    REDIRECTED = 23
    ANSWERED_ELSEWHERE = 26
    DESTINATION_OUT_OF_ORDER = 27
    INVALID_NUMBER_FORMAT = 28
    CONGESTION = 34
    RECOVERY_ON_TIMER_EXPIRE = 102


class HangupReason(StrEnum):
    """The reasons ARI takes in `DELETE /channels/{id}?reason=`."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNALLOCATED = "unallocated"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CONGESTION = "congestion"
    REJECTED = "rejected"


class LegResult(StrEnum):
    """What the end of a leg that never answered says about the phone.

    `unreachable`: no phone was there to be rung. `failed`: one was, and could not take the call.
    """

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


# A final response that is not here means that the call could not be set up: failed.
_BY_SIP = {
    403: LegResult.REJECTED,
    404: LegResult.UNREACHABLE,
    408: LegResult.UNREACHABLE,
    410: LegResult.UNREACHABLE,
    430: LegResult.UNREACHABLE,
    480: LegResult.NO_ANSWER,
    484: LegResult.UNREACHABLE,
    486: LegResult.BUSY,
    487: LegResult.NO_ANSWER,
    502: LegResult.UNREACHABLE,
    503: LegResult.UNREACHABLE,
    504: LegResult.UNREACHABLE,
    600: LegResult.BUSY,
    603: LegResult.REJECTED,
    604: LegResult.UNREACHABLE,
    607: LegResult.REJECTED,
    608: LegResult.REJECTED,
}
_BY_CAUSE: dict[int, LegResult] = {
    Cause.UNALLOCATED: LegResult.UNREACHABLE,
    Cause.NO_ROUTE: LegResult.UNREACHABLE,
    Cause.USER_BUSY: LegResult.BUSY,
    Cause.NO_USER_RESPONSE: LegResult.UNREACHABLE,
    Cause.NO_ANSWER: LegResult.NO_ANSWER,
    Cause.SUBSCRIBER_ABSENT: LegResult.UNREACHABLE,
    Cause.CALL_REJECTED: LegResult.REJECTED,
    Cause.NUMBER_CHANGED: LegResult.UNREACHABLE,
    Cause.REDIRECTED: LegResult.REJECTED,
    Cause.DESTINATION_OUT_OF_ORDER: LegResult.UNREACHABLE,
    Cause.INVALID_NUMBER_FORMAT: LegResult.UNREACHABLE,
    Cause.CONGESTION: LegResult.UNREACHABLE,
    Cause.RECOVERY_ON_TIMER_EXPIRE: LegResult.UNREACHABLE,
}


def leg_result(cause: int, sip_status: int | None) -> LegResult:
    """What `ChannelDestroyed` of a leg that never answered means.

    The phone's own final SIP response says more than the Q.850 cause Asterisk maps it to (486
    and 600 are one cause, 403 and 603 another, 481 and 487 a third), so it is asked first.
    A redirect (3xx) is a no: it is never followed.
    """
    if sip_status is not None and sip_status >= 400:
        return _BY_SIP.get(sip_status, LegResult.FAILED)
    if sip_status is not None and sip_status >= 300:
        return LegResult.REJECTED
    return _BY_CAUSE.get(cause, LegResult.FAILED)
