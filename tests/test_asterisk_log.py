"""What Asterisk wrote by itself, read back: whatever is torn, hostile, or there twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callrouter.asterisk_log import cdr
from callrouter.asterisk_log.cdr import ChannelEnd, at_the_door_in, ends_in, ends_of, rotate
from callrouter.asterisk_log.files import NotesFolder
from callrouter.asterisk_log.net_facts import broken_off, facts_of
from callrouter.asterisk_log.notes import CallsInNotes, notes_in
from callrouter.asterisk_log.places import CDR, NOTES
from callrouter.asterisk_log.unseen import unseen_ending
from callrouter.call_record import record_of
from callrouter.commands.fact_words import timeline
from callrouter.commands.why_words import sentence
from callrouter.facts import (
    AgentRung,
    AnsweredByUs,
    Arrived,
    Connected,
    Disposition,
    Ended,
    EndLearned,
    Fact,
    HungUp,
    Message,
    Outcome,
    Party,
    PromptEnded,
    PromptStarted,
    RingingBegan,
    Stage,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWN = "PJSIP%2Ftrunk-00000001"


def line(seconds: float, *words: str, channel: str = "1795.1") -> bytes:
    at = (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return f"<{channel} {at} {' '.join(words)}>\n".encode()


ARRIVED = line(0, "arrived", "700", "%2B38160111", "Jelena", "v1")
SETTINGS = line(0, "settings", "office")
PLAN = line(0, "plan", "ring", "UTC", "sales", "Monday%2009%3A00-17%3A00", "", "")
AMINA = line(0.1, "agent", "amina", "1001", "Amina%20Haddad", "sales", "&PJSIP/1001=NOT_INUSE")
BOJAN = line(0.1, "agent", "bojan", "1002", "Bojan", "sales", "&PJSIP/1002=NOT_INUSE")


def facts(*lines: bytes) -> list[Fact]:
    return facts_of("asterisk-1", tuple(notes_in(lines)))


def test_who_answers_after_another_was_busy() -> None:
    record = record_of(
        facts(
            *(ARRIVED, SETTINGS, PLAN, AMINA),
            line(1, "phone", "PJSIP%2F1001-0000000a", "SIP%20486%20Busy%20Here"),
            line(1, "dialled", "BUSY", "", ""),
            BOJAN.replace(b"00.100", b"01.100"),
            line(13.5, "phone", "PJSIP%2F1002-0000000b", "SIP%20200%20OK"),
            line(13.5, "dialled", "ANSWER", "PJSIP%2F1002-0000000b", "10500"),
            line(13.6, "ended", "16", OWN, OWN),
        )
    )

    assert record.disposition is Disposition.ANSWERED
    assert (record.agent, record.agent_extension, record.agent_group) == ("bojan", "1002", "sales")
    assert (record.waiting_seconds, record.talking_seconds) == (3.0, 10.6)
    assert (record.hung_up_by, record.left_during) == (Party.CALLER, Stage.TALK)
    assert (record.settings, record.settings_version) == ("office", "v1")
    assert [each.outcome for each in record.attempts] == [Outcome.BUSY, Outcome.ANSWERED]
    assert [each.sip_status for each in record.attempts] == [486, None]
    assert record.handled_by_asterisk
    assert sentence(record) == (
        "Bojan of sales answered after 3 s (Monday 09:00-17:00); Amina Haddad was busy; "
        "Asterisk handled it by itself, no router was there."
    )


@pytest.mark.parametrize(
    ("status", "said", "amina", "bojan"),
    [
        ("NOANSWER", "", Outcome.NO_ANSWER, Outcome.NO_ANSWER),
        ("NOANSWER", "SIP%20603%20Decline", Outcome.REJECTED, Outcome.NO_ANSWER),
        ("CANCEL", "SIP%20487%20Terminated", Outcome.CALLER_LEFT, Outcome.CALLER_LEFT),
        ("CANCEL", "SIP%20486%20Busy", Outcome.BUSY, Outcome.CALLER_LEFT),
        ("CHANUNAVAIL", "SIP%20404%20%22x", Outcome.UNREACHABLE, Outcome.UNREACHABLE),
        ("ANSWER", "SIP%20487%20Terminated", Outcome.ANSWERED_ELSEWHERE, Outcome.ANSWERED),
        ("nonsense", "SIP%20nonsense", Outcome.FAILED, Outcome.FAILED),
    ],
)
def test_what_became_of_those_who_were_rung_together(
    status: str, said: str, amina: Outcome, bojan: Outcome
) -> None:
    peer = "PJSIP%2F1002-0000000b" if status == "ANSWER" else ""
    record = record_of(
        facts(
            *(ARRIVED, SETTINGS, PLAN, AMINA, BOJAN),
            line(5, "phone", "PJSIP%2F1001-0000000a", said),
            line(5, "dialled", status, peer, "4000" if peer else ""),
            line(5, "ended", "16", OWN, OWN),
        )
    )

    assert {each.agent: each.outcome for each in record.attempts} == {
        "amina": amina,
        "bojan": bojan,
    }


def test_who_hangs_up_before_it_is_noted_how_the_ringing_went_has_left() -> None:
    record = record_of(
        facts(ARRIVED, SETTINGS, PLAN, AMINA, line(1, "ended", "127", OWN, OWN)),
    )

    assert record.disposition is Disposition.ABANDONED
    assert [each.outcome for each in record.attempts] == [Outcome.CALLER_LEFT]


@pytest.mark.parametrize(
    ("phones", "reason"),
    [
        ("&PJSIP/1001=INUSE", "on_call"),
        ("&PJSIP/1001=RINGINUSE", "on_call"),
        ("&PJSIP/1001=UNAVAILABLE", "unreachable"),
        ("&PJSIP/1001=NOT_INUSEoff", "logged_out"),
        ("", "unreachable"),
    ],
)
def test_why_somebody_was_not_rung(phones: str, reason: str) -> None:
    agent = line(0.1, "agent", "amina", "1001", "Amina", "sales", phones)
    record = record_of(
        facts(
            *(ARRIVED, SETTINGS, PLAN, agent),
            line(0.2, "nobody", "unavailable", "agent_unavailable_message"),
            line(3, "said", "SUCCESS"),
            line(3, "ended", "16", "dialplan%2Fbuiltin", OWN),
        )
    )

    assert [each.skip_reason for each in record.attempts] == [reason]
    assert record.disposition is Disposition.UNAVAILABLE
    assert record.message is Message.UNAVAILABLE
    assert (record.hung_up_by, record.left_during) == (Party.CALLROUTER, Stage.MESSAGE)


def test_an_agent_who_hangs_up_and_a_greeting_before() -> None:
    found = facts(
        *(ARRIVED, SETTINGS, PLAN, line(0, "says", "greeting_message")),
        *(line(2, "said", "SUCCESS"), AMINA.replace(b"00.100", b"02.100")),
        line(9, "dialled", "ANSWER", "PJSIP%2F1001-0000000a", "5000"),
        line(9, "ended", "16", "PJSIP%2F1001-0000000a", OWN),
    )
    record = record_of(found)

    assert record.hung_up_by is Party.AGENT
    assert record.answered_at == NOON
    assert record.agent_answered_at == NOON + timedelta(seconds=4)
    assert [each for each in found if isinstance(each, PromptEnded)]


def test_an_unknown_number_is_refused() -> None:
    record = record_of(
        facts(
            ARRIVED,
            line(0, "nobody", "rejected", ""),
            line(2, "said", "SUCCESS"),
            line(2, "ended", "16", "dialplan%2Fbuiltin", OWN),
        )
    )

    assert record.disposition is Disposition.REJECTED
    assert record.decision == "unknown_number"


def test_who_left_at_once_is_abandoned() -> None:
    record = record_of(facts(ARRIVED, line(0, "ended", "127", "", OWN)))

    assert record.disposition is Disposition.ABANDONED
    assert record.left_during is Stage.ARRIVAL


def test_asterisk_that_dies_in_a_call_interrupts_it() -> None:
    known = facts(ARRIVED, SETTINGS, PLAN, AMINA)
    record = record_of([*known, *broken_off(known, NOON + timedelta(hours=1))])

    assert record.disposition is Disposition.INTERRUPTED
    assert "Asterisk ended during the call" in (record.error or "")


def test_notes_of_a_call_without_arrival_are_no_call() -> None:
    assert facts(SETTINGS, line(1, "ended", "16", OWN, OWN)) == []


words = st.text(max_size=80).map(lambda word: quote(word, safe=""))


@given(number=words, caller=words, name=words)
def test_whatever_a_caller_chose_is_his_number_and_name(
    number: str, caller: str, name: str
) -> None:
    arrived = line(0, "arrived", number, caller, name, "v1")
    (first, *_) = facts(arrived)

    assert isinstance(first, Arrived)
    assert [quote(each, safe="") for each in (first.number, first.caller_number)] == [
        number,
        caller,
    ]
    assert quote(first.caller_name, safe="") == name


@given(name=st.binary(max_size=100))
def test_bytes_that_are_no_text_harm_no_other_call(name: bytes) -> None:
    arrived = line(0, "arrived", "700", "", quote(name), "v1")

    assert len(facts(arrived)) == 2


@given(cut_at=st.integers(0, 200), between=st.binary(max_size=50).filter(lambda b: b"<" not in b))
def test_a_torn_note_costs_itself_only(cut_at: int, between: bytes) -> None:
    torn = PLAN.rstrip(b"\n")[:cut_at]
    data = ARRIVED + torn[:-1] + between.replace(b">", b"") + SETTINGS

    kinds = [note.kind for note in notes_in(data.splitlines(keepends=True))]
    assert kinds == ["arrived", "settings"]


@given(st.lists(st.binary(max_size=60) | st.sampled_from([ARRIVED, AMINA, PLAN]), max_size=8))
def test_no_bytes_are_too_strange(lines: list[bytes]) -> None:
    found = facts(*lines, line(9, "ended", "16", OWN, OWN))

    if found:
        assert record_of(found).ended_at is not None
        assert timeline(found)
        assert sentence(record_of(found))


_KINDS = ["arrived", "settings", "plan", "says", "said", "agent", "phone", "dialled", "nobody"]


@given(st.lists(st.tuples(st.sampled_from(_KINDS), st.lists(words, max_size=6)), max_size=8))
def test_no_words_are_too_strange(notes: list[tuple[str, list[str]]]) -> None:
    lines = [line(place, kind, *words) for place, (kind, words) in enumerate(notes, 1)]
    found = facts(ARRIVED, *lines, line(99, "ended", "16", OWN, OWN))

    assert record_of(found).disposition is not None
    assert isinstance(found[-1], Ended)


def test_a_note_that_is_there_twice_counts_once() -> None:
    calls = CallsInNotes()
    lines = (ARRIVED, AMINA, ARRIVED, AMINA, line(1, "ended", "16", OWN, OWN))

    (notes,) = calls.ended(notes_in(lines))
    assert [note.kind for note in notes] == ["arrived", "agent", "ended"]
    assert calls.open == {}


def test_calls_side_by_side_are_told_apart() -> None:
    calls = CallsInNotes()
    other = ARRIVED.replace(b"1795.1", b"1795.2")
    ended = list(calls.ended(notes_in((ARRIVED, other, line(1, "ended", "16", OWN, OWN)))))

    assert [[note.channel for note in notes] for notes in ended] == [["1795.1", "1795.1"]]
    assert list(calls.open) == ["1795.2"]


# The notes' files


@pytest.fixture
def log_dir(tmp_path: Path) -> Path:
    (tmp_path / "cdr-csv").mkdir()
    return tmp_path


def test_what_is_taken_is_read_in_order_and_removed(log_dir: Path) -> None:
    folder = NotesFolder(log_dir)
    assert not folder.take()
    (log_dir / NOTES).write_bytes(ARRIVED)
    assert folder.take()
    (log_dir / NOTES).write_bytes(SETTINGS)
    assert folder.take()

    files = folder.taken()
    notes = list(folder.notes(files))
    assert [note.kind for note in notes] == ["arrived", "settings"]
    folder.keep(notes[:1])
    folder.remove(files)
    (kept,) = folder.taken()
    assert kept.read_bytes() == ARRIVED
    assert kept > files[-1]


def test_a_folder_that_cannot_be_used_says_which(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="cdr-csv"):
        NotesFolder(tmp_path).check()


# Asterisk's own call records

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def row(
    channel: str,
    end: str,
    *,
    name: str = "Jelena",
    peer: str = "",
    answer: str = "",
    more: str = "",
) -> bytes:
    doubled = name.replace('"', '""')
    answered = f'"{answer}"' if answer else ""
    return (
        f'"","+38160111","700","from-trunk","""{doubled}"" <+38160111>","PJSIP/trunk-1",'
        f'"{peer}","Stasis","callrouter,incoming","2026-11-22 12:00:00",{answered},"{end}",8,8,'
        f'"ANSWERED","DOCUMENTATION","{channel}"{more}\n'
    ).encode()


