"""What the doctor says of each part when it is well, and of each thing that is broken."""

import asyncio
import os
import re
import resource
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from callrouter.asterisk_conf.directory import STATIC_FILES, write_conf
from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.asterisk_conf.site import AsteriskSite
from callrouter.config.load import load_file
from callrouter.db.presence import AsteriskStatus, RouterSeen, RouterStatus
from callrouter.doctor import machine
from callrouter.doctor.asterisk import look_at_asterisk, look_at_phones
from callrouter.doctor.asterisk_files import look_at_files, look_at_prompts
from callrouter.doctor.configuration import look_at_configuration
from callrouter.doctor.database import clock, look_at_database, routers
from callrouter.doctor.examine import examine
from callrouter.doctor.finding import Finding, Level
from callrouter.doctor.reached import look_at_console, look_at_health
from callrouter.local.ports import free_ports
from callrouter.local.postgres import PostgresServer
from callrouter.routing.model import RoutingTable
from callrouter.settings import AsteriskServer, Settings
from tests.ari.server import PASSWORD, AriServer

CONFIG = """
timezone: Europe/Belgrade
agents:
  a: {name: Amina, extension: "1001"}
  b: {name: Bojan, extension: "1002"}
agent_groups: {g: {members: [a, b]}}
incoming_call_settings:
  s:
    numbers: ["700"]
    call_routing: Sequential
    greeting_message: "Good day."
    agent_busy_message: "Busy."
    agent_unavailable_message: "Away."
    call_handling_schedule:
      - {days: Mon-Sun, from_time: "00:00", to_time: "24:00", agent_group: g}
"""


@pytest.fixture
def table(tmp_path: Path) -> RoutingTable:
    (tmp_path / "callrouter.yaml").write_text(CONFIG)
    return load_file(tmp_path / "callrouter.yaml").table


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "config": folder / "callrouter.yaml",
            "database_url": "postgresql://callrouter:hush@127.0.0.1:1/none",
            "spool_dir": folder / "spool",
            "prompts_dir": folder / "prompts",
        }
        | more
    )


async def listed(findings: AsyncIterator[Finding]) -> dict[str, Finding]:
    """By what was looked at, without the address before it."""
    return {_ADDRESS.sub("", each.check) or "asterisk": each async for each in findings}


_ADDRESS = re.compile(r"^(database: |http://\S+:\d+(: )?)")


def bad(found: dict[str, Finding]) -> dict[str, Level]:
    return {check: each.level for check, each in found.items() if each.level > Level.SKIPPED}


# Asterisk


@pytest.fixture
def asterisk(server: AriServer) -> AriServer:
    """One that has all it needs."""
    loads = [line for line in (STATIC_FILES / "modules.conf").read_text().splitlines() if
             line.startswith("load")]  # fmt: skip
    names = [line.partition(";")[0].partition("=")[2].strip() for line in loads]
    server.modules = [{"name": name, "status": "Running"} for name in names]
    server.variables = {"UNAVAILABLE_SOUND": "vm-nobodyavail"}
    return server


async def looked(asterisk: AriServer, password: str = PASSWORD) -> dict[str, Finding]:
    place = AsteriskServer(url=asterisk.url, password=SecretStr(password))
    return await listed(look_at_asterisk(place, "callrouter"))


async def test_an_asterisk_that_is_well(asterisk: AriServer) -> None:
    found = await looked(asterisk)
    assert bad(found) == {}
    assert {"way", "modules", "user", "application", "dialplan"} <= found.keys()
    assert found["modules"].says.endswith("are running")


async def test_what_can_be_wrong_with_an_asterisk(asterisk: AriServer) -> None:
    whole = list(asterisk.modules)
    asterisk.modules = [each for each in whole if each["name"] != "app_stasis.so"]
    found = await looked(asterisk)
    assert bad(found) == {"modules": Level.ERROR}
    assert "app_stasis.so" in found["modules"].says
    asterisk.modules = [each for each in whole if each["name"] != "codec_g722.so"]
    assert bad(await looked(asterisk)) == {"modules": Level.WARNING}
    asterisk.modules = whole
    asterisk.answers["POST /asterisk/variable"] = (403, "Forbidden")
    assert bad(await looked(asterisk)) == {"user": Level.ERROR}
    asterisk.answers = {"GET /applications/callrouter": (404, "Application not found")}
    assert bad(await looked(asterisk)) == {"application": Level.ERROR}
    asterisk.answers = {}
    asterisk.variables = {}
    assert bad(await looked(asterisk)) == {"dialplan": Level.WARNING}
    asterisk.variables = {"UNAVAILABLE_SOUND": "x"}
    asterisk.info["system"]["version"] = "18.9.0"
    found = await looked(asterisk)
    assert found["asterisk"].level is Level.ERROR
    assert "too old" in found["asterisk"].says


