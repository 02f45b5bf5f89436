"""One Asterisk over ARI: there, fit, ours to command, with our modules, application and phones."""

import time
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec

from callrouter.ari.errors import AriError, Gone, Refused
from callrouter.ari.http import AriHttp
from callrouter.ari.requests import Requests
from callrouter.ari.version import is_fit
from callrouter.asterisk_conf.directory import STATIC_FILES
from callrouter.doctor.database import clock
from callrouter.doctor.finding import Finding, error, some, warning, well
from callrouter.listening.phone_states import has_state
from callrouter.routing.model import RoutingTable
from callrouter.settings import AsteriskServer, is_in_the_open

SECONDS = 2.5
CLOCK_SECONDS = 3.0
"""Its clock is told in whole seconds."""

_NEEDED = """
app_dial app_playback app_stasis bridge_simple chan_pjsip func_strings pbx_config res_ari
res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_device_states
res_ari_endpoints res_ari_events res_ari_playbacks res_http_websocket res_pjsip
res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_stasis res_stasis_answer
res_stasis_device_state res_stasis_playback
"""
"""Without one of these calls cannot be taken, or not steered."""


class _Module(msgspec.Struct):
    name: str
    status: str


class _Variable(msgspec.Struct):
    value: str = ""


async def look_at_asterisk(server: AsteriskServer, app: str) -> AsyncIterator[Finding]:
    """Raises nothing: what cannot be asked is a finding."""
    name = server.url
    if not server.password.get_secret_value():
        remedy = "Set CALLROUTER_ARI_PASSWORD to that in Asterisk's ari.conf."
        yield error(f"{name}: password", "No password for ARI is set.", remedy)
    try:
        client = _client(server, app)
    except Refused as invalid:
        yield error("asterisk", str(invalid), "Correct CALLROUTER_ASTERISK_SERVERS.")
        return
    try:
        yield _way(name)
        async for finding in _asked(client, name):
            yield finding
    except AriError as failed:
        words = str(failed)
        if " 401 " in words:
            remedy = "Compare CALLROUTER_ARI_PASSWORD and ..._SERVERS with Asterisk's ari.conf."
            yield error(name, "ARI's user or password is not accepted.", remedy)
        else:
            remedy = "Start Asterisk, or mend the way to it (http.conf: bindaddr, bindport)."
            yield error(name, words, remedy)
    finally:
        await client.close()


def _client(server: AsteriskServer, app: str) -> AriHttp:
    """Raises Refused where the server's address is none."""
    password = server.password.get_secret_value()
    return AriHttp(Requests(server.url, server.username, password, timeout=SECONDS), app)


def _way(url: str) -> Finding:
    if not is_in_the_open(url):
        tls = url.lower().startswith("https:")
        return well(f"{url}: way", "TLS" if tls else "on this machine only")
    says = "ARI's password and all calls go over the network in clear text."
    remedy = "Use https:// (http.conf: tlsenable), a private network, or the same machine."
    return warning(f"{url}: way", says, remedy)


async def _asked(client: AriHttp, name: str) -> AsyncIterator[Finding]:
    system = (await client.info()).system
    if not is_fit(system.version):
        says = f"Asterisk {system.version} is too old."
        yield error(name, says, "Install 20.20.1, 22.10.1, 23.4.1 or later.")
    elif not system.entity_id:
        yield error(name, "It has no entity id.", "Set entityid in asterisk.conf.")
    else:
        yield well(name, f"Asterisk {system.version}, {system.entity_id}")
    yield await _modules(client, name)
    yield await _user(client, name)
    yield await _application(client, name)
    yield await _dialplan(client, name)
    if (found := await _clock(client, name)) is not None:
        yield found


async def _modules(client: AriHttp, name: str) -> Finding:
    check = f"{name}: modules"
    listed = await client.requests.ask("/asterisk/modules", list[_Module])
    running = {each.name for each in listed if each.status == "Running"}
    remedy = "Load them: the shipped modules.conf lists all (`callrouter asterisk-conf`)."
    if missing := sorted({f"{each}.so" for each in _NEEDED.split()} - running):
        return error(check, f"Not running: {some(missing)}.", remedy)
    if missing := sorted(_shipped() - running):
        return warning(check, f"Not running: {some(missing)}; parts may not work.", remedy)
    return well(check, f"{len(running)} are running")