END = "2026-11-22 12:00:08"
ENDED = ChannelEnd(NOON + timedelta(seconds=8))


def test_when_a_channel_ended_and_its_talk() -> None:
    lines = [
        row("1.1", END, peer="PJSIP/1001-1", answer="2026-11-22 12:00:01"),
        row("1.1", "2026-11-22 12:00:09"),
        row("1.2", END, more=',"field"'),
    ]

    assert ends_in(lines, {"1.1", "1.2", "1.3"}) == {
        "1.1": ChannelEnd(
            NOON + timedelta(seconds=9),
            NOON + timedelta(seconds=1),
            NOON + timedelta(seconds=8),
            "PJSIP/1001",
        ),
        "1.2": ENDED,
    }


@given(name=st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])))
def test_no_name_makes_up_a_row(name: str) -> None:
    lines = [row("1.2", END, name=name), row("1.1", END, name=f'{name}","1.2"')]

    assert ends_in(lines, {"1.1", "1.2"}) == {"1.1": ENDED, "1.2": ENDED}


@given(
    name=st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"])),
    ended=st.lists(st.integers(0, 20), max_size=8),
    since=st.floats(0, 20),
    more=st.sampled_from(["", ',"field"']),
)
def test_who_was_at_the_door_since(name: str, ended: list[int], since: float, more: str) -> None:
    moments = [NOON + timedelta(seconds=seconds) for seconds in ended]
    lines = [
        row(f"1.{n}", f"{at:%Y-%m-%d %H:%M:%S}", name=name, more=more, answer="")
        for n, at in enumerate(moments)
    ]
    bound = (NOON + timedelta(seconds=since)).astimezone(ZoneInfo("Europe/Belgrade"))
    found = at_the_door_in([b'"torn', *lines], "callrouter", bound)
    assert list(found) == [f"1.{n}" for n, at in enumerate(moments) if at >= bound]
    assert at_the_door_in(lines, "another", bound) == {}


