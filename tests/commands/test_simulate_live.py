"""`callrouter simulate --live`: with what people have set in the database while the router runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from callrouter.cli import main
from callrouter.db.agent_states import change_status
from callrouter.db.engine import make_engine, transaction
from callrouter.db.overrides import set_override
from callrouter.facts import Fact
from callrouter.routing.model import Override, OverrideKind, Prompt
from callrouter.routing.status import StatusChange
from tests.commands.asked import Asked, company_file
from tests.conftest import run_now
from tests.db.sample_calls import NINE, answered, call_id
from tests.db.stored import store

COMPANY = """\
timezone: Europe/Belgrade
agents:
  amina: {name: Amina, extension: "1001"}
  bojan: {name: Bojan, extension: "1002"}
agent_groups:
  sales: {members: [bojan, amina], order: longest_idle, wrap_up_seconds: 3600}
incoming_call_settings:
  office:
    numbers: ["700"]
    call_handling_schedule:
      - {days: [Monday-Sunday], from_time: "00:00", to_time: "24:00", agent_group: sales}
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = company_file(tmp_path, monkeypatch)
    path.write_text(COMPANY)
    return path


def lately(facts: list[Fact]) -> list[Fact]:
    """The same call, as if it had begun five minutes ago."""
    moved = datetime.now(UTC) - timedelta(minutes=5) - NINE
    return [msgspec.structs.replace(fact, at=fact.at + moved) for fact in facts]


@pytest.mark.postgres
def test_agents_and_overrides_of_this_moment(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--database", postgres_url]) == 0
    now = datetime.now(UTC)
    # From noon to noon: an hour later is the same day in Belgrade, whenever this runs.
    noon_tomorrow = now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    closed = Override(
        str(UUID(int=1)),
        OverrideKind.CLOSED,
        from_at=noon_tomorrow,
        until_at=noon_tomorrow + timedelta(days=1),
        message=Prompt(text="Back {reopens_at}."),
        author="carla",
    )

    async def fill() -> None:
        engine = make_engine(postgres_url)
        async with transaction(engine) as connection:
            await change_status(connection, "amina", StatusChange.PAUSE, now, "phone", "lunch")
            await change_status(connection, "gone", StatusChange.LOG_OUT, now, "phone")
            await set_override(connection, closed, now)
        await store(engine, call_id(1), lately(answered()))
        await engine.dispose()

    run_now(fill())
    capsys.readouterr()
    ask = ("--to", "700", "--live", "--database", postgres_url)
    answer = Asked(capsys, *ask, "--json").json
    reasons = {each["agent"]: each["reason"] for each in answer["skipped"]}
    assert reasons == {"amina": "paused", "bojan": "wrap_up"}
    assert answer["skipped"][0]["agent"] == "amina", "Bojan has just had a call"
    assert "paused (lunch) since" in answer["skipped"][0]["words"]
    answer = Asked(capsys, *ask, "--json", "--logged-out", "amina").json
    assert {each["agent"]: each["reason"] for each in answer["skipped"]}["amina"] == "logged_out"
    tomorrow = (noon_tomorrow + timedelta(hours=1)).isoformat()
    answer = Asked(capsys, *ask, "--json", "--at", tomorrow).json
    assert (answer["decision"], answer["override"]["author"]) == ("closed", "carla")
    assert answer["override"]["live"]
    assert answer["prompts"]["closed"]["text"].startswith("Back tomorrow at ")
    week = json.loads(Asked(capsys, *ask, "--week", "--json").out)
    assert week["gap_seconds"] == pytest.approx(86_400)
    without = Asked(capsys, "--to", "700", "--json", "--at", tomorrow).json
    assert without["decision"] == "ring"


def test_without_a_database_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked(capsys, "--to", "700", "--live", "--database", "postgresql://127.0.0.1:1/calls")
    assert (asked.code, asked.out) == (1, "")
    assert asked.err.startswith("callrouter: PostgreSQL at 127.0.0.1:1, database calls cannot be")


@pytest.mark.postgres
def test_a_configuration_in_the_database(
    postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--database", postgres_url]) == 0
    capsys.readouterr()
    asked = Asked(capsys, "database", "--to", "700", "--database", postgres_url)
    assert (asked.code, asked.out) == (1, "")
    assert "the tables of the configuration are empty" in asked.err
    assert "callrouter config import" in asked.err
