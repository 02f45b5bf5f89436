"""The other two accounts of each call: Asterisk's own call records, and ours."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

_SRC, _CHANNEL, _ANSWER, _END, _UNIQUE_ID = 1, 5, 10, 11, 16


@dataclass(slots=True)
class AsteriskSaw:
    """A caller's channel in Asterisk's own records, whole seconds since the epoch."""

    channel: str
    caller: str
    ended: float
    answered: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """An agent who was rung, from when to when; None where that is not known."""

    agent: str
    began: float
    over: float | None


@dataclass(frozen=True, slots=True)
class WeSay:
    """One of our records. `by_asterisk`: no router was there. `ended` is None while it lives."""

    channel: str
    caller: str
    arrived: float
    ended: float | None
    disposition: str
    answered: bool
    by_asterisk: bool = False
    taken_up: bool = False
    attempts: tuple[Attempt, ...] = ()


def asterisk_saw(rows: Iterable[str], agents: set[str], stage: str) -> dict[str, AsteriskSaw]:
    """Callers' channels of a stage; those of agents' phones are left out."""
    seen: dict[str, AsteriskSaw] = {}
    for row in csv.reader(rows):
        account = row[_CHANNEL].partition("/")[2].rpartition("-")[0]
        if account in agents or not row[_SRC].startswith(stage):
            continue
        channel, ended, answered = row[_UNIQUE_ID], _moment(row[_END]), _moment(row[_ANSWER])
        saw = seen.setdefault(channel, AsteriskSaw(channel, row[_SRC], ended or 0.0))
        saw.ended = max(saw.ended, ended or 0.0)
        saw.answered = saw.answered or answered
    return seen


def cdr_rows(log_dir: Path) -> list[str]:
    file = log_dir / "cdr-csv" / "Master.csv"
    return file.read_text(errors="replace").splitlines() if file.exists() else []


def _moment(written: str) -> float | None:
    if not written:
        return None
    return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


_CALLS = """
SELECT id, channel_id, caller_number, arrived_at, ended_at, coalesce(disposition, '') disposition,
       answered_at IS NOT NULL OR agent_answered_at IS NOT NULL AS answered, handled_by_asterisk,
       EXISTS (SELECT FROM call_facts WHERE call_id = id AND kind = 'taken_up') AS taken_up
FROM calls WHERE caller_number LIKE $1 || '%'
"""
_ATTEMPTS = """
SELECT call_id, attempts.agent, started_at,
       CASE WHEN outcome = 'answered' THEN talk_ended_at ELSE attempts.ended_at END AS over_at
FROM attempts JOIN calls ON calls.id = call_id
WHERE caller_number LIKE $1 || '%' AND outcome IS DISTINCT FROM 'skipped' ORDER BY ordinal
"""
_FIRST_NEW = """
SELECT min(at) FROM call_facts JOIN calls ON calls.id = call_id
WHERE arrived_at >= $1 AND at < $2 AND NOT handled_by_asterisk
AND kind IN ('answered_by_us', 'agent_rung', 'ringing_began')
"""
_FIRST_ADOPTED = "SELECT min(at) FROM call_facts WHERE kind = 'taken_up' AND at >= $1 AND at < $2"


async def we_say(url: str, stage: str) -> list[WeSay]:
    """Our records of a stage."""
    connection = await asyncpg.connect(url)
    try:
        attempts: dict[Any, list[Attempt]] = {}
        for row in await connection.fetch(_ATTEMPTS, stage):
            over = row["over_at"].timestamp() if row["over_at"] else None
            attempts.setdefault(row["call_id"], []).append(
                Attempt(row["agent"], row["started_at"].timestamp(), over)
            )
        return [
            WeSay(
                row["channel_id"],
                row["caller_number"],
                row["arrived_at"].timestamp(),
                row["ended_at"].timestamp() if row["ended_at"] else None,
                row["disposition"],
                row["answered"],
                row["handled_by_asterisk"],
                row["taken_up"],
                tuple(attempts.get(row["id"], ())),
            )
            for row in await connection.fetch(_CALLS, stage)
        ]
    finally:
        await connection.close()


async def recovered(url: str, since: float, until: float) -> tuple[float | None, float | None]:
    """Seconds from `since` to the router's first act for a new caller, and to the first call that
    it took up; None where there was none before `until`."""
    between = (datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC))
    connection = await asyncpg.connect(url)
    try:
        new, adopted = [
            await connection.fetchval(statement, *between)
            for statement in (_FIRST_NEW, _FIRST_ADOPTED)
        ]
    finally:
        await connection.close()
    return (
        new.timestamp() - since if new else None,
        adopted.timestamp() - since if adopted else None,
    )
