"""`callrouter asterisk-conf`: write the directory of configuration files that Asterisk reads."""

import argparse
import os
import re
import sys
from pathlib import Path

from callrouter.asterisk_conf.directory import AsteriskConfError, AsteriskSite, write_conf
from callrouter.asterisk_conf.secrets import AsteriskSecrets
from callrouter.commands.given_config import config_source
from callrouter.config.load import load_file
from callrouter.config.problems import ConfigError
from callrouter.db.engine import DatabaseUnavailable
from callrouter.settings import BadEnvironment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The defaults suit Asterisk and callrouter on one machine with its phones in the network."""
    site = AsteriskSite()
    add = parser.add_argument
    add("--config", type=Path, default=os.environ.get("CALLROUTER_CONFIG", "callrouter.yaml"))
    add("--output", type=Path, required=True, help="the directory, for example /etc/asterisk")
    add("--secrets", type=Path, help="phones' passwords (default: phone-secrets.json in OUTPUT)")
    add("--sip-bind", default=site.sip_bind, metavar="ADDRESS", help="listen for SIP here")
    add("--sip-port", type=int, default=site.sip_port, metavar="PORT")
    add("--http-bind", default=site.http_bind, metavar="ADDRESS", help="listen for callrouter here")
    add("--http-port", type=int, default=site.http_port, metavar="PORT")
    add("--rtp-ports", type=_ports, default=(site.rtp_start, site.rtp_end), metavar="FROM-TO")
    add("--external-address", metavar="ADDRESS", help="how phones outside see this machine")
    add("--local-network", action="append", default=[], metavar="NET", help="not behind that NAT")
    add("--qualify-seconds", type=int, default=site.qualify_seconds, metavar="N")


def run(arguments: argparse.Namespace) -> int:
    """ARI's password is CALLROUTER_ARI_PASSWORD; where that is unset, one is made and kept."""
    secrets = AsteriskSecrets(arguments.secrets or arguments.output / "phone-secrets.json")
    site = AsteriskSite(
        sip_bind=arguments.sip_bind,
        sip_port=arguments.sip_port,
        external_address=arguments.external_address,
        local_networks=tuple(arguments.local_network),
        http_bind=arguments.http_bind,
        http_port=arguments.http_port,
        rtp_start=arguments.rtp_ports[0],
        rtp_end=arguments.rtp_ports[1],
        qualify_seconds=arguments.qualify_seconds,
    )
    try:
        table = load_file(config_source(arguments.config)).table
        password = os.environ.get("CALLROUTER_ARI_PASSWORD") or secrets.ari()
        write_conf(arguments.output, table, site, secrets, password)
    except (
        *(ConfigError, AsteriskConfError, OSError),
        *(BadEnvironment, DatabaseUnavailable),
    ) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{arguments.output} is written; phones' passwords are in {secrets.path}.")
    return 0


def _ports(text: str) -> tuple[int, int]:
    ports = re.fullmatch(r"(\d+)-(\d+)", text)
    if not ports or not 1024 <= int(ports[1]) < int(ports[2]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 10000-20000")
    return int(ports[1]), int(ports[2])
