"""What an administrator calls the end of a leg, for every SIP response and Q.850 cause we can meet.

The pairs of response and cause are those a real Asterisk reports: tests/asterisk/test_leg_results.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.ari.causes import LegResult, leg_result


@pytest.mark.parametrize(
    ("cause", "sip_status", "result"),
    [
        pytest.param(23, 302, "rejected", id="302 the phone sends the call elsewhere"),
        pytest.param(21, 401, "failed", id="401 it wants a password we do not have"),
        pytest.param(21, 403, "rejected", id="403 it forbids the call"),
        pytest.param(1, 404, "unreachable", id="404 nobody of that name is there"),
        pytest.param(21, 407, "failed", id="407 a proxy wants a password we do not have"),
        pytest.param(18, 408, "unreachable", id="408 nothing answered the INVITE at all"),
        pytest.param(22, 410, "unreachable", id="410 it is there no longer"),
        pytest.param(127, 415, "failed", id="415 it does not understand the offer"),
        pytest.param(3, 420, "failed", id="420 it lacks an extension"),
        pytest.param(20, 430, "unreachable", id="430 the way to its registration is broken"),
        pytest.param(19, 480, "no_answer", id="480 it rang and nobody answered"),
        pytest.param(127, 481, "failed", id="481 it lost the call"),
        pytest.param(28, 484, "unreachable", id="484 the number is not complete"),
        pytest.param(17, 486, "busy", id="486 it is busy"),
        pytest.param(127, 487, "no_answer", id="487 it gave up ringing"),
        pytest.param(58, 488, "failed", id="488 no codec in common"),
        pytest.param(38, 500, "failed", id="500 it is broken"),
        pytest.param(29, 501, "failed", id="501 it does not know the method"),
        pytest.param(27, 502, "unreachable", id="502 what is behind it is broken"),
        pytest.param(34, 503, "unreachable", id="503 it cannot take calls now"),
        pytest.param(102, 504, "unreachable", id="504 what is behind it is silent"),
        pytest.param(17, 600, "busy", id="600 busy on every phone"),
        pytest.param(21, 603, "rejected", id="603 somebody pressed decline"),
        pytest.param(1, 604, "unreachable", id="604 the number is nowhere"),
        pytest.param(58, 606, "failed", id="606 no codec in common on any phone"),
        pytest.param(21, 607, "rejected", id="607 somebody marked it as unwanted"),
        pytest.param(21, 608, "rejected", id="608 a filter rejected it"),
        pytest.param(127, 599, "failed", id="a server error nobody knows"),
        pytest.param(1, None, "unreachable", id="without SIP: no such number"),
        pytest.param(3, None, "unreachable", id="without SIP: no route"),
        pytest.param(16, None, "failed", id="without SIP: cleared without a reason"),
        pytest.param(17, None, "busy", id="without SIP: busy"),
        pytest.param(18, None, "unreachable", id="without SIP: no response"),
        pytest.param(19, None, "no_answer", id="without SIP: rang in vain"),
        pytest.param(20, None, "unreachable", id="without SIP: not registered"),
        pytest.param(21, None, "rejected", id="without SIP: rejected"),
        pytest.param(22, None, "unreachable", id="without SIP: number changed"),
        pytest.param(23, None, "rejected", id="without SIP: redirected"),
        pytest.param(27, None, "unreachable", id="without SIP: out of order"),
        pytest.param(28, None, "unreachable", id="without SIP: wrong number format"),
        pytest.param(34, None, "unreachable", id="without SIP: congestion"),
        pytest.param(38, None, "failed", id="without SIP: network out of order"),
        pytest.param(102, None, "unreachable", id="without SIP: a timer ran out"),
        pytest.param(0, None, "failed", id="nothing is known"),
        pytest.param(16, 200, "failed", id="answered, and dropped before we heard of it"),
    ],
)
def test_the_end_of_a_leg_in_an_administrator_s_words(
    cause: int, sip_status: int | None, result: str
) -> None:
    assert leg_result(cause, sip_status) is LegResult(result)


@given(st.integers(), st.none() | st.integers())
def test_any_numbers_have_a_result(cause: int, sip_status: int | None) -> None:
    assert isinstance(leg_result(cause, sip_status), LegResult)
