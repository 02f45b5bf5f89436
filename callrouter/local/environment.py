"""What the stack's programs and commands are told by their environment (`CALLROUTER_…`)."""

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from callrouter.config.configured import DATABASE
from callrouter.local.asterisk import AsteriskServer
from callrouter.local.configuration import Followed
from callrouter.local.postgres import PostgresServer
from callrouter.local.settings import LocalSettings

DRAIN_SECONDS = 5.0


def whole_environment(
    settings: LocalSettings,
    state_dir: Path,
    chosen: Followed,
    postgres: PostgresServer,
    asterisk: AsteriskServer,
) -> dict[str, str]:
    """For the router, the console and all commands; it has passwords."""
    server = {
        "url": asterisk.ari_url,
        "username": asterisk.ari_user,
        "password": asterisk.ari_password,
    }
    return {
        **database_environment(settings, state_dir, postgres),
        "CALLROUTER_CONFIG": str(chosen.config),
        "CALLROUTER_ASTERISK_SERVERS": json.dumps([server]),
        "CALLROUTER_SPOOL_DIR": str(state_dir / "spool"),
        "CALLROUTER_ASTERISK_CONF_DIR": str(asterisk.conf_dir),
        "CALLROUTER_ASTERISK_LOG_DIR": str(asterisk.log_dir),
        "CALLROUTER_DRAIN_SECONDS": os.environ.get("CALLROUTER_DRAIN_SECONDS", str(DRAIN_SECONDS)),
    }


def database_environment(
    settings: LocalSettings, state_dir: Path, postgres: PostgresServer
) -> dict[str, str]:
    """For commands that need no Asterisk and fill the database."""
    return {
        "CALLROUTER_CONFIG": DATABASE,
        "CALLROUTER_SOUNDS_DIR": str(settings.sounds_dir),
        "CALLROUTER_DATABASE_URL": postgres.url(),
        "CALLROUTER_PROMPTS_DIR": str(state_dir / "prompts"),
    }


def write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """For `callrouter calls` in another terminal: `. .state/environment` first."""
    lines = [f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"\n']
    lines += [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(lines)
