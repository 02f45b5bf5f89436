"""The directory Asterisk reads: `asterisk-conf/`, and what is made from the configuration.

Rendering is pure; writing is atomic per file.
"""

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from callrouter.asterisk_conf import sip
from callrouter.asterisk_conf.net import DIALPLAN, net_dialplan, without_notes
from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.asterisk_conf.sip import OUTSIDE_PHONE
from callrouter.asterisk_conf.site import (
    NUMBER,
    AsteriskConfError,
    AsteriskSite,
    agent_phones,
    plain,
)
from callrouter.asterisk_log.places import LOG_DIR, NOTES
from callrouter.routing.model import Agent, RoutingTable

__all__ = [
    "ARI_USER",
    "GENERATED",
    "OUTSIDE_PHONE",
    "AsteriskConfError",
    "AsteriskSite",
    "agent_phones",
    "update_agents",
    "write_conf",
]

log = logging.getLogger(__name__)

STATIC_FILES = Path(__file__).resolve().parents[2] / "asterisk-conf"
GENERATED = "generated"
ARI_USER = "callrouter"
NOTES_CONTEXT = "[callrouter-note]"
SHIPPED_SENTENCE = "vm-nobodyavail"
RING_SECONDS_BETWEEN_AGENTS = 30

_HEADER = "; Made by `callrouter asterisk-conf`. It is written anew; changes here are lost.\n\n"


def write_conf(
    output: Path, table: RoutingTable, site: AsteriskSite, secrets: AsteriskSecrets, password: str
) -> None:
    """Write the whole directory. `password` is that of ARI's user `callrouter`.

    Raises AsteriskConfError when an agent's phone cannot be a SIP account.
    """
    generated = output / GENERATED
    generated.mkdir(parents=True, exist_ok=True)
    net = net_dialplan(table, datetime.now(UTC))
    files = render_site(site, secrets, password) | render_table(table, site, secrets, net)
    for static in sorted(STATIC_FILES.iterdir()):
        if static.suffix in (".conf", ".sample"):
            text = static.read_text()
            if static.name == "asterisk.conf" and "astetcdir" in site.directories:
                # It is read before Asterisk knows the folder to which includes are relative.
                text = text.replace(f"#include {GENERATED}", f"#include {generated}")
            _write(output / static.name, text, mode=0o644)
    for name in ("pjsip_local.conf",):
        if name not in files:
            (generated / name).unlink(missing_ok=True)
    for name, text in files.items():
        _write(generated / name, text)


def update_agents(output: Path, table: RoutingTable, net: str) -> tuple[str, ...]:
    """Bring the files of `table` up to date in a directory that `write_conf` made.

    `net` is `net_dialplan` of it, which takes too long for the router to make. Returns the
    Asterisk modules to reload, which are none when nothing changed.
    """
    generated = output / GENERATED
    known = json.loads((generated / "site.json").read_text())
    secrets = AsteriskSecrets(Path(known.pop("secrets")))
    known["local_networks"] = tuple(known["local_networks"])
    if NOTES_CONTEXT not in (output / "extensions.conf").read_text():
        log.warning(
            "%s is an older callrouter's: calls that Asterisk handles while no router is there do "
            "not come into the call log; run `callrouter asterisk-conf` again",
            output / "extensions.conf",
        )
        net = without_notes(net)
    files = render_table(table, AsteriskSite(**known), secrets, net)
    # What was written before an error, or before a crash, is due for a reload all the same.
    due = generated / "reload_due"
    modules = set(due.read_text().split()) if due.exists() else set()
    for name, text in files.items():
        if not _is(generated / name, text):
            modules.add("res_pjsip.so" if "pjsip" in name else DIALPLAN)
            _write(due, "\n".join(sorted(modules)))
            _write(generated / name, text)
    due.unlink(missing_ok=True)
    return tuple(sorted(modules, reverse=True))


def render_site(site: AsteriskSite, secrets: AsteriskSecrets, password: str) -> dict[str, str]:
    """Name → text of the files that follow from the machine alone."""
    known = asdict(site) | {"secrets": str(secrets.path)}
    directories = [f"{name} = {plain(path)}" for name, path in site.directories.items()]
    files = {
        "directories.conf": ["[directories]", *directories],
        "entity.conf": [f"entityid = {secrets.entity_id()}"],
        "http_address.conf": [
            f"bindaddr = {plain(site.http_bind)}",
            f"bindport = {site.http_port}",
        ],
        "rtp_ports.conf": [f"rtpstart = {site.rtp_start}", f"rtpend = {site.rtp_end}"],
        "pjsip_transports.conf": list(sip.transports(site)),
        "ari_user.conf": [
            f"[{ARI_USER}]",
            "type = user",
            "read_only = no",
            "password_format = plain",
            f"password = {plain(password)}",
        ],
    }
    return {name: _HEADER + "\n".join(lines) + "\n" for name, lines in files.items()} | {
        "site.json": json.dumps(known, indent=1) + "\n"
    }


def render_table(
    table: RoutingTable, site: AsteriskSite, secrets: AsteriskSecrets, net: str
) -> dict[str, str]:
    """Name → text of the files that follow from the agents and numbers."""
    phones = agent_phones(table)
    files = {
        "globals.conf": [
            f"UNAVAILABLE_SOUND = {SHIPPED_SENTENCE}",
            f"AWAY_NOTES = {plain(site.directories.get('astlogdir', LOG_DIR))}/{NOTES}",
            f"AWAY_VERSION = {plain(table.version)}",
        ],
        "pjsip_agents.conf": list(sip.agents(phones, site, secrets)),
        "extensions_agents.conf": list(_extensions(table, phones)),
        "extensions_away.conf": [net],
    }
    if site.local:
        files["pjsip_local.conf"] = list(sip.local(phones, site, secrets))
    return {name: _HEADER + "\n".join(lines) + "\n" for name, lines in files.items()}


def _extensions(table: RoutingTable, phones: Mapping[str, Agent]) -> Iterator[str]:
    """An agent dials a colleague. `i`: a phone that says "302 moved" is not obeyed."""
    for agent in table.agents.values():
        dial = "&".join(f"PJSIP/{name}" for name, owner in phones.items() if owner.id == agent.id)
        if dial and NUMBER.fullmatch(agent.extension):
            yield f"; {plain(agent.id)}: {plain(agent.name)}"
            yield f"exten => {agent.extension},1,Set(COLLEAGUE=1)"
            yield f" same => n,Dial({dial},{RING_SECONDS_BETWEEN_AGENTS},i)"
            yield " same => n,Hangup()"


def _is(path: Path, text: str) -> bool:
    """Whether the file holds exactly this."""
    try:
        return path.read_text() == text
    except (FileNotFoundError, UnicodeDecodeError):
        return False


def _write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Put `text` into `path` if it is not there yet; whoever reads sees the old or the new file.

    Root gives the file to the owner of the directory, so that Asterisk's own user can read it.
    """
    if _is(path, text):
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        shutil.chown(unfinished, owner.st_uid, owner.st_gid)
    unfinished.replace(path)