@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(0, 150))
def test_torn_and_strange_rows_are_left_out(strange: list[bytes], cut_at: int) -> None:
    torn = row("1.3", END)[:cut_at]
    lines = [*strange, torn + b"\n", row("1.1", END)]

    assert ends_in(lines, {"1.1", "1.3"}) == {"1.1": ENDED}


def test_records_are_rotated_when_full_and_read_all_the_same(
    log_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cdr, "FILE_BYTES", 100)
    for place in range(6):
        (log_dir / CDR).write_bytes(row(f"1.{place}", END))
        rotate(log_dir)
    assert sorted(path.name for path in (log_dir / CDR).parent.iterdir()) == [
        f"Master.csv.{place}" for place in (1, 2, 3)
    ]
    (log_dir / CDR).write_bytes(b"small")
    rotate(log_dir)

    monkeypatch.undo()
    found = ends_of(log_dir, [f"1.{place}" for place in range(6)], LONG_AGO)
    assert sorted(found) == ["1.3", "1.4", "1.5"]
    assert ends_of(log_dir, ["1.5"], datetime.now(UTC) + timedelta(hours=1)) == {}


# How a call ended that no router saw

BEGUN: list[Fact] = [
    Arrived(
        at=NOON,
        entity_id="a",
        channel_id="1.1",
        number="700",
        caller_number="",
        caller_name="",
    ),
    AnsweredByUs(at=NOON),
    PromptStarted(at=NOON, message=Message.GREETING),
]
RUNG: list[Fact] = [
    *BEGUN,
    RingingBegan(at=NOON),
    AgentRung(at=NOON, agent="amina", extension="1001", phones=("PJSIP/1001",)),
]
TALK: list[Fact] = [*RUNG, Connected(at=NOON, agent="amina")]
LATER, NOW = NOON + timedelta(minutes=1), NOON + timedelta(minutes=2)
AT = NOON + timedelta(seconds=8)


