"""What an agent is doing, as a board shows it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callrouter.routing.availability import DeviceState, PhoneState
from callrouter.routing.hours import WEEKDAYS, Hours, Weekday
from callrouter.routing.presence import (
    ALWAYS,
    Doing,
    PhoneUse,
    Presence,
    Shift,
    doing,
    phone_use,
    shift_at,
)
from callrouter.routing.presence import AgentActivity as Does
from callrouter.routing.status import AgentStatus

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 10:00 in Belgrade."""

CALL = UUID(int=1)
THERE = AgentStatus()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def soon(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


OUT = AgentStatus(False, None, ago(60), "amina")
LUNCH = AgentStatus(True, "lunch", ago(60), "amina")
OFF = Shift(False, ago(3600), soon(3600))
ON = Shift(True, ago(3600), soon(3600))
RUNG = Presence(PhoneUse.RINGING, ago(2), CALL, ago(3))
TALKS = Presence(PhoneUse.TALKING, ago(9), CALL, ago(10), ago(5))
FREE = Presence(PhoneUse.FREE, changed_at=ago(30))


@pytest.mark.parametrize(
    ("presence", "status", "shift", "expected"),
    [
        pytest.param(TALKS, THERE, ALWAYS, Doing(Does.TALKING, ago(5), call=CALL), id="talks"),
        pytest.param(
            TALKS, OUT, OFF, Doing(Does.TALKING, ago(5), call=CALL), id="talks, though logged out"
        ),
        pytest.param(RUNG, LUNCH, ON, Doing(Does.RINGING, ago(3), call=CALL), id="rung by a call"),
        pytest.param(FREE, OUT, OFF, Doing(Does.LOGGED_OUT, ago(60)), id="logged out"),
        pytest.param(FREE, LUNCH, OFF, Doing(Does.OFF_HOURS, ago(3600), soon(3600)), id="no hours"),
        pytest.param(
            FREE, LUNCH, ON, Doing(Does.PAUSED, ago(60), soon(3600), "lunch"), id="at lunch"
        ),
        pytest.param(
            Presence(PhoneUse.TALKING, ago(9)), LUNCH, ALWAYS,
            Doing(Does.PAUSED, ago(60), None, "lunch"), id="a private call in the pause",
        ),
        pytest.param(
            Presence(PhoneUse.TALKING, ago(9)), THERE, ALWAYS,
            Doing(Does.OTHER_CALL, ago(9)), id="a call that is not ours",
        ),
        pytest.param(
            Presence(PhoneUse.RINGING, ago(9)), THERE, ALWAYS,
            Doing(Does.RINGING, ago(9)), id="somebody else rings him",
        ),
        pytest.param(
            Presence(PhoneUse.UNREACHABLE, None, wrap_up_until=soon(5)), THERE, ALWAYS,
            Doing(Does.UNREACHABLE), id="no phone: that comes before resting",
        ),
        pytest.param(
            Presence(wrap_up_until=soon(5), declined_until=soon(9), changed_at=ago(1)), THERE,
            ALWAYS, Doing(Does.WRAP_UP, ago(1), soon(5)), id="wraps up, and then rests",
        ),
        pytest.param(
            Presence(wrap_up_until=ago(5), declined_until=soon(9), changed_at=ago(1)), THERE,
            ALWAYS, Doing(Does.RESTING, ago(1), soon(9)), id="declined a call",
        ),
        pytest.param(
            Presence(PhoneUse.FREE, wrap_up_until=ago(5), changed_at=ago(30)), THERE, ON,
            Doing(Does.FREE, ago(5), soon(3600)), id="free since the wrap-up's end",
        ),
        pytest.param(FREE, THERE, Shift(True, ago(10)), Doing(Does.FREE, ago(10)), id="just began"),
        pytest.param(Presence(), THERE, ALWAYS, Doing(Does.FREE), id="nothing is known of him"),
    ],
)  # fmt: skip
def test_doing(presence: Presence, status: AgentStatus, shift: Shift, expected: Doing) -> None:
    assert doing(presence, status, shift, NOW) == expected


def test_every_activity_can_be_told() -> None:
    assert {each.value for each in Does} == {
        *("ringing", "talking", "other_call", "wrap_up", "resting", "free"),
        *("paused", "unreachable", "off_hours", "logged_out"),
    }


@pytest.mark.parametrize(
    ("states", "use"),
    [
        ((), PhoneUse.UNKNOWN),
        (("UNKNOWN",), PhoneUse.UNKNOWN),
        (("UNAVAILABLE", "INVALID"), PhoneUse.UNREACHABLE),
        (("UNAVAILABLE", "UNKNOWN"), PhoneUse.UNKNOWN),
        (("UNAVAILABLE", "NOT_INUSE"), PhoneUse.FREE),
        (("RINGING", "NOT_INUSE"), PhoneUse.RINGING),
        (("RINGING", "ONHOLD"), PhoneUse.TALKING),
        (("RINGINUSE",), PhoneUse.TALKING),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_of_several_phones_the_liveliest_counts(states: tuple[str, ...], use: PhoneUse) -> None:
    phones = [PhoneState(DeviceState(state), ago(index)) for index, state in enumerate(states)]
    found, since = phone_use(phones)
    assert found is use
    own = [phone.since for phone in phones if phone_use([phone])[0] is use]
    assert since == (own[0] if own else None)


def test_who_is_unreachable_is_so_since_a_moment() -> None:
    assert phone_use([PhoneState(DeviceState.UNAVAILABLE, NOW)]) == (PhoneUse.UNREACHABLE, NOW)


FRIDAY_EVENING = NOW.replace(day=20, hour=16)
OFFICE = (Hours(WEEKDAYS[:5], 9 * 3600, 17 * 3600),)


@pytest.mark.parametrize(
    ("at", "shift"),
    [
        (
            NOW,
            Shift(True, NOW.replace(hour=8), NOW.replace(hour=16)),
        ),
        (
            NOW.replace(hour=20),
            Shift(False, NOW.replace(hour=16), NOW.replace(day=24, hour=8)),
        ),
        (NOW.replace(day=22, hour=9), Shift(False, FRIDAY_EVENING, NOW.replace(hour=8))),
        (NOW.replace(day=21, hour=21), Shift(False, FRIDAY_EVENING, None)),
    ],
    ids=["at work", "the evening", "Sunday", "a long weekend"],
)
def test_a_shift_lasts_from_change_to_change(at: datetime, shift: Shift) -> None:
    assert shift_at(OFFICE, at, "Europe/Belgrade") == shift


def test_shifts_that_touch_are_one() -> None:
    monday = (Weekday.MONDAY,)
    halves = (Hours(monday, 9 * 3600, 12 * 3600), Hours(monday, 12 * 3600, 17 * 3600))
    assert shift_at(halves, NOW, "Europe/Belgrade").until == NOW.replace(hour=16)


def test_who_has_no_hours_always_works() -> None:
    assert shift_at((), NOW, "UTC") is ALWAYS
