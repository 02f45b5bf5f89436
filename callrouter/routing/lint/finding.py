"""What lint finds: where, what, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from callrouter.routing.model import IncomingCallSettings, Override

SCHEDULE = "call_handling_schedule"
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A warning, or with `error` what cannot work, though the router does: other numbers ring.

    `path` leads to its place, e.g. `("agent_groups", "night", "members")`.
    """

    path: Path
    message: str
    remedy: str = ""
    error: bool = False


def settings_path(settings: IncomingCallSettings, *more: str | int) -> Path:
    return ("incoming_call_settings", settings.name, *more)


def row_path(settings: IncomingCallSettings, index: int) -> Path:
    return settings_path(settings, SCHEDULE, index)


def override_path(settings: IncomingCallSettings, override: Override) -> Path:
    """Where an override is written: with its settings, or at the top for all of them."""
    alike = [
        each
        for each in settings.overrides
        if not each.live and bool(each.settings) == bool(override.settings)
    ]
    place = alike.index(override)
    if not override.settings:
        return ("overrides", place)
    return settings_path(settings, "overrides", place)


def names(some: Sequence[str]) -> str:
    """`sales`, `sales and support`, `a, b and c`."""
    *others, last = some
    return f"{', '.join(others)} and {last}" if others else last
