"""Which configuration the router goes by, and what Asterisk and the log are told of it."""

import asyncio
import logging
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callrouter import configuration, configuration_source
from callrouter.asterisk_conf.directory import AsteriskConfError
from callrouter.concurrency import spawn
from callrouter.config.compiled import digest_of
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError, Problem
from callrouter.configuration import ConfigurationFollower
from callrouter.configuration_source import FollowedSource
from callrouter.db.engine import make_engine
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings
from callrouter.version_writer import VersionWriter

OLD = RoutingTable("old", {}, {}, {}, {})
NEW = replace(OLD, version="new")
WRONG = ConfigError((Problem("error", "c.yaml", 1, "", "all is wrong", ""),), (Path("bad.wav"),))


class Desk:
    """A configuration file, Asterisk's directory and a router, each as the test says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loads: RoutingTable | Exception = OLD
        self.stale_at: datetime | None = None
        self.writes: tuple[str, ...] | Exception = ()
        self.table = OLD
        self.loaded = 0
        self.warnings = 1
        self.called = asyncio.Event()
        self.used: list[tuple[str, tuple[str, ...]]] = []
        monkeypatch.setattr(configuration_source, "compile_config", self._compile)
        monkeypatch.setattr(configuration, "update_agents", self._update)
        settings = Settings(config=folder / "c.yaml", asterisk_conf_dir=folder)
        engine = make_engine("postgresql://nobody@127.0.0.1:1/none")
        source, versions = FollowedSource(settings, engine), VersionWriter(engine)
        self.follower = ConfigurationFollower(settings, source, versions)

    def use(self, table: RoutingTable, modules: tuple[str, ...] = ()) -> RoutingTable:
        """What it needs of a router."""
        before, self.table = self.table, table
        self.used.append((table.version, modules))
        self.called.set()
        return before

    async def reload(self) -> None:
        self.follower._anew = True
        await self.follower._reload(self)  # type: ignore[arg-type]

    async def begin(self) -> None:
        await self.follower.first()
        await self.follower.begin(self)  # type: ignore[arg-type]

    async def _compile(self, path: Path, prompts_dir: Path, **_: object) -> LoadedConfig:
        self.loaded += 1
        if isinstance(self.loads, Exception):
            raise self.loads
        warnings = tuple(
            Problem("warning", "c.yaml", line, "", "look at this", "")
            for line in range(self.warnings)
        )
        digest = digest_of(self.loads, "")
        return LoadedConfig(
            self.loads, warnings, (Path("new.wav"),), stale_at=self.stale_at, digest=digest
        )

    def _update(self, directory: Path, table: RoutingTable, net: str) -> tuple[str, ...]:
        if isinstance(self.writes, Exception):
            raise self.writes
        return self.writes


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


async def test_a_new_table_is_used_and_asterisk_reads_what_changed(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.loads, desk.writes = NEW, ("res_pjsip.so",)
    with caplog.at_level(logging.INFO):
        await desk.reload()
    assert desk.used == [("new", ("res_pjsip.so",))]
    assert "configuration new is live" in caplog.text
    assert "look at this" in caplog.text


async def test_of_very_many_warnings_the_first_are_told(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.loads, desk.warnings = NEW, 1_000
    await desk.reload()
    assert caplog.text.count("look at this") == 50
    assert "and 950 more warnings: `callrouter check` tells all of them" in caplog.text


async def test_the_same_table_is_not_used_again(desk: Desk) -> None:
    await desk.begin()
    await desk.reload()
    assert desk.used == [("old", ())]


async def test_what_asterisk_could_not_be_told_is_told_with_the_next_sighup(desk: Desk) -> None:
    desk.writes = PermissionError("not ours")
    await desk.begin()
    desk.writes = ("res_pjsip.so",)
    await desk.reload()
    await desk.reload()
    assert desk.used == [("old", ()), ("old", ("res_pjsip.so",))]


@pytest.mark.parametrize("error", [WRONG, OSError("no more processes")], ids=["wrong", "no child"])
async def test_what_cannot_be_loaded_changes_nothing(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.loads = error
    await desk.reload()
    assert desk.used == []
    assert str(error) in caplog.text


@pytest.mark.parametrize(("loads", "file"), [(WRONG, "bad.wav"), (NEW, "new.wav")])
async def test_the_files_that_the_newest_version_names_are_watched(
    desk: Desk, loads: RoutingTable | Exception, file: str
) -> None:
    """Also those of a refused version: a missing sound file that appears makes it usable."""
    desk.loads = loads
    await desk.reload()
    assert desk.follower._source.files == (Path(file),)


async def test_a_table_that_asterisk_cannot_be_told_is_refused_but_not_the_first(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.writes = AsteriskConfError("two agents of one name")
    await desk.begin()
    assert desk.used == [("old", ())]
    desk.loads = NEW
    await desk.reload()
    assert desk.table is OLD
    assert "the new configuration is refused, old goes on" in caplog.text


@pytest.mark.parametrize(
    "error", [OSError("disk full"), ValueError("no JSON"), KeyError("secrets")]
)
async def test_files_that_cannot_be_written_do_not_keep_calls_from_the_new_table(
    desk: Desk, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    desk.loads, desk.writes = NEW, error
    await desk.reload()
    assert desk.used == [("new", ())]
    assert "new phones cannot register" in caplog.text


async def test_a_sighup_is_one_reload(desk: Desk) -> None:
    await desk.follower.first()
    desk.loads, desk.loaded = NEW, 0
    async with asyncio.TaskGroup() as group:
        following = spawn(group, desk.follower.follow(desk), name="follow")  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGHUP)
        await desk.called.wait()
        await asyncio.sleep(0.05)
        following.cancel()
    assert desk.loaded == 1
    assert desk.used == [("new", ())]


async def test_words_that_run_out_are_made_anew_also_if_that_fails_the_first_time(
    desk: Desk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "RENEWED_AGAIN", timedelta(seconds=0.05))
    desk.stale_at = datetime.now(UTC) + timedelta(seconds=0.05)
    await desk.follower.first()
    desk.loads = WRONG
    async with asyncio.TaskGroup() as group:
        following = spawn(group, desk.follower.follow(desk), name="follow")  # type: ignore[arg-type]
        while "all is wrong" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        desk.loads, desk.stale_at = NEW, None
        async with asyncio.timeout(2):
            await desk.called.wait()
        following.cancel()
    assert desk.used == [("new", ())]


async def test_even_a_bug_in_a_reload_does_not_end_the_router(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await desk.follower.first()
    desk.loads = ZeroDivisionError("a bug")
    async with asyncio.TaskGroup() as group:
        following = spawn(group, desk.follower.follow(desk), name="follow")  # type: ignore[arg-type]
        os.kill(os.getpid(), signal.SIGHUP)
        while "a bug" not in caplog.text:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        desk.loads = NEW
        os.kill(os.getpid(), signal.SIGHUP)
        await desk.called.wait()
        following.cancel()
    assert desk.used == [("new", ())]


@pytest.mark.parametrize(
    "error",
    [
        OSError("no space left"),
        ConfigError((Problem("error", "c.yaml", 0, "", "prompts cannot be written", ""),)),
    ],
    ids=["no child", "no prompts"],
)
async def test_what_a_full_disk_has_kept_from_being_live_is_tried_again_by_itself(
    desk: Desk, error: Exception
) -> None:
    desk.follower._mended_again = timedelta(seconds=0.02)
    await desk.begin()
    desk.follower._mended_again = timedelta(seconds=0.02)
    desk.called.clear()
    desk.loads = error
    await desk.reload()
    assert len(desk.follower.state.problems) == 1
    async with asyncio.TaskGroup() as group:
        following = spawn(group, desk.follower.follow(desk), name="follow")  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        assert desk.follower.state.problems
        desk.loads = NEW
        async with asyncio.timeout(5):
            await desk.called.wait()
        following.cancel()
    assert desk.used[-1] == ("new", ())


async def test_mistakes_are_not_tried_again_until_they_are_corrected(desk: Desk) -> None:
    await desk.begin()
    desk.loads = WRONG
    await desk.reload()
    assert desk.follower._stale_at is None


async def test_asterisks_files_are_written_as_soon_as_they_can_be(desk: Desk) -> None:
    desk.writes = OSError("disk full")
    await desk.follower.first()
    desk.follower._mended_again = timedelta(seconds=0.02)
    await desk.follower.begin(desk)  # type: ignore[arg-type]
    assert desk.follower.state.net_trouble == "OSError: disk full"
    async with asyncio.TaskGroup() as group:
        following = spawn(group, desk.follower.follow(desk), name="follow")  # type: ignore[arg-type]
        await asyncio.sleep(0.1)
        assert desk.follower.state.net_trouble
        desk.writes = ("pbx_config.so",)
        async with asyncio.timeout(5):
            while desk.follower.state.net_trouble:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        following.cancel()
    assert desk.used[-1] == ("old", ("pbx_config.so",))
