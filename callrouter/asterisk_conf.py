"""The directory Asterisk reads: `asterisk-conf/`, and what is made from the configuration.

Rendering is pure; writing is atomic per file. Law: nothing from the configuration reaches a file
without `_plain`, `_account` or `_number`: a name may hold `;`, `[` or a line break.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from callrouter.asterisk_secrets import AsteriskSecrets
from callrouter.routing.model import Agent, RoutingTable

STATIC_FILES = Path(__file__).resolve().parents[1] / "asterisk-conf"
GENERATED = "generated"
ARI_USER = "callrouter"
SHIPPED_SENTENCE = "vm-nobodyavail"
OUTSIDE_PHONE = "2001"
RING_SECONDS_BETWEEN_AGENTS = 30

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_NUMBER = re.compile(r"[0-9A-Za-z+*#]{1,70}")
_SOUND = re.compile(r"[^&,;${}\[\]\"\\\x00-\x1f\x7f]+")
_HEADER = "; Made by `callrouter asterisk-conf`. It is written anew; changes here are lost.\n\n"


class AsteriskConfError(Exception):
    """The configuration has something that cannot be said to Asterisk."""


@dataclass(frozen=True, slots=True)
class AsteriskSite:
    """What differs from one Asterisk machine to another.

    `external_address` is the address phones outside see when this machine is behind NAT;
    `qualify_seconds` is how often a registered phone is asked whether it is still there (0:
    never). `local` adds an outside caller's phone and lets calls from 127.0.0.1 in.
    """

    sip_bind: str = "0.0.0.0"  # noqa: S104
    sip_port: int = 5060
    external_address: str | None = None
    local_networks: tuple[str, ...] = ()
    http_bind: str = "127.0.0.1"
    http_port: int = 8088
    rtp_start: int = 10_000
    rtp_end: int = 20_000
    qualify_seconds: int = 60
    local: bool = False
    directories: Mapping[str, str] = field(default_factory=dict)


def write_conf(
    output: Path, table: RoutingTable, site: AsteriskSite, secrets: AsteriskSecrets, password: str
) -> None:
    """Write the whole directory. `password` is that of ARI's user `callrouter`.

    Raises AsteriskConfError when an agent's phone cannot be a SIP account.
    """
    generated = output / GENERATED
    generated.mkdir(parents=True, exist_ok=True)
    files = render_site(site, secrets, password) | render_table(table, site, secrets)
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


def update_agents(output: Path, table: RoutingTable) -> tuple[str, ...]:
    """Bring the files of `table` up to date in a directory that `write_conf` made.

    Returns the Asterisk modules to reload, which are none when nothing changed.
    """
    generated = output / GENERATED
    known = json.loads((generated / "site.json").read_text())
    secrets = AsteriskSecrets(Path(known.pop("secrets")))
    known["local_networks"] = tuple(known["local_networks"])
    files = render_table(table, AsteriskSite(**known), secrets)
    changed = {name for name, text in files.items() if _write(generated / name, text)}
    modules = {"pbx_config.so" if "pjsip" not in name else "res_pjsip.so" for name in changed}
    return tuple(sorted(modules, reverse=True))


def agent_phones(table: RoutingTable) -> dict[str, Agent]:
    """SIP account → agent, for phones that register here (not those behind a trunk)."""
    phones: dict[str, Agent] = {}
    for agent in table.agents.values():
        for phone in agent.phones:
            technology, _, account = phone.partition("/")
            if technology != "PJSIP" or "@" in account or "/" in account:
                continue
            if not _ACCOUNT.fullmatch(account):
                raise AsteriskConfError(
                    f"Agent {agent.id!r}: {phone!r} cannot be a SIP account. "
                    "Use letters, digits and . _ + - after PJSIP/."
                )
            phones.setdefault(account, agent)
    return phones


def render_site(site: AsteriskSite, secrets: AsteriskSecrets, password: str) -> dict[str, str]:
    """Name → text of the files that follow from the machine alone."""
    known = asdict(site) | {"secrets": str(secrets.path)}
    directories = [f"{name} = {_plain(path)}" for name, path in site.directories.items()]
    files = {
        "directories.conf": ["[directories]", *directories],
        "entity.conf": [f"entityid = {secrets.entity_id()}"],
        "http_address.conf": [
            f"bindaddr = {_plain(site.http_bind)}",
            f"bindport = {site.http_port}",
        ],
        "rtp_ports.conf": [f"rtpstart = {site.rtp_start}", f"rtpend = {site.rtp_end}"],
        "pjsip_transports.conf": list(_transports(site)),
        "ari_user.conf": [
            f"[{ARI_USER}]",
            "type = user",
            "read_only = no",
            "password_format = plain",
            f"password = {_plain(password)}",
        ],
    }
    return {name: _HEADER + "\n".join(lines) + "\n" for name, lines in files.items()} | {
        "site.json": json.dumps(known, indent=1) + "\n"
    }


def render_table(
    table: RoutingTable, site: AsteriskSite, secrets: AsteriskSecrets
) -> dict[str, str]:
    """Name → text of the files that follow from the agents and numbers."""
    phones = agent_phones(table)
    files = {
        "globals.conf": [f"UNAVAILABLE_SOUND = {SHIPPED_SENTENCE}"],
        "pjsip_agents.conf": list(_agents(phones, site, secrets)),
        "extensions_agents.conf": list(_extensions(table, phones)),
        "extensions_away.conf": list(_away(table)),
    }
    if site.local:
        files["pjsip_local.conf"] = list(_local(phones, secrets))
    return {name: _HEADER + "\n".join(lines) + "\n" for name, lines in files.items()}


def _transports(site: AsteriskSite) -> Iterator[str]:
    for protocol in ("udp", "tcp"):
        yield f"[transport-{protocol}]"
        yield "type = transport"
        yield f"protocol = {protocol}"
        yield f"bind = {_plain(site.sip_bind)}:{site.sip_port}"
        if site.external_address:
            yield f"external_media_address = {_plain(site.external_address)}"
            yield f"external_signaling_address = {_plain(site.external_address)}"
        for network in site.local_networks:
            yield f"local_net = {_plain(network)}"
        yield ""


def _agents(
    phones: Mapping[str, Agent], site: AsteriskSite, secrets: AsteriskSecrets
) -> Iterator[str]:
    for account, agent in sorted(phones.items()):
        yield f"; {_plain(agent.id)}: {_plain(agent.name)}"
        caller = f'callerid = "{_quoted(agent.name)}" <{_number(agent.extension)}>'
        endpoint = [caller, *_contacts_as_registered(site)]
        yield from _account(account, secrets.phone(account), endpoint, site.qualify_seconds)


def _contacts_as_registered(site: AsteriskSite) -> list[str]:
    """On loopback there is no NAT: a phone may register from one port and listen on another."""
    return ["rewrite_contact = no"] if site.sip_bind.startswith("127.") else []


def _account(
    name: str, secret: str, endpoint: list[str], qualify_seconds: int = 0
) -> Iterator[str]:
    yield f"[{name}](agent-phone)"
    yield f"auth = {name}"
    yield f"aors = {name}"
    yield from endpoint
    yield ""
    yield f"[{name}](agent-phone-auth)"
    yield f"username = {name}"
    yield f"password = {secret}"
    yield ""
    yield f"[{name}](agent-phone-aor)"
    yield f"qualify_frequency = {qualify_seconds}"
    yield ""


def _local(phones: Mapping[str, Agent], secrets: AsteriskSecrets) -> Iterator[str]:
    if OUTSIDE_PHONE not in phones:
        yield "; A phone that plays the outside caller."
        endpoint = ["context = from-trunk", f'callerid = "Outside caller" <{OUTSIDE_PHONE}>']
        yield from _account(OUTSIDE_PHONE, secrets.phone(OUTSIDE_PHONE), endpoint)
    yield "; Calls from this machine that are no phone's: another PBX, SIPp."
    yield "[loopback-trunk]"
    yield "type = endpoint"
    yield "context = from-trunk"
    yield "disallow = all"
    yield "allow = g722,alaw,ulaw,opus"
    yield "direct_media = no"
    yield "rtp_symmetric = yes"
    yield "force_rport = yes"
    yield "trust_id_inbound = yes"
    yield "allow_transfer = no"
    yield "allow_subscribe = no"
    yield "send_connected_line = no"
    yield "set_var = FORWARD_CONTEXT=callrouter-no-forward"
    yield ""
    yield "[loopback-trunk]"
    yield "type = identify"
    yield "endpoint = loopback-trunk"
    yield "match = 127.0.0.1"


def _extensions(table: RoutingTable, phones: Mapping[str, Agent]) -> Iterator[str]:
    """An agent dials a colleague. `i`: a phone that says "302 moved" is not obeyed."""
    for agent in table.agents.values():
        dial = "&".join(f"PJSIP/{name}" for name, owner in phones.items() if owner.id == agent.id)
        if dial and _NUMBER.fullmatch(agent.extension):
            yield f"; {_plain(agent.id)}: {_plain(agent.name)}"
            yield f"exten => {agent.extension},1,Set(COLLEAGUE=1)"
            yield f" same => n,Dial({dial},{RING_SECONDS_BETWEEN_AGENTS},i)"
            yield " same => n,Hangup()"


def _away(table: RoutingTable) -> Iterator[str]:
    """Each number's own sentence, once it is rendered; the rest is in extensions.conf."""
    for number, name in table.numbers.items():
        message = table.settings[name].agent_unavailable_message
        if not message or not message.media or not _SOUND.fullmatch(message.media):
            continue
        ways_to_dial = [number] + (["00" + number[1:]] if number.startswith("+") else [])
        for dialled in ways_to_dial:
            if _NUMBER.fullmatch(dialled):
                yield f"exten => to{dialled},1,Set(SENTENCE={message.media})"
                yield " same => n,Goto(callrouter-speak,s,1)"


def _plain(text: str) -> str:
    """`text` on one line, without what begins a comment."""
    return re.sub(r"[\x00-\x1f\x7f;]+", " ", str(text)).strip()


def _quoted(name: str) -> str:
    return re.sub(r'["\\<>]+', "", _plain(name))


def _number(extension: str) -> str:
    if not _NUMBER.fullmatch(extension):
        raise AsteriskConfError(
            f"The extension {extension!r} cannot be dialled. Use digits, letters, + * and #."
        )
    return extension


def _write(path: Path, text: str, *, mode: int = 0o600) -> bool:
    """Put `text` into `path` if it is not there yet; whoever reads sees the old or the new file.

    Root gives the file to the owner of the directory, so that Asterisk's own user can read it.
    """
    try:
        if path.read_text() == text:
            return False
    except (FileNotFoundError, UnicodeDecodeError):
        pass
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        shutil.chown(unfinished, owner.st_uid, owner.st_gid)
    unfinished.replace(path)
    return True