async def test_an_asterisk_that_lets_nobody_in_or_is_not_there(asterisk: AriServer) -> None:
    asterisk.answers["GET /asterisk/info"] = (401, "Authentication required")
    found = await looked(asterisk)
    assert "not accepted" in found["asterisk"].says
    assert PASSWORD not in str(found)
    found = await looked(asterisk, password="")
    assert found["password"].level is Level.ERROR
    await asterisk.stop()
    found = await looked(asterisk)
    assert found["asterisk"].level is Level.ERROR
    assert "Start Asterisk" in found["asterisk"].remedy


async def test_a_way_in_clear_text_over_the_network() -> None:
    for url, level in (
        ("http://192.0.2.1:8088", Level.WARNING),
        ("https://192.0.2.1:8088", Level.OK),
        ("http://[::1]:8088", Level.OK),
        ("http://localhost:8088", Level.OK),
    ):
        found = look_at_asterisk(AsteriskServer(url=url, password=SecretStr("x")), "a")
        first = await anext(found)
        await found.aclose()  # type: ignore[attr-defined]
        assert (first.check, first.level) == (f"{url}: way", level)


async def test_phones(asterisk: AriServer, table: RoutingTable) -> None:
    place = AsteriskServer(url=asterisk.url, password=SecretStr(PASSWORD))

    async def phones() -> dict[str, Finding]:
        return await listed(look_at_phones(place, "callrouter", table))

    asterisk.add_phone("1001")
    assert "no account for PJSIP/1002" in (await phones())["phones"].says
    asterisk.add_phone("1002", "offline")
    found = (await phones())["phones"]
    assert (found.level, found.says) == (Level.WARNING, "1 of 2 are registered; none of: Bojan.")
    asterisk.add_phone("1001", "offline")
    assert (await phones())["phones"].level is Level.ERROR
    for account in ("1001", "1002"):
        asterisk.add_phone(account)
    assert bad(await phones()) == {}
    asterisk.variables["AWAY_VERSION"] = "another"
    assert bad(await phones()) == {"safety net": Level.WARNING}
    asterisk.variables["AWAY_VERSION"] = table.version
    assert bad(await phones()) == {}


# Asterisk's files, and this machine


@pytest.fixture
def conf(tmp_path: Path, table: RoutingTable) -> Path:
    folder = tmp_path / "asterisk"
    secrets = AsteriskSecrets(tmp_path / "phone-secrets.json")
    write_conf(folder, table, AsteriskSite(), secrets, "password")
    return folder


async def files(tmp_path: Path, conf: Path) -> dict[str, Finding]:
    log_dir = tmp_path / "log"
    (log_dir / "cdr-csv").mkdir(parents=True, exist_ok=True)
    given = settings(tmp_path, asterisk_conf_dir=conf, asterisk_log_dir=log_dir)
    return {each.check: each for each in await look_at_files(given)}


async def test_a_log_folder_that_the_router_cannot_use(tmp_path: Path, conf: Path) -> None:
    async def log_folder(log_dir: Path | None) -> Finding:
        given = settings(tmp_path, asterisk_conf_dir=conf, asterisk_log_dir=log_dir)
        found = await look_at_files(given)
        return next(each for each in found if each.check.endswith("log folder"))

    assert (await log_folder(None)).level is Level.WARNING
    found = await log_folder(tmp_path / "nowhere")
    assert found.level is Level.ERROR
    assert "nowhere/cdr-csv" in found.says
    assert "CALLROUTER_ASTERISK_LOG_DIR" in found.remedy


async def test_asterisks_files(tmp_path: Path, conf: Path) -> None:
    assert bad(await files(tmp_path, conf)) == {}
    net = conf / "generated" / "extensions_away.conf"
    written = net.read_text()
    over = int(time.time()) - 86400
    net.write_text(f"exten => s0,1,GotoIf($[${{EPOCH}} < {over}]?p0,1)\n")
    found = await files(tmp_path, conf)
    assert bad(found) == {"safety net": Level.ERROR}
    assert "ran out 1.0 days ago" in found["safety net"].says
    net.write_text("; nothing\n")
    assert bad(await files(tmp_path, conf)) == {"safety net": Level.ERROR}
    net.write_text(written)
    address = conf / "generated" / "http_address.conf"
    address.write_text("bindaddr = 0.0.0.0\nbindport = 8088\n")
    assert bad(await files(tmp_path, conf)) == {"ARI's address": Level.WARNING}
    (conf / "extensions.conf").write_text("[from-trunk]\n[callrouter-away]\n")
    found = await files(tmp_path, conf)
    assert (
        "lacks the contexts from-agents, callrouter-note, callrouter-no-forward"
        in found["asterisk's files"].says
    )
    net.unlink()
    found = await files(tmp_path, conf)
    assert found["asterisk's files"].level is Level.ERROR
    assert "callrouter asterisk-conf" in found["asterisk's files"].remedy


