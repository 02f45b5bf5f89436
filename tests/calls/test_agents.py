"""The agents' board: who can be rung, who is first, and what everybody has done today."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callrouter.calls.agents import AgentBoard
from callrouter.routing.availability import DeviceState, PhoneState, Skip, SkipReason
from callrouter.routing.model import Agent, AgentGroup, Order
from callrouter.routing.order import History

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday 10:00 in Belgrade."""

BELGRADE = "Europe/Belgrade"
FIRST, SECOND, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)

AGENTS = {
    name: Agent(name, name.title(), extension, (f"PJSIP/{extension}",))
    for name, extension in (("amina", "1001"), ("bojan", "1002"), ("carla", "1003"))
}
AMINA = AGENTS["amina"]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def group(order: Order) -> AgentGroup:
    return AgentGroup("sales", tuple(AGENTS), order)


def take(
    board: AgentBoard, call: UUID, agent: Agent = AMINA, when: datetime = NOW, group: str = ""
) -> SkipReason | None:
    """Reserve the agent; returns why that was not possible."""
    skipped = board.reserve(agent, call, "fake", when, BELGRADE, {}, group)
    return None if skipped is None else skipped.reason


def lined_up(board: AgentBoard, order: Order, when: datetime = NOW) -> list[str]:
    lined = board.line_up(group(order), {}, {}, AGENTS, "fake", when, BELGRADE)
    return [each.agent for each in lined]


def test_a_reservation_of_another_call_is_not_released() -> None:
    board = AgentBoard()
    assert take(board, FIRST) is None
    board.release("amina", SECOND)
    assert take(board, SECOND) is SkipReason.RESERVED
    board.release("amina", FIRST)
    assert take(board, SECOND) is None
    assert board.reserved == {"amina": SECOND}


def test_who_is_reserved_is_so_since_the_call_that_did_it() -> None:
    board = AgentBoard()
    take(board, FIRST, when=at(3))
    skipped = board.reserve(AMINA, SECOND, "fake", at(5), BELGRADE, {})
    assert skipped is not None
    assert skipped.words(BELGRADE, NOW) == "being rung by another call since 10:00"
    assert board.situation(AMINA, "fake").reserved_since == at(3)


def test_who_talks_in_a_call_of_ours_is_on_a_call_and_not_being_rung() -> None:
    board = AgentBoard()
    take(board, FIRST, when=at(3))
    board.talk_began("amina", at(4), BELGRADE)
    board.talk_began("bojan", at(4), BELGRADE)  # whom nobody has reserved: he only counts
    skipped = board.reserve(AMINA, SECOND, "fake", at(5), BELGRADE, {})
    assert skipped == Skip(SkipReason.ON_CALL, since=at(4))
    board.release("amina", FIRST)
    assert take(board, SECOND) is None


def phone_state(board: AgentBoard) -> PhoneState:
    return board.situation(AMINA, "fake").phones["PJSIP/1001"]


def test_a_call_that_is_put_on_hold_keeps_its_beginning() -> None:
    board = AgentBoard()
    board.set_state("fake", "PJSIP/1001", "INUSE", at(1))
    for later, state in enumerate(("ONHOLD", "RINGINUSE", "INUSE"), 2):
        board.set_state("fake", "PJSIP/1001", state, at(later))
        assert phone_state(board) == PhoneState(DeviceState(state), at(1))
    board.set_state("fake", "PJSIP/1001", "NOT_INUSE", at(6))
    assert phone_state(board).since == at(6)
    board.set_state("fake", "PJSIP/1001", "INUSE", at(7))
    assert phone_state(board).since == at(7)


def test_a_state_that_was_only_read_began_nobody_knows_when() -> None:
    board = AgentBoard()
    board.set_state("fake", "PJSIP/1001", "INUSE")
    assert phone_state(board).since is None
    board.set_state("fake", "PJSIP/1001", "INUSE", at(1))
    assert phone_state(board).since is None
    board.set_state("fake", "PJSIP/1001", "NO SUCH STATE", at(2))
    assert phone_state(board) == PhoneState(DeviceState.UNKNOWN, at(2))


def test_since_when_a_call_lasts_is_not_known_after_a_time_in_which_nobody_told_us() -> None:
    board = AgentBoard()
    board.set_state("fake", "PJSIP/1001", "INUSE", at(1))
    board.unheard("another")
    assert phone_state(board).since == at(1)
    board.unheard("fake")
    board.set_state("fake", "PJSIP/1001", "INUSE")
    assert phone_state(board) == PhoneState(DeviceState.INUSE)
    board.set_state("fake", "PJSIP/1001", "NOT_INUSE", at(5))
    assert phone_state(board).since == at(5)


def test_who_logs_out_or_pauses_is_skipped_until_he_is_back() -> None:
    board = AgentBoard()
    board.set_status("amina", logged_in=False, since=at(0))
    assert take(board, FIRST, when=at(1)) is SkipReason.LOGGED_OUT
    board.set_status("amina", paused="lunch", since=at(2))
    skipped = board.reserve(AMINA, FIRST, "fake", at(3), BELGRADE, {})
    assert skipped is not None
    assert skipped.words(BELGRADE, NOW) == "paused (lunch) since 10:00"
    board.set_status("amina", since=at(4))
    assert take(board, FIRST, when=at(5)) is None


