"""Whether an agent may be rung, which of his phones, and what a caller hears whom nobody took."""

import pytest

from callrouter.routing.availability import (
    DeviceState,
    NobodyGotIt,
    SkipReason,
    nobody_got_it,
    reachable_phones,
    skip_reason,
)
from callrouter.routing.model import Agent

DESK, MOBILE = "PJSIP/1001", "PJSIP/1001-mobile"
STATES = DeviceState.__members__


def agent(*phones: str) -> Agent:
    return Agent("amina", "Amina", "1001", phones)


ON_CALL, RESERVED, UNREACHABLE = SkipReason.ON_CALL, SkipReason.RESERVED, SkipReason.UNREACHABLE


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("UNKNOWN", None),
        ("NOT_INUSE", None),
        ("INUSE", ON_CALL),
        ("BUSY", ON_CALL),
        ("INVALID", UNREACHABLE),
        ("UNAVAILABLE", UNREACHABLE),
        ("RINGING", RESERVED),
        ("RINGINUSE", ON_CALL),
        ("ONHOLD", ON_CALL),
    ],
)
def test_one_phone(state: str, expected: SkipReason | None) -> None:
    states = {DESK: STATES[state], "PJSIP/1002": DeviceState.INUSE}
    assert skip_reason(agent(DESK), states, reserved=False) is expected
    reachable = (DESK,) if expected is not UNREACHABLE else ()
    assert reachable_phones(agent(DESK), states) == reachable


def test_every_state_of_asterisk_is_in_the_table_above() -> None:
    (mark,) = test_one_phone.pytestmark  # type: ignore[attr-defined]
    assert [state for state, _ in mark.args[1]] == list(STATES)


@pytest.mark.parametrize(
    ("desk", "mobile", "expected", "reachable"),
    [
        ("NOT_INUSE", "UNAVAILABLE", None, (DESK,)),
        ("UNAVAILABLE", "NOT_INUSE", None, (MOBILE,)),
        ("UNAVAILABLE", "UNKNOWN", None, (MOBILE,)),
        ("INVALID", "UNAVAILABLE", UNREACHABLE, ()),
        ("NOT_INUSE", "ONHOLD", ON_CALL, (DESK, MOBILE)),
        ("RINGING", "INUSE", ON_CALL, (DESK, MOBILE)),
        ("RINGING", "UNAVAILABLE", RESERVED, (DESK,)),
        ("NOT_INUSE", "RINGING", RESERVED, (DESK, MOBILE)),
    ],
)
def test_two_phones(
    desk: str, mobile: str, expected: SkipReason | None, reachable: tuple[str, ...]
) -> None:
    states = {DESK: STATES[desk], MOBILE: STATES[mobile]}
    assert skip_reason(agent(DESK, MOBILE), states, reserved=False) is expected
    assert reachable_phones(agent(DESK, MOBILE), states) == reachable


def test_phones_of_which_nothing_is_known_are_tried() -> None:
    assert skip_reason(agent(DESK, MOBILE), {}, reserved=False) is None
    assert reachable_phones(agent(MOBILE, DESK), {}) == (MOBILE, DESK)


def test_an_agent_without_phones_is_unreachable() -> None:
    assert skip_reason(agent(), {}, reserved=False) is UNREACHABLE
    assert reachable_phones(agent(), {}) == ()


@pytest.mark.parametrize("state", DeviceState)
def test_an_agent_whom_another_call_has_reserved_is_reserved(state: DeviceState) -> None:
    assert skip_reason(agent(DESK), {DESK: state}, reserved=True) is RESERVED


def test_one_busy_agent_is_enough_for_the_busy_message() -> None:
    assert nobody_got_it("sales", ["amina", "bojan"]) == NobodyGotIt(
        True, "Busy message: of sales, working but busy: amina, bojan."
    )


def test_without_a_busy_agent_it_is_the_unavailable_message() -> None:
    assert nobody_got_it("sales", []) == NobodyGotIt(
        False, "Unavailable message: nobody of sales was there and answered."
    )