async def test_passwords_that_everybody_may_read(tmp_path: Path, conf: Path) -> None:
    given = settings(tmp_path, asterisk_conf_dir=conf)

    async def secrets() -> Finding:
        found = {each.check: each for each in await machine.look_at_machine(given)}
        return found["secrets"]

    assert (await secrets()).level is Level.OK
    (tmp_path / "phone-secrets.json").chmod(0o644)
    found = await secrets()
    assert found.level is Level.ERROR
    assert "phone-secrets.json" in found.says


async def test_prompts_that_are_not_there_or_that_asterisk_cannot_read(
    tmp_path: Path, conf: Path, table: RoutingTable
) -> None:
    given = settings(tmp_path, asterisk_conf_dir=conf)
    given.prompts_dir.mkdir()
    found, spoken = await look_at_configuration(given, 60)
    assert spoken is not None, found
    (prompts,) = await look_at_prompts(given, spoken)
    owner = os.geteuid()
    assert prompts.level is Level.OK, prompts
    sounds = [path for path in given.prompts_dir.rglob("*") if path.suffix not in ("", ".json")]
    assert sounds
    if owner == 0:
        os.chown(conf, 12345, 12345)  # now Asterisk's user is somebody else
        for path in (tmp_path, *tmp_path.parents):
            if not path.stat().st_mode & 1:
                (prompts,) = await look_at_prompts(given, spoken)
                assert prompts.level is Level.ERROR
    for path in sounds:
        path.chmod(0)
    (prompts,) = await look_at_prompts(given, spoken)
    assert (prompts.level, "cannot read" in prompts.says) == (Level.ERROR, True)
    for path in sounds:
        path.unlink()
    (prompts,) = await look_at_prompts(given, spoken)
    assert (prompts.level, "Not there" in prompts.says) == (Level.ERROR, True)
    (prompts,) = await look_at_prompts(given, table)
    assert prompts.level is Level.SKIPPED


async def test_little_room_and_few_descriptors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.statvfs("/")
    free = [1]

    def statvfs(_: object) -> os.statvfs_result:
        blocks = free[0] * 1024**2 // really.f_frsize
        return os.statvfs_result((*really[:4], blocks, *really[5:]))

    monkeypatch.setattr(os, "statvfs", statvfs)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 256))
    for megabytes, level in ((1, Level.ERROR), (100, Level.WARNING), (9999, Level.OK)):
        free[0] = megabytes
        found = {each.check: each for each in await machine.look_at_machine(settings(tmp_path))}
        assert found["disk: spool"].level is level
    assert found["descriptors"].level is Level.WARNING


async def test_the_engine_that_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = await machine.look_at_speech()
    assert (found.level, "languages" in found.says) == (Level.OK, True)
    monkeypatch.setattr("callrouter.prompts.tts._PROCESS", Path("/nowhere.py"))
    (found,) = await machine.look_at_speech()
    assert found.level is Level.ERROR
    assert "espeakng-loader" in found.remedy


# The configuration


async def test_a_configuration_that_is_well_doubtful_wrong_or_missing(
    tmp_path: Path, table: RoutingTable
) -> None:
    given = settings(tmp_path)
    found, loaded = await look_at_configuration(given, 60)
    assert found.level is Level.OK, found
    assert loaded is not None
    assert loaded.version == table.version
    (tmp_path / "callrouter.yaml").write_text(CONFIG.replace("[a, b]", "[a]"))
    found, loaded = await look_at_configuration(given, 60)
    assert (found.level, loaded is not None) == (Level.WARNING, True)
    (tmp_path / "callrouter.yaml").write_text(CONFIG.replace("[a, b]", "[nobody]"))
    found, loaded = await look_at_configuration(given, 60)
    assert (found.level, loaded) == (Level.ERROR, None)
    assert "nobody" in found.says
    (tmp_path / "callrouter.yaml").unlink()
    found, _ = await look_at_configuration(given, 60)
    assert found.level is Level.ERROR
    found, _ = await look_at_configuration(settings(tmp_path, config="database"), 60)
    assert found.level is Level.SKIPPED


# PostgreSQL and other routers


async def test_a_database_that_is_away_or_whose_address_is_no_address() -> None:
    found = await listed(look_at_database("postgresql://u:hush@127.0.0.1:1/x"))
    assert found["database"].level is Level.ERROR
    assert "hush" not in str(found)
    found = await listed(look_at_database("mysql://u:hush@127.0.0.1/x"))
    assert "must be PostgreSQL" in found["database"].says
    assert "hush" not in str(found)