def test_wrapping_up_ends_to_the_second() -> None:
    board = AgentBoard()
    board.talk_ended("amina", 60.0, at(0), BELGRADE, 10.0)
    assert take(board, FIRST, when=at(9.9)) is SkipReason.WRAP_UP
    assert take(board, FIRST, when=at(10.0)) is None


def test_without_wrap_up_the_next_call_may_come_at_once() -> None:
    board = AgentBoard()
    board.talk_ended("amina", 60.0, at(0), BELGRADE, 0.0)
    assert take(board, FIRST, when=at(0)) is None


def test_who_declined_a_call_of_one_group_may_be_rung_by_another() -> None:
    board = AgentBoard()
    board.declined("amina", "sales", "was busy", at(30))
    assert take(board, FIRST, when=at(29), group="sales") is SkipReason.DECLINED
    assert take(board, FIRST, when=at(29), group="support") is None
    board.release("amina", FIRST)
    assert take(board, FIRST, when=at(30), group="sales") is None


def test_what_agents_do_counts_until_midnight_of_the_companys_clock() -> None:
    board = AgentBoard()
    evening = datetime(2026, 11, 23, 22, 50, tzinfo=UTC)  # 23:50 in Belgrade
    board.talk_began("amina", evening, BELGRADE)
    board.talk_ended("amina", 60.0, evening, BELGRADE, 0.0)
    before, after = evening + timedelta(minutes=9), evening + timedelta(minutes=10)
    assert board.history("amina", before, BELGRADE) == History(1, 60.0, evening)
    assert board.history("amina", after, BELGRADE) == History(0, 0.0, evening)
    board.talk_began("amina", after, BELGRADE)
    assert board.history("amina", after, BELGRADE) == History(1, 0.0, evening)


@pytest.mark.parametrize(
    "order",
    [Order.ROUND_ROBIN, Order.LONGEST_IDLE, Order.FEWEST_CALLS, Order.LEAST_TALK_TIME],
    ids=str,
)
def test_calls_in_the_same_instant_are_offered_to_different_agents(order: Order) -> None:
    board = AgentBoard()
    offered = []
    for call in (FIRST, SECOND, THIRD):
        for name in lined_up(board, order):
            if take(board, call, AGENTS[name]) is None:
                offered.append(name)
                break
    assert sorted(offered) == ["amina", "bojan", "carla"]


def test_round_robin_goes_round() -> None:
    board = AgentBoard()
    firsts = [lined_up(board, Order.ROUND_ROBIN)[0] for _ in range(4)]
    assert firsts == ["amina", "bojan", "carla", "amina"]


def test_one_who_is_away_does_not_give_his_successor_two_turns() -> None:
    board = AgentBoard()
    board.set_status("bojan", paused="lunch")
    firsts = []
    for _ in range(4):
        line = lined_up(board, Order.ROUND_ROBIN)
        firsts.append(next(name for name in line if name != "bojan"))
    assert firsts == ["amina", "carla", "amina", "carla"]


def test_round_robin_goes_on_where_nobody_can_be_rung() -> None:
    board = AgentBoard()
    for name in AGENTS:
        board.set_status(name, logged_in=False)
    assert [lined_up(board, Order.ROUND_ROBIN)[0] for _ in range(2)] == ["amina", "bojan"]


def test_every_group_has_a_round_of_its_own() -> None:
    board = AgentBoard()
    other = AgentGroup("support", tuple(AGENTS), Order.ROUND_ROBIN)
    lined_up(board, Order.ROUND_ROBIN)
    line = board.line_up(other, {}, {}, AGENTS, "fake", NOW, BELGRADE)
    assert line[0].agent == "amina"


def test_a_group_without_members_lines_nobody_up() -> None:
    board = AgentBoard()
    empty = AgentGroup("nobody", (), Order.ROUND_ROBIN)
    assert board.line_up(empty, {}, {}, AGENTS, "fake", NOW, BELGRADE) == ()


def test_a_restart_changes_nothing() -> None:
    board = AgentBoard()
    histories = {"amina": History(3, 90.0, at(-60)), "bojan": History(1, 30.0, at(-600))}
    board.restore(histories, {"sales": "amina"}, {"carla": at(5)}, NOW, BELGRADE)
    assert board.history("amina", NOW, BELGRADE) == histories["amina"]
    assert lined_up(board, Order.ROUND_ROBIN)[0] == "bojan"
    assert lined_up(board, Order.FEWEST_CALLS) == ["carla", "bojan", "amina"]
    assert take(board, FIRST, AGENTS["carla"], at(4)) is SkipReason.WRAP_UP


def test_what_happened_before_what_was_known_came_is_not_forgotten() -> None:
    """The database was away when the router started, and calls came."""
    board = AgentBoard()
    lined_up(board, Order.ROUND_ROBIN)
    board.talk_began("amina", at(0), BELGRADE)
    board.talk_ended("amina", 10.0, at(10), BELGRADE, 20.0)
    board.restore(
        {"amina": History(3, 90.0, at(-60))}, {"sales": "carla"}, {"amina": at(5)}, at(11), BELGRADE
    )
    assert board.history("amina", at(11), BELGRADE) == History(4, 100.0, at(10))
    assert lined_up(board, Order.ROUND_ROBIN)[0] == "bojan"
    assert take(board, FIRST, when=at(29)) is SkipReason.WRAP_UP
