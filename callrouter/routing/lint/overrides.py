"""Overrides in the configuration: those that have ended, and those that win over each other."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from callrouter.routing.lint.finding import Finding, override_path
from callrouter.routing.model import IncomingCallSettings, Override, OverrideKind

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


def overrides(settings: IncomingCallSettings, today: date) -> Iterator[Finding]:
    """What is odd about the overrides of these settings; live ones end by themselves."""
    zone = ZoneInfo(settings.timezone)
    now = datetime(today.year, today.month, today.day, tzinfo=zone)
    written = [each for each in settings.overrides if not each.live]
    current: list[Override] = []
    for override in written:
        path = override_path(settings, override)
        if override.until_at is not None and override.until_at <= now:
            ended = override.until_at.astimezone(zone)
            message = f"this override has ended ({ended:%Y-%m-%d %H:%M})"
            yield Finding(path, message, "remove it")
            continue
        if override.until_at is None:
            what = "closes" if override.kind is OverrideKind.CLOSED else "rules"
            message = f"this override never ends: it {what} for good"
            yield Finding(path, message, 'write `until: "2026-12-31 08:00"`')
        winner = next((each for each in current if _meet(each, override)), None)
        if winner is not None:
            hidden = _start(winner) <= _start(override) and _end(override) <= _end(winner)
            message = (
                "this override never holds: one that wins over it holds all the time"
                if hidden
                else "this override overlaps another one, which wins while both hold"
            )
            yield Finding(path, message, "of several, those of the settings win, then the first")
        current.append(override)


def _meet(one: Override, other: Override) -> bool:
    return _start(one) < _end(other) and _start(other) < _end(one)


def _start(override: Override) -> datetime:
    return (override.from_at or _FIRST).astimezone(UTC)


def _end(override: Override) -> datetime:
    return (override.until_at or _LAST).astimezone(UTC)
