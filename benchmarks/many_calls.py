"""Millions of plausible calls, made inside PostgreSQL: for measuring, and for tests of its plans.

Law: the same numbers give the same calls; those of `RARE` are there exactly `RARE_CALLS` times.
"""

from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callrouter.db.engine import patient_engine, transaction

NEWEST = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
DAYS = 1000
RARE = "Quetzalcoatl"
RARE_CALLS = 3
LIVE_CALLS = 40
AT_A_TIME = 250_000

_FUNCTION = """
CREATE FUNCTION pg_temp.pick(seed bigint, salt text, many int) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((hashint8extended(seed, hashtext(salt)) >> 1) & 2147483647) % many
$$
"""

# One row for each number n, the smallest the newest call. Popular things are more popular than
# others: the product of two picks is small more often than not.
_CALLS = """
INSERT INTO calls (
    id, fact_count, entity_id, channel_id, direction, number, caller_number, caller_name,
    arrived_at, settings, settings_version, decision, agent_group, disposition, answered_at,
    first_ring_at, agent_answered_at, ended_at, waiting_seconds, talking_seconds, agent,
    agent_extension, hung_up_by, left_during, hangup_cause, message, rule, trace, timezone,
    schedule_row
)
SELECT
    (md5(n::text)::uuid), 14, '02:42:ac:11:00:02', '17724' || n || '.1', 'incoming',
    '7' || lpad(site::text, 2, '0'),
    CASE WHEN pick(n, 'hidden', 25) = 0 THEN ''
         ELSE '+3816' || lpad((1000000 + caller * 7919 % 98000000)::text, 8, '0') END,
    CASE WHEN pick(caller, 'named', 5) < 2 THEN
        (ARRAY['Jelena', 'Marko', 'Ana', 'Petar', 'Ivana', 'Nikola', 'أمينة', 'محمد', 'Ђорђе'])
            [1 + pick(caller, 'first', 9)] || ' ' ||
        (ARRAY['Petrović', 'Jovanović', 'Ilić', 'Kovač', 'Novak', 'حداد', 'Ћирић', 'Schmidt'])
            [1 + pick(caller, 'last', 8)] ELSE '' END,
    at, 'settings-' || site, 'v' || to_char(at, 'IYYYIW'),
    CASE WHEN fate BETWEEN 950 AND 989 THEN 'closed' ELSE 'ring' END,
    'group-' || team,
    CASE WHEN live THEN NULL ELSE ended END,
    at + interval '0.01 s', at + interval '0.2 s',
    CASE WHEN ended = 'answered' THEN at + wait * interval '1 s' END,
    CASE WHEN live THEN NULL ELSE at + (wait + talk) * interval '1 s' END,
    CASE WHEN live THEN NULL ELSE wait END, CASE WHEN live THEN NULL ELSE talk END,
    CASE WHEN ended = 'answered' THEN 'agent-' || who END,
    CASE WHEN ended = 'answered' THEN (1000 + who)::text END,
    CASE WHEN ended IN ('answered', 'abandoned') THEN 'caller' ELSE 'callrouter' END,
    CASE ended WHEN 'answered' THEN 'talk' WHEN 'abandoned' THEN 'ringing' ELSE 'message' END,
    16, NULL, NULL,
    to_jsonb(ARRAY['7' || site || ' belongs to settings-' || site || '.',
        'Monday 09:00-17:00 is on duty: group-' || team || '.',
        'Group group-' || team || ', Sequential, fewest calls: agent-' || who || '.']),
    'Europe/Belgrade', 'Monday 09:00-17:00'
FROM (
    SELECT n, n <= CAST(:live AS int) AS live, pick(n, 'who', 200) AS who,
        pick(n, 'fate', 1000) AS fate,
        pick(n, 'site', 20) * pick(n, 'site2', 20) / 20 AS site,
        pick(n, 'team', 30) * pick(n, 'team2', 30) / 30 AS team,
        (pick(n, 'caller', 700000)::bigint * pick(n, 'caller2', 700000) / 700000) AS caller,
        CAST(:newest AS timestamptz)
            - n * (CAST(:days AS float) * interval '1 day' / CAST(:rows AS float)) AS at,
        round((0.5 - ln(1 - pick(n, 'wait', 100000) / 100000.0) * 18)::numeric, 3)::float AS wait
    FROM generate_series(CAST(:last AS bigint), CAST(:first AS bigint), -1) AS n
) AS picked,
LATERAL (SELECT CASE
    WHEN fate < 740 THEN 'answered' WHEN fate < 860 THEN 'abandoned' WHEN fate < 910 THEN 'busy'
    WHEN fate < 950 THEN 'unavailable' WHEN fate < 990 THEN 'closed' WHEN fate < 995 THEN 'rejected'
    WHEN fate < 998 THEN 'interrupted' ELSE 'failed' END AS ended) AS fates,
LATERAL (SELECT CASE WHEN ended = 'answered' THEN
    round((5 - ln(1 - pick(n, 'talk', 100000) / 100000.0) * 170)::numeric, 3)::float
    ELSE 0 END AS talk) AS talks
"""