@pytest.mark.postgres
async def test_a_database_without_our_tables(postgres_url: str) -> None:
    found = await listed(look_at_database(postgres_url))
    assert bad(found) == {"tables": Level.ERROR}
    assert "callrouter migrate" in found["tables"].remedy
    assert found["database"].says.startswith("PostgreSQL 1")
    assert found["clock: PostgreSQL"].level is Level.OK


@pytest.mark.postgres
async def test_a_database_that_is_well_and_one_whose_rights_are_taken(
    engine: AsyncEngine, postgres_server: PostgresServer
) -> None:
    url = postgres_server.url(str(engine.url.database))
    found = await listed(look_at_database(url))
    assert bad(found) == {"router": Level.ERROR}, found  # none runs here
    async with engine.begin() as connection:
        await connection.execute(text("CREATE ROLE nearly LOGIN PASSWORD 'nearly'"))
        await connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO nearly"))
        await connection.execute(text("REVOKE INSERT ON attempts, holidays FROM nearly"))
    try:
        password = re.sub(r"//.*@", "//nearly:nearly@", url)
        found = await listed(look_at_database(password))
        assert found["rights"].level is Level.ERROR, found
        assert {"attempts", "holidays"} <= set(re.findall(r"\w+", found["rights"].says))
    finally:
        async with engine.begin() as connection:
            await connection.execute(text("DROP OWNED BY nearly"))
            await connection.execute(text("DROP ROLE nearly"))


def seen(name: str, silent: float = 0.0, **status: object) -> RouterSeen:
    now = datetime.now(UTC)
    served = (AsteriskStatus(url="http://one", connected=True),)
    told = RouterStatus(callrouter="1", asterisk=served, **status)  # type: ignore[arg-type]
    return RouterSeen(name, now, now - timedelta(seconds=silent), silent, told)


def test_routers_none_one_two_a_silent_one_and_one_that_refuses() -> None:
    def levels(*each: RouterSeen) -> list[Level]:
        return sorted(finding.level for finding in routers(each))

    assert levels() == [Level.ERROR]
    assert levels(seen("a")) == [Level.OK]
    assert levels(seen("a"), seen("b", silent=60)) == [Level.OK, Level.WARNING]
    assert levels(seen("a"), seen("b")) == [Level.OK, Level.OK, Level.ERROR]
    assert levels(seen("a", problems=("no agent",))) == [Level.ERROR]


def test_a_clock_that_is_off() -> None:
    assert clock("x", 0.5, 2.0).level is Level.OK
    assert clock("x", 7.25, 2.0).says == "It is 7.2 s ahead of this machine's."
    assert "behind" in clock("x", -7.25, 2.0).says


# What answers over HTTP


async def test_health_and_console(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    given = settings(tmp_path, health_port=port)
    assert (await look_at_health(settings(tmp_path)))[0].level is Level.SKIPPED
    assert (await look_at_health(given))[0].level is Level.ERROR
    url = f"http://127.0.0.1:{port}"
    assert (await look_at_console(url))[0].level is Level.WARNING
    checks = [{"state": "ok"}]

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "degraded", "checks": checks}, status=503)

    async def me(_: web.Request) -> web.Response:
        return web.json_response({}, status=401, content_type=kind)

    application = web.Application()
    application.router.add_get("/health", health)
    application.router.add_get("/api/v1/me", me)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        assert (await look_at_health(given))[0].level is Level.OK
        checks[:] = [
            {"state": "down", "alarm": "disk_full", "subject": "spool", "says": "S", "remedy": "R"}
        ]
        (found,) = await look_at_health(given)
        assert found == Finding("health: disk_full spool", Level.ERROR, "S", "R")
        kind = "application/json"
        assert (await look_at_console(url))[0].level is Level.WARNING
        kind = "application/problem+json"
        assert (await look_at_console(url))[0].level is Level.OK
    finally:
        await runner.cleanup()


# All of it


async def test_it_ends_although_everything_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: RoutingTable
) -> None:
    monkeypatch.setattr("callrouter.doctor.examine.FIRST_SECONDS", 0.5)
    async with await asyncio.start_server(_says_nothing, "127.0.0.1", 0) as hole:
        port = hole.sockets[0].getsockname()[1]
        given = settings(
            tmp_path,
            database_url=f"postgresql://u@127.0.0.1:{port}/x",
            asterisk_servers=[{"url": f"http://127.0.0.1:{port}", "password": "x"}],
            health_port=port,
        )
        found = await examine(given, f"http://127.0.0.1:{port}")
    hung = {each.check for each in found if each.says == "No answer within 0.5 s."}
    assert {"database", f"http://127.0.0.1:{port}", "health", "console"} <= hung


async def _says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()
