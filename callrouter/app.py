"""The router process, put together: the only module that sees every part.

Environment → configuration (loaded in a child process) → database → Asterisk → calls; then it
follows changes of the configuration until it is told to stop.
"""

import asyncio
import logging
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.agent_states import AgentStates
from callrouter.ari.client import AriClient
from callrouter.concurrency import beside, first_of, spawn
from callrouter.configuration import ConfigurationFollower
from callrouter.configuration_source import FollowedSource
from callrouter.db.changes import changes
from callrouter.db.engine import DatabaseUnavailable, SchemaOutdated, make_engine
from callrouter.db.journal import Journal
from callrouter.db.records import RecordWriter
from callrouter.db.revision import check_schema
from callrouter.db.spool import Spool
from callrouter.db.tenure import Tenure
from callrouter.facts import Fact
from callrouter.listening.inheritance import Left
from callrouter.monitoring.watch import Watch
from callrouter.presence import Publisher
from callrouter.router import Router
from callrouter.settings import Settings
from callrouter.steering import Steering
from callrouter.unseen_calls import UnseenCalls
from callrouter.version_writer import VersionWriter

log = logging.getLogger(__name__)

POOL_SIZE = 6

LAST_RECORDS_SECONDS = 10.0
"""How long a stopping router tries to write what the database has not got yet."""

LAST_STATES_SECONDS = 2.0
"""How long it tries to write what phones have changed, and that it has stopped."""

OTHER_ROUTER_SECONDS = 2.0
"""A router from which we took over has this long to write what it knows, and to go."""

ORPHANS_AGAIN_SECONDS = 10.0
"""How often we look whether PostgreSQL is there, when it was not."""


async def serve(
    settings: Settings, ready_fd: int | None = None, compiler: Process | None = None
) -> None:
    """Run the router until SIGTERM or SIGINT; a second signal does not wait for calls.

    `ready_fd` is a file descriptor that is told (`ready` and a line end) when calls can come.
    `compiler` is a child of `compiler_ahead`, for the first configuration.
    Raises ConfigError, SchemaOutdated, AriError and OtherRouter, each with what to do.
    """
    async with AsyncExitStack() as stack:
        # One for each that writes or reads beside the others: none waits for another's.
        engine = make_engine(settings.database_url.get_secret_value(), pool_size=POOL_SIZE)
        stack.push_async_callback(engine.dispose)
        follower = ConfigurationFollower(
            settings, FollowedSource(settings, engine, compiler), VersionWriter(engine)
        )
        spool, journal = Spool(settings.spool_dir), Journal(settings.spool_dir)
        records = RecordWriter(engine, spool=spool, journal=journal)
        watch = Watch(settings, records, follower.state)
        await stack.enter_async_context(beside(watch.run(), name="look at ourselves"))
        if settings.health_port:
            answering = _answer_health(settings, watch)
            await stack.enter_async_context(beside(answering, name="health"))
        try:
            await check_schema(engine)
        except SchemaOutdated:
            raise
        except DatabaseUnavailable as error:
            log.error("%s Calls are routed all the same; their records wait.", error)
        table = await follower.first()
        clients = [
            await stack.enter_async_context(
                AriClient(
                    server.url,
                    server.username,
                    server.password.get_secret_value(),
                    settings.stasis_app,
                )
            )
            for server in settings.servers()
        ]
        for client in clients:
            client.requests.watcher = watch.asterisk
        tenure = Tenure(
            settings.database_url.get_secret_value(),
            settings.stasis_app,
            [client.url for client in clients],
        )
        unseen = _unseen_calls(settings, clients, engine, records)
        unfinished = partial(_unfinished, tenure, records, unseen)
        router = watch.router = Router(clients, table, watch.calls, unfinished)
        for listener, history in zip(router.listeners, unseen, strict=True):
            if history is not None:
                listener.history = history
        await follower.begin(router)
        _stop_on_signals(router, settings.drain_seconds)
        if settings.standby:
            watch.standing_by = True
            async with beside(follower.follow(router), name="follow the configuration"):
                await first_of([tenure.turn(engine), router.asked_to_stop()])
            watch.standing_by = False
        async with beside(tenure.hold(), name="hold the lock"):
            await _answer(settings, engine, router, follower, records, watch, unseen, ready_fd)


