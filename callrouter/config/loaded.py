"""What loading a configuration gives: apart from the loading, which the router does not import."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from callrouter.config.problems import Problem
from callrouter.routing.model import RoutingTable


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A usable configuration.

    `warnings` may hold errors too: of numbers that nobody can ever answer, while others ring.
    `files` are the sound files it names: the table is as good as they are, so they are watched too.
    `document` is what was written, plain values in JSON; `text` the file itself, if it is one.
    `digest` is that of the table; a configuration that was only checked has none.
    `net` is the dialplan for the time when no router is there (`asterisk_conf/net`).
    `stale_at` is when it has to be loaded anew although nothing has changed, None is never.
    """

    table: RoutingTable
    warnings: tuple[Problem, ...]
    files: tuple[Path, ...] = ()
    document: str = ""
    text: str | None = None
    stale_at: datetime | None = None
    digest: str = ""
    net: str = ""