_ATTEMPTS = """
INSERT INTO attempts (
    call_id, ordinal, fact_count, agent, extension, started_at, outcome, ringing_at, ended_at,
    seconds, name, agent_group, sorted_by, detail
)
SELECT id, 1, fact_count, coalesce(agent, 'agent-7'), coalesce(agent_extension, '1007'),
    arrived_at + interval '0.2 s', CASE WHEN disposition = 'answered' THEN 'answered'
    WHEN disposition IS NOT NULL THEN 'no_answer' END, arrived_at + interval '0.4 s',
    CASE WHEN disposition IS NOT NULL THEN arrived_at + waiting_seconds * interval '1 s' END,
    coalesce(waiting_seconds, 0), 'Agent', agent_group, '', ''
FROM calls WHERE id IN (
    SELECT md5(n::text)::uuid
    FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n)
"""

# Spread over the oldest tenth, where a search that goes back call by call finds them last.
_RARE = """
UPDATE calls SET number = what, caller_number = what, caller_name = what || ' Ћирилица',
    settings = what, agent_group = what, agent = what, agent_extension = what,
    settings_version = what, waiting_seconds = 4000, talking_seconds = 20000,
    disposition = 'answered'
FROM CAST(:rare AS text) AS what
WHERE id IN (
    SELECT md5((CAST(:rows AS int) - step * CAST(:rows AS int) / 40)::text)::uuid
    FROM generate_series(1, CAST(:rare_calls AS int)) AS step)
"""


async def make_calls(engine: AsyncEngine, rows: int) -> None:
    """Fill empty tables with `rows` calls and an attempt for each; statistics included."""
    patient = patient_engine(engine)
    try:
        for first in reversed(range(1, rows + 1, AT_A_TIME)):  # as they came: the oldest first
            last = min(rows, first + AT_A_TIME - 1)
            async with transaction(patient, seconds=None) as connection:
                await _make(connection, rows, first, last)
        async with transaction(patient, seconds=None) as connection:
            rare = {"rare": RARE, "rows": rows, "rare_calls": RARE_CALLS}
            await connection.execute(text(_RARE), rare)
    finally:
        await patient.dispose()


async def _make(connection: AsyncConnection, rows: int, first: int, last: int) -> None:
    await connection.execute(text(_FUNCTION.replace("CREATE", "CREATE OR REPLACE")))
    values = {"rows": rows, "first": first, "last": last, "newest": NEWEST, "days": DAYS}
    calls = _CALLS.replace("pick(", "pg_temp.pick(")
    await connection.execute(text(calls), values | {"live": LIVE_CALLS})
    await connection.execute(text(_ATTEMPTS), {"first": first, "last": last})


async def tidy(engine: AsyncEngine) -> None:
    """What autovacuum does in time: statistics, and which pages are visible to all."""
    patient = patient_engine(engine).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with patient.connect() as connection:
            await connection.execute(text("VACUUM ANALYZE calls"))
            await connection.execute(text("VACUUM ANALYZE attempts"))
    finally:
        await patient.dispose()