def test_a_talk_ended_when_asterisk_says() -> None:
    ending = unseen_ending(TALK, ChannelEnd(LATER, NOON, AT), LATER, NOW)
    record = record_of([*TALK, *ending])

    assert record.disposition is Disposition.ANSWERED
    assert record.ended_at == AT
    assert record.talking_seconds == 8.0
    assert record.hung_up_by is None
    assert record.left_during is Stage.TALK
    assert record.error is None


def test_a_talk_that_began_as_the_router_died_was_one() -> None:
    """Asterisk knows with which phone; that of who is rung, and no other's."""
    bojan = AgentRung(at=NOON, agent="bojan", extension="1002", phones=("PJSIP/1002",))
    rung = [*RUNG, bojan]
    record = record_of(
        [*rung, *unseen_ending(rung, ChannelEnd(AT, NOON, AT, "PJSIP/1001"), LATER, NOW)]
    )
    assert (record.disposition, record.agent) == (Disposition.ANSWERED, "amina")
    assert record.talking_seconds == 8.0
    assert [each.outcome for each in record.attempts] == [
        Outcome.ANSWERED,
        Outcome.ANSWERED_ELSEWHERE,
    ]
    for end in (ChannelEnd(AT, NOON, AT, "PJSIP/1009"), ChannelEnd(AT, NOON, None)):
        record = record_of([*rung, *unseen_ending(rung, end, LATER, NOW)])
        assert record.disposition is Disposition.ABANDONED


