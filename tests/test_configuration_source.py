"""What the follower loads while the database is away, and what it keeps for that time."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from callrouter import configuration_source
from callrouter.config.configured import StoredConfiguration
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, Problem
from callrouter.configuration_source import FollowedSource
from callrouter.db.configuration import StoredRows
from callrouter.db.engine import make_engine
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
LOADED = LoadedConfig(RoutingTable("v", {}, {}, {}, {}), ())
WRONG = ConfigError((Problem("error", "database", 0, "", "all is wrong", ""),))


def stored(word: str) -> str:
    """Tables that hold this; an empty word: nothing."""
    return json.dumps({"general": [], "agents": [word] if word else []})


class Source:
    """A followed source whose compiling is the test's; `compiled` are the rows or the file."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, config: Any) -> None:
        self.compiled: list[Any] = []
        self.refuses: set[str] = set()
        self.kept = folder / "configuration.json"
        monkeypatch.setattr(configuration_source, "compile_config", self._compile)
        monkeypatch.setattr(configuration_source, "AGAIN_SECONDS", 0.01)
        settings = Settings(config=config, prompts_dir=folder)
        self.followed = FollowedSource(settings, make_engine(NOWHERE))

    def holds(self, monkeypatch: pytest.MonkeyPatch, rows: str, edit: int = 1) -> None:
        """The database is there, and its tables hold this."""

        async def read() -> None:
            self.followed._rows = StoredRows(stored(rows), edit)

        monkeypatch.setattr(self.followed, "_read", read)

    async def _compile(self, config: Any, prompts_dir: Path, **_: Any) -> LoadedConfig:
        is_stored = isinstance(config, StoredConfiguration)
        what = "".join(json.loads(config.rows)["agents"]) if is_stored else config
        self.compiled.append(what)
        if what in self.refuses:
            raise WRONG
        return LOADED


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    return Source(tmp_path, monkeypatch, "database")


async def test_a_file_needs_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(tmp_path, monkeypatch, tmp_path / "c.yaml")
    assert await source.followed.first() is LOADED
    assert source.compiled == [tmp_path / "c.yaml"]
    assert source.followed.edit is None
    assert not source.kept.exists()


async def test_what_was_usable_last_is_kept_for_a_start_without_the_database(
    source: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source.holds(monkeypatch, "rows")
    await source.followed.first()
    assert source.kept.stat().st_mode & 0o777 == 0o600
    again = Source(tmp_path, monkeypatch, "database")
    await again.followed.first()
    assert again.compiled == ["rows"]
    assert "The configuration is the one it held last." in caplog.text


async def test_a_state_that_is_refused_is_not_kept(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.holds(monkeypatch, "good")
    await source.followed.first()
    source.refuses = {"bad"}
    source.holds(monkeypatch, "bad", 2)
    with pytest.raises(ConfigError):
        await source.followed.load(anew=False)
    assert source.kept.read_text() == stored("good")


async def test_a_start_by_tables_that_are_invalid_goes_on_by_what_was_usable_last(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.refuses = {"bad"}
    source.holds(monkeypatch, "bad")
    with pytest.raises(ConfigError):
        await source.followed.first()
    source.kept.write_text(stored("good"))
    assert await source.followed.first() is LOADED
    assert source.compiled == ["bad", "bad", "good"]
    with pytest.raises(ConfigError):
        await source.followed.load(anew=False)


async def test_without_anything_to_route_by_it_waits_and_says_so_once(
    source: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await source.followed.first()
    assert caplog.text.count("The configuration is in it: waiting.") == 1
    source.holds(monkeypatch, "rows")
    assert await source.followed.first() is LOADED


async def test_empty_tables_are_waited_for_and_it_is_said_once(
    source: Source, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source.holds(monkeypatch, "")
    with caplog.at_level(logging.WARNING), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await source.followed.first()
    assert caplog.text.count("the tables of the configuration are empty: waiting") == 1
    assert source.compiled == []
    source.holds(monkeypatch, "rows")
    assert await source.followed.first() is LOADED


async def test_tables_that_were_emptied_do_not_stop_a_router_at_its_start(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.kept.write_text(stored("good"))
    source.holds(monkeypatch, "")
    source.refuses = {""}
    assert await source.followed.first() is LOADED
    assert source.compiled == ["", "good"]


async def test_what_has_not_changed_is_not_loaded_again_unless_asked(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.holds(monkeypatch, "rows")
    await source.followed.first()
    assert await source.followed.load(anew=False) is None
    assert await source.followed.load(anew=True) is LOADED
    source.holds(monkeypatch, "rows", 2)
    assert await source.followed.load(anew=False) is LOADED, "an edit that may have an author"
    assert source.followed.edit == 2


@pytest.mark.parametrize(
    ("config", "table", "concerns"),
    [
        ("database", "agents", True),
        ("database", "calls", False),
        ("c.yaml", "agents", False),
        ("c.yaml", "overrides", True),
        ("c.yaml", "resync", True),
    ],
)
def test_which_tables_are_a_reason_to_load_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: str, table: str, concerns: bool
) -> None:
    given = config if config == "database" else Path(config)
    assert Source(tmp_path, monkeypatch, given).followed.concerns(table) is concerns
