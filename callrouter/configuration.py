"""Follows the configuration file: a usable change is live within two seconds, a bad one refused.

Loading and rendering happen in a child process; calls in progress keep the table they came with.
"""

import asyncio
import logging
import signal
from pathlib import Path

from callrouter.asterisk_conf.directory import AsteriskConfError, update_agents
from callrouter.concurrency import spawn
from callrouter.config.compile import compile_config
from callrouter.config.loaded import LoadedConfig
from callrouter.config.problems import ConfigError
from callrouter.config.watch import changes
from callrouter.router import Router
from callrouter.routing.model import RoutingTable
from callrouter.settings import Settings

log = logging.getLogger(__name__)


class ConfigurationFollower:
    """`first` loads the configuration, `follow` keeps a router at its newest usable version."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._files: tuple[Path, ...] = ()
        self._told = False
        self._asked = asyncio.Event()
        self._changes = changes(settings.config, lambda: self._files)

    async def first(self) -> RoutingTable:
        """The table to start with. Raises ConfigError where it is unusable.

        From here on SIGHUP means to load it anew; before, it would end the process.
        """
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)
        return (await self._load(prune=True)).table

    async def begin(self, router: Router) -> None:
        """Let Asterisk know the phones of the first table, before the router says it is ready."""
        await self._use(router, router.table)

    async def follow(self, router: Router) -> None:
        """For ever: on a change of the file or on SIGHUP, load anew and use it if it is usable."""
        async with asyncio.TaskGroup() as group:
            spawn(group, self._watch(), name="watch the configuration's files")
            while True:
                await self._asked.wait()
                self._asked.clear()
                try:
                    await self._reload(router)
                except Exception:  # whatever it is, calls go on by the table that is there
                    log.exception("the configuration could not be loaded anew")

    async def _watch(self) -> None:
        async for _ in self._changes:
            self._asked.set()

    async def _reload(self, router: Router) -> None:
        try:
            loaded = await self._load()
        except OSError as error:
            log.error("the configuration could not be loaded anew: %s", error)
            return
        except ConfigError as error:
            self._files = error.files or self._files
            log.error(
                "the new configuration is refused, version %s goes on:\n%s",
                router.table.version,
                error,
            )
            return
        if loaded.table == router.table and self._told:
            log.info("configuration %s: nothing has changed", loaded.table.version)
            return
        if await self._use(router, loaded.table):
            log.info("configuration %s is live", loaded.table.version)
        else:
            log.error("the new configuration is refused, %s goes on", router.table.version)

    async def _load(self, *, prune: bool = False) -> LoadedConfig:
        loaded = await compile_config(
            self._settings.config, self._settings.prompts_dir, prune=prune
        )
        self._files = loaded.files
        for warning in loaded.warnings:
            log.warning("%s", warning)
        return loaded

    async def _use(self, router: Router, table: RoutingTable) -> bool:
        """Let Asterisk know the agents' phones and route by the table; False if it is refused."""
        modules: tuple[str, ...] = ()
        told = True
        directory = self._settings.asterisk_conf_dir
        if directory is not None:
            try:
                modules = await asyncio.to_thread(update_agents, directory, table)
            except AsteriskConfError as error:
                log.error("the configuration cannot be told to Asterisk: %s", error)
                if table is not router.table:
                    return False
                told = False
            except (OSError, ValueError, KeyError, TypeError) as error:
                told = False  # SIGHUP tries again, though the file is the same
                log.error(
                    "Asterisk's files in %s cannot be brought up to date, new phones cannot "
                    "register: %s: %s. Make them with `callrouter asterisk-conf`.",
                    directory, type(error).__name__, error,
                )  # fmt: skip
        self._told = told
        router.use(table, modules)
        return True