@pytest.mark.parametrize(("begun", "stage"), [(BEGUN, Stage.GREETING), (RUNG, Stage.RINGING)])
def test_who_left_while_nobody_was_there_is_abandoned(begun: list[Fact], stage: Stage) -> None:
    record = record_of([*begun, *unseen_ending(begun, ENDED, LATER, NOW)])

    assert record.disposition is Disposition.ABANDONED
    assert (record.hung_up_by, record.left_during) == (Party.CALLER, stage)
    assert record.waiting_seconds == 8.0
    assert all(each.outcome is Outcome.CALLER_LEFT for each in record.attempts)


def test_an_answer_that_was_not_written_any_more_is_known_to_asterisk() -> None:
    begun = RUNG[:1]
    record = record_of([*begun, *unseen_ending(begun, ChannelEnd(AT, AT), LATER, NOW)])
    assert record.answered_at is not None
    assert record_of([*begun, *unseen_ending(begun, ENDED, LATER, NOW)]).answered_at is None


def test_who_was_hung_up_by_a_router_that_died_then_had_left_by_asterisks_account() -> None:
    """Also where that router had written that it hung up, and no more."""
    begun = [*RUNG, HungUp(at=AT, by=Party.CALLROUTER, stage=Stage.MESSAGE)]
    record = record_of([*begun, *unseen_ending(begun, ENDED, LATER, NOW)])
    assert record.ended_at == max(AT, ENDED.ended_at)
    assert record.hung_up_by is Party.CALLROUTER


def test_what_ended_when_a_router_was_there_again_is_not_known() -> None:
    assert unseen_ending(RUNG, ChannelEnd(LATER), LATER, NOW) == ()
    assert unseen_ending(TALK, ChannelEnd(AT), LATER, NOW) == ()


def test_an_end_is_never_before_what_was_known() -> None:
    early = ChannelEnd(NOON - timedelta(seconds=1))

    (learned, *_) = unseen_ending(RUNG, early, LATER, NOW)
    assert isinstance(learned, EndLearned)
    assert learned.at == NOON