def _shipped() -> set[str]:
    try:
        lines = (STATIC_FILES / "modules.conf").read_text().splitlines()
    except OSError:
        return set()
    loads = (line.partition(";")[0].partition("=") for line in lines if line.startswith("load"))
    return {module.strip() for _, _, module in loads}


async def _user(client: AriHttp, name: str) -> Finding:
    check = f"{name}: user"
    try:
        await client.set_global("CALLROUTER_DOCTOR", "")
    except Refused:
        remedy = "Set read_only = no for the user in Asterisk's ari.conf."
        return error(check, "ARI's user may only read.", remedy)
    return well(check, "may steer calls")


async def _application(client: AriHttp, name: str) -> Finding:
    check = f"{name}: application"
    try:
        await client.subscribed_devices()
    except Gone:
        says = f"No router listens as {client.app!r}: callers get the safety net."
        return error(check, says, "Start the router: `callrouter run`.")
    return well(check, f"a router listens as {client.app!r}")


async def _dialplan(client: AriHttp, name: str) -> Finding:
    check = f"{name}: dialplan"
    if not await variable(client, "UNAVAILABLE_SOUND"):
        says = "Asterisk does not run the dialplan that callrouter ships."
        remedy = "Let Asterisk read the directory that `callrouter asterisk-conf` writes."
        return warning(check, says, remedy)
    return well(check, "callrouter's is loaded")


async def variable(client: AriHttp, name: str) -> str:
    """A variable of the whole dialplan; empty where there is none."""
    try:
        query = {"variable": name}
        return (await client.requests.ask("/asterisk/variable", _Variable, query=query)).value
    except Gone:
        return ""


async def _clock(client: AriHttp, name: str) -> Finding | None:
    requests = client.requests
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with (
            aiohttp.ClientSession(headers=requests.headers, timeout=timeout) as session,
            session.get(f"{requests.address}/asterisk/ping") as answer,
        ):
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError, TimeoutError, aiohttp.ClientError):
        return None  # it told no time
    return clock(f"clock: {name}", theirs.timestamp() - time.time(), CLOCK_SECONDS)


async def look_at_phones(
    server: AsteriskServer, app: str, table: RoutingTable
) -> AsyncIterator[Finding]:
    """Which agents' phones are registered there, and whether its safety net is the table's."""
    check = f"{server.url}: phones"
    client = _client(server, app)
    try:
        states = {f"PJSIP/{each.resource}": each.state for each in await client.endpoints()}
        yield _phones(check, states, table)
        version = await variable(client, "AWAY_VERSION")
        if version and version != table.version:
            says = f"It is of configuration {version}, the newest is {table.version}."
            remedy = "If it lasts longer than a minute: read the router's log for `net_stale`."
            yield warning(f"{server.url}: safety net", says, remedy)
    except AriError:
        pass  # that it does not answer is told already
    finally:
        await client.close()


def _phones(check: str, states: Mapping[str, str], table: RoutingTable) -> Finding:
    own = [
        (agent.name, [phone for phone in agent.phones if has_state(phone)])
        for agent in table.agents.values()
    ]
    phones = {phone for _, each in own for phone in each}
    unknown = sorted(phones - states.keys())
    here = [phone for phone in phones if states.get(phone) == "online"]
    away = sorted(
        agent
        for agent, each in own
        if each and not any(states.get(phone) == "online" for phone in each)
    )
    says = f"{len(here)} of {len(phones)} are registered"
    if unknown:
        remedy = (
            "Write its files anew: `callrouter asterisk-conf`, or CALLROUTER_ASTERISK_CONF_DIR."
        )
        return error(check, f"Asterisk has no account for {some(unknown)}.", remedy)
    if phones and not here:
        return error(check, f"{says}: nobody can be rung.", "Register the agents' phones.")
    if away:
        remedy = "Register their phones, or log them out."
        return warning(check, f"{says}; none of: {some(away)}.", remedy)
    return well(check, says)
