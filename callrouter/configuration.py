"""Follows the configuration: a usable change is live within two seconds, a bad one is refused.

It is a file or the database's tables; live overrides come from the database in both cases.
Loading and rendering happen in a child process; calls in progress keep the table they came with.
"""

import asyncio
import logging
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from callrouter.asterisk_conf.directory import AsteriskConfError, update_agents
from callrouter.concurrency import spawn
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError
from callrouter.config.watch import changes
from callrouter.configuration_source import FollowedSource
from callrouter.router import Router
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings
from callrouter.version_writer import VersionWriter

log = logging.getLogger(__name__)

BURST_SECONDS = 0.1
"""Changes that follow each other so soon are loaded together."""

MENDED_AGAIN = timedelta(seconds=15)
"""How soon we try once more what a full disk, say, has hindered; then later and later."""

RENEWED_AGAIN = timedelta(minutes=10)
"""How soon we try once more, where the configuration should have been made anew and could not."""

_LET_GO_AT_ONCE = 50
_MOST_WARNINGS = 50


@dataclass(slots=True)
class ConfigurationState:
    """What is live, since when; and what is wrong with a newer one that is refused, if any.

    `net_trouble` says why Asterisk's files could not be brought up to date.
    """

    version: str = ""
    source: str = ""
    since: datetime | None = None
    problems: tuple[str, ...] = ()
    refused_since: datetime | None = None
    net_trouble: str = ""

    def live(self, version: str) -> None:
        if version != self.version:
            self.version, self.since = version, datetime.now(UTC)
        self.problems, self.refused_since = (), None

    def refused(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        self.refused_since = self.refused_since or datetime.now(UTC)


class ConfigurationFollower:
    """`first` loads the configuration, `follow` keeps a router at its newest usable version.

    `told` is called with the name of every table that has changed.
    """

    def __init__(self, settings: Settings, source: FollowedSource, versions: VersionWriter) -> None:
        self.state = ConfigurationState(source=source.name)
        self._settings = settings
        self._source = source
        self._versions = versions
        self._told = False
        self._asked = asyncio.Event()
        self._anew = False
        self._stale_at: datetime | None = None
        self._mended_again = MENDED_AGAIN
        self._digest = ""
        self._net = ""  # of the first table, until Asterisk has it
        self._changes = changes(source.file, lambda: source.files)

    async def first(self) -> RoutingTable:
        """The table to start with. Raises ConfigError where it is unusable.

        From here on SIGHUP means to load it anew; before, it would end the process.
        """
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._ask)
        loaded = await self._source.first()
        self._take(loaded)
        self._net = loaded.net
        return loaded.table

    async def begin(self, router: Router) -> None:
        """Let Asterisk know the phones of the first table, before the router says it is ready."""
        await self._use(router, router.table, self._net)
        self._net = ""
        if self.state.net_trouble:
            self._try_again()

    def told(self, table: str) -> None:
        """A table of the database has changed, or everything may have."""
        if self._source.concerns(table):
            self._asked.set()

    async def follow(self, router: Router) -> None:
        """For ever: on a change, or on SIGHUP, load anew and use it if it is usable."""
        async with asyncio.TaskGroup() as group:
            spawn(group, self._watch(), name="watch the configuration's files")
            spawn(group, self._versions.run(), name="write the configuration's versions")
            while True:
                await self._until_asked()
                try:
                    await self._reload(router)
                except Exception:  # whatever it is, calls go on by the table that is there
                    log.exception("the configuration could not be loaded anew")

    def _ask(self) -> None:
        self._anew = True
        self._asked.set()

    async def _watch(self) -> None:
        async for _ in self._changes:
            self._ask()

    async def _until_asked(self) -> None:
        seconds = None
        if self._stale_at is not None:
            seconds = max(0.0, (self._stale_at - datetime.now(UTC)).total_seconds())
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            self._anew, self._stale_at = True, datetime.now(UTC) + RENEWED_AGAIN
        else:
            await asyncio.sleep(BURST_SECONDS)
        self._asked.clear()

    async def _reload(self, router: Router) -> None:
        anew, self._anew = self._anew, False
        try:
            loaded = await self._source.load(anew=anew)
        except OSError as error:
            log.error("the configuration could not be loaded anew: %s", error)
            self.state.refused((f"it could not be loaded: {error}",))
            self._try_again()
            return
        except ConfigError as error:
            self.state.refused(tuple(map(str, error.problems)))
            if any(problem.line == 0 and not problem.field for problem in error.problems):
                self._try_again()  # nothing that was written: a full disk, a busy machine
            log.error(
                "the new configuration is refused, version %s goes on:\n%s",
                router.table.version,
                error,
            )
            return
        if loaded is None:  # the tables say what they said before
            return
        if loaded.digest == self._digest and self._told:
            self._take(loaded)
            log.info("configuration %s: nothing has changed", loaded.table.version)
            return
        same = loaded.table.version == router.table.version
        if await self._use(router, loaded.table, loaded.net):
            self._take(loaded)
            became = "goes on, its overrides and messages renewed" if same else "is live"
            log.info("configuration %s %s", loaded.table.version, became)
        else:
            log.error("the new configuration is refused, %s goes on", router.table.version)

    def _try_again(self) -> None:
        """Soon, by itself: nobody shall have to ask for it once there is room again."""
        self._stale_at = datetime.now(UTC) + self._mended_again
        self._mended_again = min(2 * self._mended_again, RENEWED_AGAIN)

    def _take(self, loaded: LoadedConfig) -> None:
        """What has become live: its warnings are said, and its version is written down."""
        for warning in loaded.warnings[:_MOST_WARNINGS]:
            log.warning("%s", warning)
        more = len(loaded.warnings) - _MOST_WARNINGS
        if more > 0:
            log.warning("and %d more warnings: `callrouter check` tells all of them", more)
        self._stale_at, self._digest = loaded.stale_at, loaded.digest
        if self.state.net_trouble:
            self._try_again()
        else:
            self._mended_again = MENDED_AGAIN
        self.state.live(loaded.table.version)
        self._versions.note(loaded, self._source.edit)

    async def _use(self, router: Router, table: RoutingTable, net: str) -> bool:
        """Let Asterisk know the agents' phones and route by the table; False if it is refused."""
        modules: tuple[str, ...] = ()
        trouble = ""
        directory = self._settings.asterisk_conf_dir
        if directory is not None:
            try:
                modules = await asyncio.to_thread(update_agents, directory, table, net)
            except AsteriskConfError as error:
                log.error("the configuration cannot be told to Asterisk: %s", error)
                if table is not router.table:
                    self.state.refused((f"it cannot be told to Asterisk: {error}",))
                    return False
                trouble = str(error)
            except (OSError, ValueError, KeyError, TypeError) as error:
                trouble = f"{type(error).__name__}: {error}"
                log.error(
                    "Asterisk's files in %s cannot be brought up to date, new phones cannot "
                    "register: %s: %s. Make them with `callrouter asterisk-conf`.",
                    directory, type(error).__name__, error,
                )  # fmt: skip
        self._told, self.state.net_trouble = not trouble, trouble
        before = router.use(table, modules)
        entries = [*before.settings.values(), *before.agents.values()]
        del before  # they, and nothing else, hold what is let go of
        await _let_go(entries)
        return True


async def _let_go(entries: list[Any]) -> None:
    """Forget them a few at a time: to free a large table at once would hold up the calls."""
    while entries:
        del entries[-_LET_GO_AT_ONCE:]
        await asyncio.sleep(0)
