"""Feature codes that agents dial, on the in-memory Asterisk: obeyed, confirmed, nothing left."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callrouter.ari.errors import AriError
from callrouter.ari.events import Channel, DialplanPosition, StasisStart
from callrouter.calls.agents import AgentBoard
from callrouter.calls.feature_code import (
    FeatureCodeCall,
    agent_on,
    dialled_code,
    is_feature_code,
    obey,
)
from callrouter.calls.inbox import CallerLost, InboxEvent, RouterStopping, TakenOver
from callrouter.calls.live_changes import MOST_WAITING, LiveChanges, closings_in_force
from callrouter.routing.model import (
    Agent,
    FeatureCode,
    Override,
    OverrideKind,
    Prompt,
    RoutingTable,
    Sentence,
)
from callrouter.routing.status import AgentStatus, ChangeRefused
from callrouter.switchboard import Switchboard
from tests.fakes import clock
from tests.fakes.asterisk import FakeAsterisk
from tests.routing.company import OFFICE, TABLE

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)  # Monday, 10:30 in Belgrade, 13:30 in Dubai
MIDNIGHT = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # in Belgrade

COMPANY = replace(
    TABLE,
    timezone="Europe/Belgrade",
    agents={
        **TABLE.agents,
        "boss": Agent("boss", "Boss", "1009", ("PJSIP/1009",), may_override=True),
    },
    settings={
        "head-office": OFFICE,
        "dubai": replace(OFFICE, name="dubai", timezone="Asia/Dubai"),
    },
    numbers={"700": "head-office", "800": "dubai", "*99": "dubai"},
    feature_codes={
        "*11": FeatureCode.LOG_IN,
        "*12": FeatureCode.LOG_OUT,
        "*13": FeatureCode.PAUSE,
        "*14": FeatureCode.UNPAUSE,
        "*21": FeatureCode.CLOSE,
        "*22": FeatureCode.REOPEN,
    },
    pause_reasons={"1": "lunch", "2": "training"},
    sentences={each: Prompt(media=f"/prompts/{each}", seconds=2.0) for each in Sentence},
)


class Desk:
    """What the router would keep: the table as it is amended, and what waits."""

    def __init__(self, table: RoutingTable = COMPANY) -> None:
        self.table = self.compiled = table
        self.board = AgentBoard()
        self.live = LiveChanges(self.board)

    def dials(self, agent: str | None, code: str, at: datetime = NOW) -> Sentence:
        who = None if agent is None else self.table.agents[agent]
        sentence = obey(self.table, who, code, self.live, at)
        self.table = self.live.amended(self.compiled)
        return sentence

    def closed(self, at: datetime = NOW) -> set[str]:
        return {
            name
            for name, settings in self.table.settings.items()
            if any(o.holds(at) and o.kind is OverrideKind.CLOSED for o in settings.overrides)
        }


# Statuses


def test_each_code_changes_the_board_at_once_and_waits_for_the_database() -> None:
    desk = Desk()
    assert desk.dials("amina", "*13") is Sentence.PAUSED
    assert desk.board.status("amina").paused == ""
    assert desk.board.status("amina").since == NOW
    assert desk.dials("amina", "*131") is Sentence.PAUSED
    assert desk.board.status("amina").paused == "lunch"
    assert desk.dials("amina", "*14") is Sentence.UNPAUSED
    assert desk.board.status("amina").paused is None
    assert desk.dials("amina", "*12") is Sentence.LOGGED_OUT
    assert not desk.board.status("amina").logged_in
    assert desk.live.unwritten().statuses == {
        "amina": AgentStatus(False, None, NOW, "amina's phone")
    }
    assert desk.dials("amina", "*11") is Sentence.LOGGED_IN
    assert desk.board.status("amina").logged_in
    assert desk.live.waits.is_set()


@pytest.mark.parametrize(
    ("agent", "code", "why"),
    [
        ("amina", "*133", "no pause reason '3'"),
        ("amina", "*111", "no such feature code"),
        ("amina", "*77", "no such feature code"),
        ("amina", "*", "no such feature code"),
        (None, "*13", "no agent's"),
        ("amina", "*21", "no may_override"),
        ("amina", "*22700", "no may_override"),
        ("boss", "*21999", "no settings list the number '999'"),
    ],
)
def test_refused(agent: str | None, code: str, why: str) -> None:
    desk = Desk()
    with pytest.raises(ChangeRefused, match=why):
        desk.dials(agent, code)
    assert not desk.live.waits.is_set()


def test_of_two_codes_that_fit_the_longer_one_is_meant() -> None:
    codes = {"*1": FeatureCode.PAUSE, "*13": FeatureCode.LOG_OUT}
    company = replace(COMPANY, feature_codes=codes)
    assert dialled_code(company, "*13") == (FeatureCode.LOG_OUT, "")
    assert dialled_code(company, "*12") == (FeatureCode.PAUSE, "2")


# Closing and opening


def test_everything_is_closed_until_midnight_and_opened_again() -> None:
    desk = Desk()
    assert desk.dials("boss", "*21") is Sentence.CLOSED
    assert desk.closed() == {"head-office", "dubai"}
    (closing,) = desk.live.unwritten().begun.values()
    assert (closing.until_at, closing.settings, closing.author) == (MIDNIGHT, (), "boss's phone")
    assert desk.closed(MIDNIGHT) == set()
    assert desk.dials("boss", "*21") is Sentence.CLOSED
    assert len(desk.live.unwritten().begun) == 1, "it was closed already"
    assert desk.dials("boss", "*22") is Sentence.REOPENED
    assert desk.closed() == set()
    assert list(desk.live.unwritten().ended) == [closing.id]


def test_the_settings_of_one_number_are_closed_until_their_own_midnight() -> None:
    desk = Desk()
    assert desk.dials("boss", "*21800") is Sentence.CLOSED
    assert desk.closed() == {"dubai"}
    (closing,) = desk.live.unwritten().begun.values()
    assert closing.until_at == datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
    assert desk.dials("boss", "*22700") is Sentence.REOPENED, "it is open anyway"
    assert desk.closed() == {"dubai"}
    assert desk.dials("boss", "*22800") is Sentence.REOPENED
    assert desk.closed() == set()


def test_one_number_cannot_be_opened_while_everything_is_closed() -> None:
    desk = Desk()
    desk.dials("boss", "*21")
    with pytest.raises(ChangeRefused, match="all settings are closed"):
        desk.dials("boss", "*22700")


def test_nor_while_it_is_closed_together_with_others() -> None:
    both = Override("x", OverrideKind.CLOSED, settings=("head-office", "dubai"), live=True)
    settings = {n: replace(s, overrides=(both,)) for n, s in COMPANY.settings.items()}
    desk = Desk(replace(COMPANY, settings=settings))
    with pytest.raises(ChangeRefused, match="together with others"):
        desk.dials("boss", "*22700")
    assert desk.dials("boss", "*22") is Sentence.REOPENED
    assert desk.closed() == set()


def test_what_the_configuration_closes_stays_closed() -> None:
    configured = Override("x", OverrideKind.CLOSED)
    office = replace(OFFICE, overrides=(configured,))
    desk = Desk(replace(COMPANY, settings={"head-office": office}))
    assert closings_in_force(desk.table, NOW) == ()
    desk.dials("boss", "*22")
    assert desk.closed() == {"head-office"}


def test_a_closing_of_another_end_is_another_closing() -> None:
    desk = Desk()
    desk.dials("boss", "*21")
    desk.dials("boss", "*21", at=NOW + timedelta(days=1))
    assert len(desk.live.unwritten().begun) == 2


def test_so_many_closings_wait_at_most() -> None:
    desk = Desk()
    for day in range(MOST_WAITING):
        desk.dials("boss", "*21", at=NOW + timedelta(days=day))
    with pytest.raises(ChangeRefused, match="wait for the database"):
        desk.dials("boss", "*21", at=NOW + timedelta(days=MOST_WAITING))


# The database


def test_what_waits_wins_over_what_is_read_until_it_is_written() -> None:
    desk = Desk()
    earlier = AgentStatus(False, None, NOW - timedelta(hours=1), "boss")
    desk.live.know({"amina": earlier, "bojan": earlier})
    assert not desk.board.status("bojan").logged_in
    desk.dials("amina", "*11")
    desk.live.know({"amina": earlier})
    assert desk.board.status("amina").logged_in
    assert desk.board.status("bojan").logged_in, "his row is gone"
    desk.live.wrote(desk.live.unwritten())
    assert not desk.live.waits.is_set()
    desk.live.know({"amina": earlier})
    assert not desk.board.status("amina").logged_in, "somebody else has said so since"


def test_what_changes_while_it_is_written_is_written_next() -> None:
    desk = Desk()
    desk.dials("amina", "*13")
    desk.dials("boss", "*21")
    writing = desk.live.unwritten()
    desk.dials("amina", "*14", at=NOW + timedelta(seconds=1))
    desk.dials("boss", "*22")
    desk.live.wrote(writing)
    after = desk.live.unwritten()
    assert after.statuses["amina"].paused is None
    assert (dict(after.begun), len(after.ended)) == ({}, 1)
    assert desk.live.waits.is_set()
    desk.live.wrote(after)
    assert not desk.live.waits.is_set()


def test_a_table_that_is_loaded_meanwhile_is_amended_too() -> None:
    desk = Desk()
    desk.dials("boss", "*21")
    desk.table = desk.live.amended(COMPANY)
    assert desk.closed() == {"head-office", "dubai"}
    (closing,) = desk.live.unwritten().begun.values()
    known = {n: replace(s, overrides=(closing,)) for n, s in COMPANY.settings.items()}
    compiled = replace(COMPANY, settings=known)
    assert desk.live.amended(compiled) == compiled
    desk.live.wrote(desk.live.unwritten())
    assert desk.live.amended(compiled) == compiled


def test_what_others_set_and_end_holds_before_the_table_is_compiled_with_it() -> None:
    desk = Desk()
    theirs = Override("theirs", OverrideKind.CLOSED, settings=("dubai",), live=True)
    desk.live.know_overrides([theirs])
    desk.table = desk.live.amended(COMPANY)
    assert desk.closed() == {"dubai"}
    dubai = replace(COMPANY.settings["dubai"], overrides=(theirs,))
    compiled = replace(COMPANY, settings={**COMPANY.settings, "dubai": dubai})
    assert desk.live.amended(compiled) == compiled
    desk.live.know_overrides([])
    desk.table = desk.live.amended(compiled)
    assert desk.closed() == set(), "ended"
    assert desk.live.amended(COMPANY) == COMPANY


def test_a_closing_that_was_written_holds_until_it_is_read() -> None:
    desk = Desk()
    desk.dials("boss", "*21")
    desk.live.wrote(desk.live.unwritten())
    desk.table = desk.live.amended(COMPANY)
    assert desk.closed() == {"head-office", "dubai"}
    desk.dials("boss", "*22")
    desk.live.wrote(desk.live.unwritten())
    desk.table = desk.live.amended(COMPANY)
    assert desk.closed() == set()


# Whose phone


@pytest.mark.parametrize(
    ("channel", "agent"),
    [
        ("PJSIP/1001-00000002", "amina"),
        ("PJSIP/1001", None),
        ("PJSIP/100-1001", None),
        ("Local/1001@from-agents-00000002;1", None),
        ("PJSIP/provider-00000003", None),
        ("", None),
    ],
)
def test_whose_phone_it_is_says_the_channel(channel: str, agent: str | None) -> None:
    found = agent_on(COMPANY, channel)
    assert (found and found.id) == agent


@pytest.mark.parametrize(
    ("channel", "exten", "args", "is_one"),
    [
        pytest.param("PJSIP/1001-01", "*13", ("code",), True, id="a code"),
        pytest.param("PJSIP/1001-01", "*77", ("code",), True, id="no code, which is answered"),
        pytest.param("PJSIP/1001-01", "*99", ("code",), False, id="a number of the company"),
        pytest.param(
            "PJSIP/1001-01", "*13", ("incoming",), False, id="not from the codes' context"
        ),
        pytest.param("PJSIP/1001-01", "h", ("left", "%2A13"), True, id="too fast"),
        pytest.param("PJSIP/1001-01", "h", ("left", "700"), False, id="called and was too fast"),
        pytest.param("PJSIP/trunk-01", "h", ("left", "%2A13"), False, id="too fast, from outside"),
        pytest.param("PJSIP/1001-01", "h", ("left",), False, id="too fast to dial"),
    ],
)
def test_what_is_a_feature_code(
    channel: str, exten: str, args: tuple[str, ...], is_one: bool
) -> None:
    start = StasisStart(Channel("1", channel, dialplan=DialplanPosition("x", exten)), "e", args)
    assert is_feature_code(COMPANY, start) is is_one


# On the phone


@dataclass
class OnThePhone:
    """One dialled code on the in-memory Asterisk, and what passed between it and us."""

    table: RoutingTable = COMPANY
    playback_seconds: float = 2.0
    fail: dict[str, Exception] = field(default_factory=dict)
    tell: tuple[float, InboxEvent] | None = None
    leaves_at: float | None = None
    obey: Callable[[Agent | None, str], Sentence] | None = None
    left_behind: bool = False

    def dial(self, code: str, extension: str = "1001") -> list[str]:
        return clock.run(self._dial(code, extension))

    async def _dial(self, code: str, extension: str) -> list[str]:
        seconds = {f"/prompts/{each}": self.playback_seconds for each in Sentence}
        asterisk = FakeAsterisk([], seconds)
        asterisk.fail = self.fail
        begun: list[FeatureCodeCall] = []
        desk = Desk(self.table)

        def obeyed(agent: Agent | None, dialled: str) -> Sentence:
            return obey(self.table, agent, dialled, desk.live, NOW)

        def new_caller(start: StasisStart) -> None:
            begun.append(
                FeatureCodeCall(start, asterisk, switchboard, self.obey or obeyed, self.table)
            )

        switchboard = Switchboard(new_caller, new_caller)
        asterisk.plug_in(switchboard, desk.board)
        asterisk.dial_code(extension, code)
        if self.leaves_at is not None:
            asterisk.hang_up_at(f"PJSIP/{extension}-00000001", self.leaves_at)
        if self.tell is not None:
            after, event = self.tell
            asyncio.get_running_loop().call_later(after, lambda: begun[0].inbox.put(event))
        await asyncio.sleep(0.01)
        await begun[0].run()
        assert len(switchboard) == 0
        assert bool(asterisk.channels) is self.left_behind
        return [
            line[10:].replace(f"PJSIP/{extension}-00000001", "phone")
            for line in asterisk.transcript
        ]


@contextmanager
def warned(caplog: pytest.LogCaptureFixture, words: str) -> Iterator[None]:
    yield
    said = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert any(words in each for each in said), said


def test_a_code_is_answered_confirmed_and_hung_up() -> None:
    assert OnThePhone().dial("*13") == [
        "1001 dials *13",
        "answer phone",
        "play phone paused",
        "played",
        "hang up phone",
    ]


def test_what_is_refused_is_said_so(caplog: pytest.LogCaptureFixture) -> None:
    with warned(caplog, "feature code '*21' of amina: the agent has no may_override"):
        assert "play phone not_allowed" in OnThePhone().dial("*21")


def test_a_phone_that_is_no_agents_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    with warned(caplog, "the phone is no agent's"):
        assert "play phone not_allowed" in OnThePhone().dial("*13", extension="2001")


def test_who_hangs_up_in_the_sentence_has_been_obeyed_all_the_same() -> None:
    assert OnThePhone(leaves_at=1.0).dial("*13")[-1] == "phone hangs up"


def test_a_sentence_that_was_never_rendered(caplog: pytest.LogCaptureFixture) -> None:
    with warned(caplog, "the sentence paused was never rendered"):
        said = OnThePhone(replace(COMPANY, sentences={})).dial("*13")
    assert said[-2:] == ["answer phone", "hang up phone"]


def test_a_playback_that_never_ends(caplog: pytest.LogCaptureFixture) -> None:
    with warned(caplog, "the playback never ended"):
        assert OnThePhone(playback_seconds=float("inf")).dial("*13")[-1] == "hang up phone"


@pytest.mark.parametrize(
    ("fields", "last"),
    [
        pytest.param({"tell": (1.0, RouterStopping())}, "hang up phone", id="the router stops"),
        pytest.param({"fail": {"play": AriError("no")}}, "hang up phone", id="play fails"),
        pytest.param(
            {"tell": (1.0, TakenOver()), "left_behind": True},
            "play phone paused",
            id="another router has it now",
        ),
        pytest.param(
            {"tell": (1.0, CallerLost()), "left_behind": True},
            "play phone paused",
            id="lost while we could not hear",
        ),
        pytest.param(
            {"fail": {"hang_up": AriError("no")}, "left_behind": True},
            "hang up phone",
            id="hanging up fails",
        ),
    ],
)
def test_troubles(fields: dict[str, Any], last: str) -> None:
    said = OnThePhone(**fields).dial("*13")
    assert [line for line in said if line != "played"][-1] == last


def test_a_bug_ends_it_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def bug(_agent: Agent | None, _dialled: str) -> Sentence:
        raise ZeroDivisionError

    with warned(caplog, "feature code '*13' from PJSIP/1001-00000001 failed"):
        assert OnThePhone(obey=bug).dial("*13") == ["1001 dials *13", "hang up phone"]
