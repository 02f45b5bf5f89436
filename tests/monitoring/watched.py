"""A router as the watch sees it, without any of its parts."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from callrouter.configuration import ConfigurationState
from callrouter.monitoring.watch import Watch
from callrouter.router import Router
from callrouter.settings import Settings


class Records:
    """What the watch asks of the record writer."""

    def __init__(self) -> None:
        self.away = self.spool_refuses = self.spooled = False
        self.waiting = self.refused = self.written = self.logged_only = self.commits = 0

    def append(self, call_id: object, fact: object) -> None:
        pass

    def resume(self, call_id: object, facts: object) -> None:
        pass


def listener(url: str, *, heard: bool = True) -> Any:
    ready = asyncio.Event()
    if heard:
        ready.set()
    client = SimpleNamespace(
        url=url, heard=12, connections=3, requests=SimpleNamespace(sent=34), entity_id="e"
    )
    return SimpleNamespace(client=client, ready=ready, unusable=None)


def watch(folder: Path, *listeners: Any, password: str = "") -> Watch:
    """A watch over a router that listens to these, or has not begun yet where there are none."""
    settings = Settings.model_validate(
        {
            "database_url": f"postgresql://callrouter:{password}@db/callrouter",
            "ari_password": password,
            "spool_dir": folder / "spool",
            "prompts_dir": folder / "prompts",
        }
    )
    state = ConfigurationState(source="callrouter.yaml")
    state.live("abc")
    made = Watch(settings, cast(Any, Records()), state)
    if listeners:
        gate = SimpleNamespace(overload=SimpleNamespace(on=False))
        router = SimpleNamespace(listeners=list(listeners), calls=2, stopping=False, gate=gate)
        made.router = cast(Router, router)
    return made