async def _answer(
    settings: Settings,
    engine: AsyncEngine,
    router: Router,
    follower: ConfigurationFollower,
    records: RecordWriter,
    watch: Watch,
    unseen: Sequence[UnseenCalls | None],
    ready_fd: int | None,
) -> None:
    """Answer calls until told to stop."""
    states = AgentStates(engine, settings.database_url.get_secret_value(), router)
    await states.first()
    publisher = Publisher(
        engine, settings.router_name, router, records, follower.state, watch.alarms
    )
    steering = Steering(engine, router)
    try:
        async with asyncio.TaskGroup() as group:
            background = [
                spawn(group, records.run(), name="write records"),
                spawn(group, follower.follow(router), name="follow the configuration"),
                spawn(group, states.follow(), name="follow the agents' states"),
                spawn(group, publisher.run(), name="tell the present"),
                spawn(group, steering.follow(), name="follow supervisors"),
                spawn(group, _hear_changes(settings, follower, steering), name="hear of changes"),
                spawn(group, _say_ready(router, ready_fd), name="say ready"),
                spawn(group, _close_orphans(router, records, unseen), name="close orphaned calls"),
                *(
                    spawn(group, each.follow(listener), name="read what Asterisk did by itself")
                    for each, listener in zip(unseen, router.listeners, strict=True)
                    if each is not None
                ),
            ]
            try:
                await router.run()
            finally:
                for task in background:
                    task.cancel()
    finally:
        await publisher.close(LAST_STATES_SECONDS)
        await states.close(LAST_STATES_SECONDS)
        await steering.close(LAST_STATES_SECONDS)
        if unwritten := await records.close(LAST_RECORDS_SECONDS):
            log.critical("%d calls could not be written to the database", unwritten)


async def _hear_changes(
    settings: Settings, follower: ConfigurationFollower, steering: Steering
) -> None:
    async with aclosing(changes(settings.database_url.get_secret_value())) as heard:
        async for table in heard:
            follower.told(table)
            steering.told(table)


async def _answer_health(settings: Settings, watch: Watch) -> None:
    # An HTTP server's memory is for those who want one.
    from callrouter.health import answer_health

    await answer_health(settings.health_host, settings.health_port, watch)


def _stop_on_signals(router: Router, drain_seconds: float) -> None:
    asked = 0

    def stop() -> None:
        nonlocal asked
        asked += 1
        router.stop(drain_seconds if asked == 1 else 0.0)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    loop.add_signal_handler(signal.SIGINT, stop)


def _unseen_calls(
    settings: Settings, clients: Sequence[AriClient], engine: AsyncEngine, records: RecordWriter
) -> list[UnseenCalls | None]:
    """One for each Asterisk whose log folder is known."""
    found: list[UnseenCalls | None] = []
    for server, client in zip(settings.servers(), clients, strict=True):
        if server.log_dir is None:
            log.warning(
                "%s: calls that it handles while no router is there do not come into the call log: "
                "CALLROUTER_ASTERISK_LOG_DIR (or its `log_dir`) does not say where its log is",
                server.url,
            )
            found.append(None)
        else:
            app = settings.stasis_app
            found.append(UnseenCalls(server.log_dir, client, app, engine, records))
    return found


async def _endings(
    unseen: Sequence[UnseenCalls | None],
    heard_again: datetime,
    calls: Mapping[UUID, Sequence[Fact]],
) -> dict[UUID, tuple[Fact, ...]]:
    """How these calls ended, as far as any Asterisk that was heard knows."""
    known: dict[UUID, tuple[Fact, ...]] = {}
    for each in filter(None, unseen):
        known |= await each.endings(calls, heard_again, datetime.now(UTC))
    return known


async def _unfinished(
    tenure: Tenure, records: RecordWriter, unseen: Sequence[UnseenCalls | None]
) -> Left:
    """The calls of a router before us that may go on; those that have ended meanwhile are ended."""
    await tenure.alone(OTHER_ROUTER_SECONDS)
    calls, complete = await records.unfinished()
    for call_id, ending in (await _endings(unseen, datetime.now(UTC), calls)).items():
        records.resume(call_id, calls.pop(call_id))
        for fact in ending:
            records.append(call_id, fact)
    return calls, complete


async def _close_orphans(
    router: Router, records: RecordWriter, unseen: Sequence[UnseenCalls | None]
) -> None:
    """End the records that an earlier router could not end: only now it is surely gone."""
    await router.ready()
    endings = partial(_endings, unseen, datetime.now(UTC))
    await asyncio.sleep(OTHER_ROUTER_SECONDS)
    while True:
        try:
            orphans = await records.close_orphans(datetime.now(UTC), endings)
        except DatabaseUnavailable:
            await asyncio.sleep(ORPHANS_AGAIN_SECONDS)
            continue
        if orphans:
            log.warning(
                "%d calls of an earlier router are closed: interrupted, where Asterisk does not "
                "know how they ended",
                orphans,
            )
        return


async def _say_ready(router: Router, ready_fd: int | None) -> None:
    await router.ready()
    log.info("ready: configuration %s", router.table.version)
    if ready_fd is not None:
        with suppress(BrokenPipeError):
            os.write(ready_fd, b"ready\n")
        os.close(ready_fd)
