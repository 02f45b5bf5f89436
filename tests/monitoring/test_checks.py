"""Each thing that can be wrong is told under its code, with what to do, and nothing else is."""

from dataclasses import replace

import pytest

from callrouter.monitoring.alarms import Alarm, State
from callrouter.monitoring.checks import AsteriskSeen, DiskSeen, Seen, SpoolSeen, Verdict, verdicts

HEARD, DEAF = AsteriskSeen("http://one", True), AsteriskSeen("http://two", False)
ROOMY = DiskSeen("spool", "/spool", free_bytes=10**10, total_bytes=10**11)
SPOOL = SpoolSeen("/spool", most_bytes=1000)
WELL = Seen(
    started=True,
    asterisk=(HEARD,),
    spool=SPOOL,
    configuration="abc",
    disks=(ROOMY,),
    descriptors=40,
    most_descriptors=1024,
)

WRONG = {
    Alarm.STARTING: (replace(WELL, started=False, asterisk=()), State.DOWN, "waited for"),
    Alarm.STOPPING: (replace(WELL, stopping=True), State.DOWN, "No new calls"),
    Alarm.ASTERISK_AWAY: (replace(WELL, asterisk=(HEARD, DEAF)), State.DOWN, "not heard"),
    Alarm.OVERLOAD: (replace(WELL, overload=True), State.DEGRADED, "new calls are refused"),
    Alarm.EVENTS_LATE: (replace(WELL, events_late=2.0), State.DEGRADED, "2.0 s late"),
    Alarm.LOOP_LATE: (replace(WELL, loop_late=20.0), State.DEGRADED, "held up for 20.0 s"),
    Alarm.DATABASE_AWAY: (
        replace(WELL, database_away=True, records_waiting=7),
        State.DOWN,
        "7 records wait",
    ),
    Alarm.RECORDS_REFUSED: (replace(WELL, records_refused_lately=2), State.DEGRADED, "refused 2"),
    Alarm.SPOOL_FILLING: (
        replace(WELL, spool=replace(SPOOL, bytes=700)),
        State.DEGRADED,
        "70 % of what /spool may hold",
    ),
    Alarm.SPOOL_REFUSED: (
        replace(WELL, spool=replace(SPOOL, bytes=990, refuses=True)),
        State.DOWN,
        "wait in memory only",
    ),
    Alarm.CONFIGURATION_REFUSED: (
        replace(WELL, problems=("a.yaml:3: no agent", "more")),
        State.DEGRADED,
        "abc goes on: a.yaml:3: no agent (and 1 more)",
    ),
    Alarm.NET_STALE: (replace(WELL, net_trouble="no space"), State.DEGRADED, "no space"),
    Alarm.DISK_LOW: (
        replace(WELL, disks=(replace(ROOMY, free_bytes=100 * 1024 * 1024),)),
        State.DEGRADED,
        "100 MB left",
    ),
    Alarm.DISK_FULL: (replace(WELL, disks=(replace(ROOMY, free_bytes=0),)), State.DOWN, "is full"),
    Alarm.LOG_REFUSED: (replace(WELL, log_lines_lost_lately=3), State.DEGRADED, "3 lines"),
    Alarm.DESCRIPTORS_LOW: (replace(WELL, descriptors=900), State.DEGRADED, "900 of 1024"),
    Alarm.CLOCK_STEPPED: (replace(WELL, clock_step=-60.0), State.DEGRADED, "-60.0 s"),
}


def wrong(seen: Seen) -> list[Verdict]:
    return [each for each in verdicts(seen) if each.state is not State.OK]


def test_all_is_well() -> None:
    assert wrong(WELL) == []
    parts = {each.part for each in verdicts(WELL)}
    assert len(parts) == len(verdicts(WELL))
    assert {"router", "asterisk", "database", "spool", "configuration", "disk", "event_loop"} <= {
        part.check for part in parts
    }


@pytest.mark.parametrize("alarm", Alarm)
def test_each_alarm_has_its_state_its_words_and_a_remedy(alarm: Alarm) -> None:
    seen, state, words = WRONG[alarm]
    (found,) = wrong(seen)
    assert (found.alarm, found.state) == (alarm, state)
    assert words in found.says
    assert found.remedy.endswith(".")


def test_a_folder_that_cannot_be_written_to_is_as_bad_as_a_full_disk() -> None:
    (found,) = wrong(replace(WELL, disks=(replace(ROOMY, trouble="/spool cannot be written to."),)))
    assert (found.alarm, found.says) == (Alarm.DISK_FULL, "/spool cannot be written to.")
    assert "writable" in found.remedy


def test_an_asterisk_that_cannot_be_used_says_why_itself() -> None:
    old = replace(DEAF, error="http://two: Asterisk 18.9.0 is too old")
    (found,) = wrong(replace(WELL, asterisk=(HEARD, old)))
    assert (found.part.subject, found.says) == ("http://two", old.error)


@pytest.mark.parametrize(
    ("seen", "ready"),
    [
        (WELL, True),
        (replace(WELL, asterisk=(HEARD, DEAF)), True),
        (replace(WELL, asterisk=(DEAF,)), False),
        (replace(WELL, stopping=True), False),
        (replace(WELL, database_away=True), True),
        (Seen(), False),
    ],
    ids=["well", "one of two", "deaf", "stopping", "no database", "starting"],
)
def test_it_is_ready_while_calls_can_come_and_may(seen: Seen, ready: bool) -> None:
    assert seen.ready is ready
