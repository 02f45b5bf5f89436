"""Whether an agent may be rung, which of his phones, and what a caller hears whom nobody took."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.routing.availability import (
    WORKING,
    DeviceState,
    NobodyGotIt,
    PhoneState,
    Situation,
    Skip,
    SkipReason,
    is_talking,
    nobody_got_it,
    reachable_phones,
    skip,
)
from callrouter.routing.hours import Hours, Weekday
from callrouter.routing.model import Agent

DESK, MOBILE = "PJSIP/1001", "PJSIP/1001-mobile"
STATES = DeviceState.__members__
BELGRADE = "Europe/Belgrade"
NOW = datetime(2026, 11, 23, 9, 42, tzinfo=UTC)  # Monday 10:42 in Belgrade
EARLIER, LATER = NOW - timedelta(minutes=11), NOW + timedelta(seconds=8)


def agent(*phones: str, **said: object) -> Agent:
    return Agent("amina", "Amina", "1001", phones, **said)  # type: ignore[arg-type]


AMINA = agent(DESK)


def states(**phones: str) -> dict[str, PhoneState]:
    names = {"desk": DESK, "mobile": MOBILE}
    return {names[name]: PhoneState(STATES[state], EARLIER) for name, state in phones.items()}


def skipped(
    agent: Agent, situation: Situation, now: datetime = NOW, **needs: int
) -> SkipReason | None:
    found = skip(agent, situation, now, BELGRADE, needs)
    return found.reason if found else None


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
    phones = {**states(desk=state), "PJSIP/1002": PhoneState(DeviceState.INUSE)}
    assert skipped(AMINA, Situation(phones)) is expected
    reachable = (DESK,) if expected is not UNREACHABLE else ()
    assert reachable_phones(AMINA, phones) == reachable


@pytest.mark.parametrize("state", DeviceState)
def test_whoever_talks_on_his_phone_is_on_a_call(state: DeviceState) -> None:
    found = skipped(AMINA, Situation({DESK: PhoneState(state)}))
    assert is_talking(state) == (found is ON_CALL)


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
    phones = states(desk=desk, mobile=mobile)
    assert skipped(agent(DESK, MOBILE), Situation(phones)) is expected
    assert reachable_phones(agent(DESK, MOBILE), phones) == reachable


def test_phones_of_which_nothing_is_known_are_tried() -> None:
    assert skipped(agent(DESK, MOBILE), Situation()) is None
    assert reachable_phones(agent(MOBILE, DESK), {}) == (MOBILE, DESK)


def test_an_agent_without_phones_is_unreachable() -> None:
    assert skipped(agent(), Situation()) is UNREACHABLE
    assert reachable_phones(agent(), {}) == ()


@pytest.mark.parametrize("state", DeviceState)
def test_an_agent_whom_another_call_has_reserved_is_reserved(state: DeviceState) -> None:
    assert skipped(AMINA, Situation({DESK: PhoneState(state)}, reserved=True)) is RESERVED


@pytest.mark.parametrize(
    ("skills", "needs", "lacks"),
    [
        ({"arabic": 3}, {}, None),
        ({"arabic": 3}, {"arabic": 3}, None),
        ({"arabic": 4}, {"arabic": 3}, None),
        ({"arabic": 2}, {"arabic": 3}, "arabic 3"),
        ({}, {"arabic": 1, "sales": 2}, "arabic 1, sales 2"),
        ({"sales": 5}, {"arabic": 1, "sales": 2}, "arabic 1"),
        ({}, {"arabic": 0}, None),
    ],
    ids=[
        "nothing is needed", "exactly the level", "above the level", "below the level",
        "no skills at all", "one of two", "level 0 is everybody's",
    ],
)  # fmt: skip
def test_skills(skills: dict[str, int], needs: dict[str, int], lacks: str | None) -> None:
    found = skip(agent(DESK, skills=skills), Situation(), NOW, BELGRADE, needs)
    assert found == (lacks and Skip(SkipReason.NO_SKILL, note=lacks))


OFFICE_HOURS = Hours((Weekday.MONDAY,), 8 * 3600, 16 * 3600)
TOKYO_HOURS = Hours((Weekday.MONDAY,), 18 * 3600, 20 * 3600, timezone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("hours", "utc", "works"),
    [
        ((), "03:00", True),
        ((OFFICE_HOURS,), "06:59:59", False),
        ((OFFICE_HOURS,), "07:00", True),
        ((OFFICE_HOURS,), "14:59:59.9", True),
        ((OFFICE_HOURS,), "15:00", False),
        ((TOKYO_HOURS,), "09:30", True),
        ((TOKYO_HOURS,), "18:30", False),
        ((OFFICE_HOURS, TOKYO_HOURS), "10:59", True),
    ],
    ids=[
        "without hours always", "a second before", "the first moment", "the last moment",
        "the end is no longer", "by their own clock", "and not by ours", "one of several is enough",
    ],
)  # fmt: skip
def test_working_hours(hours: tuple[Hours, ...], utc: str, works: bool) -> None:
    now = datetime.fromisoformat(f"2026-11-23T{utc}+00:00")
    found = skipped(agent(DESK, working_hours=hours), Situation(), now)
    assert found is (None if works else SkipReason.OFF_HOURS)


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (Situation(logged_in=False, status_since=EARLIER), Skip(SkipReason.LOGGED_OUT, EARLIER)),
        (Situation(paused="lunch", status_since=EARLIER),
         Skip(SkipReason.PAUSED, EARLIER, note="lunch")),
        (Situation(paused=""), Skip(SkipReason.PAUSED)),
        (Situation(logged_in=False, paused="lunch"), Skip(SkipReason.LOGGED_OUT)),
        (Situation(wrap_up_until=LATER), Skip(SkipReason.WRAP_UP, until=LATER)),
        (Situation(wrap_up_until=NOW), None),
        (Situation(declined="was busy", declined_until=LATER),
         Skip(SkipReason.DECLINED, until=LATER, note="was busy")),
        (Situation(declined="was busy", declined_until=NOW), None),
        (Situation(wrap_up_until=LATER, declined_until=LATER),
         Skip(SkipReason.WRAP_UP, until=LATER)),
        (Situation(states(desk="INUSE"), wrap_up_until=LATER), Skip(ON_CALL, EARLIER)),
        (Situation(states(desk="UNAVAILABLE"), wrap_up_until=LATER), Skip(UNREACHABLE)),
        (Situation(reserved=True, reserved_since=EARLIER), Skip(RESERVED, EARLIER)),
        (Situation(reserved=True, talking_since=EARLIER), Skip(ON_CALL, EARLIER)),
        (Situation(states(desk="RINGING")), Skip(RESERVED, EARLIER)),
    ],
    ids=[
        "logged out", "paused with a reason", "paused without one", "logged out in the pause",
        "wrapping up", "the wrap-up is over", "declined", "declined long enough ago",
        "wrapping up comes before having declined", "on the next call already",
        "unplugged in the wrap-up", "reserved", "talking in our call", "another rings his phone",
    ],
)  # fmt: skip
def test_situations(situation: Situation, expected: Skip | None) -> None:
    assert skip(AMINA, situation, NOW, BELGRADE, {}) == expected


@pytest.mark.parametrize(
    ("skip", "words"),
    [
        (Skip(ON_CALL, since=EARLIER), "on a call since 10:31"),
        (Skip(ON_CALL), "on a call"),
        (Skip(SkipReason.PAUSED, EARLIER, note="lunch"), "paused (lunch) since 10:31"),
        (Skip(SkipReason.PAUSED, NOW - timedelta(hours=11)), "paused since 2026-11-22 23:42"),
        (Skip(SkipReason.WRAP_UP, until=LATER), "wrapping up a call until 10:42:08"),
        (Skip(SkipReason.DECLINED, until=LATER, note="was busy"),
         "declined a call (was busy) until 10:42:08"),
        (Skip(SkipReason.NO_SKILL, note="arabic 3"), "lacks a skill (arabic 3)"),
    ],
    ids=str,
)  # fmt: skip
def test_a_reason_in_words(skip: Skip, words: str) -> None:
    assert skip.words(BELGRADE, NOW) == words


@pytest.mark.parametrize("reason", SkipReason)
def test_every_reason_has_words(reason: SkipReason) -> None:
    assert Skip(reason).words("UTC", NOW)


def test_who_works_but_is_busy() -> None:
    away = {SkipReason.NO_SKILL, SkipReason.LOGGED_OUT, SkipReason.OFF_HOURS, SkipReason.PAUSED}
    assert set(SkipReason) - WORKING == {*away, UNREACHABLE, SkipReason.MOVED_AWAY}


moments = st.none() | st.sampled_from([EARLIER, NOW, LATER])
situations = st.builds(
    Situation,
    phones=st.fixed_dictionaries(
        {}, optional={phone: st.builds(PhoneState, st.sampled_from(DeviceState), moments)
                      for phone in (DESK, MOBILE)}
    ),
    reserved=st.booleans(),
    wrap_up_until=moments,
    declined_until=moments,
    logged_in=st.booleans(),
    paused=st.none() | st.sampled_from(["", "lunch"]),
)  # fmt: skip


@given(situations, st.booleans())
def test_who_can_be_rung_has_nothing_against_it_and_a_phone_worth_ringing(
    situation: Situation, skilled: bool
) -> None:
    who = agent(DESK, MOBILE, skills={"arabic": 3 if skilled else 2})
    if skip(who, situation, NOW, BELGRADE, {"arabic": 3}) is None:
        assert skilled
        assert situation.logged_in
        assert situation.paused is None
        assert not situation.reserved
        assert reachable_phones(who, situation.phones)
        assert not {phone.state for phone in situation.phones.values()} & {
            DeviceState.INUSE, DeviceState.BUSY, DeviceState.ONHOLD, DeviceState.RINGING,
        }  # fmt: skip
        for until in (situation.wrap_up_until, situation.declined_until):
            assert until in (None, EARLIER, NOW)


@given(situations)
def test_a_phone_of_somebody_else_does_not_matter(situation: Situation) -> None:
    other = {**situation.phones, "PJSIP/1002": PhoneState(DeviceState.INUSE, EARLIER)}
    same = replace(situation, phones=other)
    who = agent(DESK, MOBILE)
    assert skip(who, same, NOW, BELGRADE, {}) == skip(who, situation, NOW, BELGRADE, {})


def test_one_busy_agent_is_enough_for_the_busy_message() -> None:
    assert nobody_got_it("sales", ["amina", "bojan", "amina"]) == NobodyGotIt(
        True, "Busy message: of sales, working but busy: amina, bojan."
    )


def test_without_a_busy_agent_it_is_the_unavailable_message() -> None:
    assert nobody_got_it("sales", []) == NobodyGotIt(
        False, "Unavailable message: nobody of sales was there and answered."
    )
