"""How agents are rung: values that contradict each other, or have no effect."""

from collections.abc import Iterator

from callrouter.routing.lint.finding import Finding, settings_path
from callrouter.routing.model import (
    CallRouting,
    Greet,
    IncomingCallSettings,
    Ringback,
    RoutingTable,
)

_USUAL = IncomingCallSettings("", (), "UTC", CallRouting.SEQUENTIAL, ())


def ringing(table: RoutingTable, settings: IncomingCallSettings) -> Iterator[Finding]:
    """What is odd about the ring pattern and what the caller hears meanwhile."""
    path = settings_path(settings)
    if settings.max_ring_seconds < settings.ring_seconds:
        message = (
            f"{settings.max_ring_seconds:g} seconds of ringing in all is less than the "
            f"{settings.ring_seconds:g} seconds one agent may ring"
        )
        remedy = "make max_ring_seconds the larger one"
        yield Finding((*path, "max_ring_seconds"), message, remedy)
    for field, message, remedy in _without_effect(settings):
        yield Finding((*path, field), message, remedy)
    yield from _first_wave(table, settings)


def _without_effect(settings: IncomingCallSettings) -> Iterator[tuple[str, str, str]]:
    routing = settings.call_routing
    if settings.wave_sizes != _USUAL.wave_sizes and routing is not CallRouting.WAVES:
        message = f"wave_sizes has no effect: call_routing is {routing}"
        yield "wave_sizes", message, "write `call_routing: Waves`, or remove wave_sizes"
    if settings.stagger_seconds != _USUAL.stagger_seconds and routing is not CallRouting.STAGGERED:
        message = f"stagger_seconds has no effect: call_routing is {routing}"
        yield "stagger_seconds", message, "write `call_routing: Staggered`, or remove it"
    if settings.music_class != _USUAL.music_class and settings.ringback is not Ringback.MUSIC:
        message = f"music_class has no effect: ringback is {settings.ringback}"
        yield "music_class", message, "write `ringback: music`, or remove music_class"
    if settings.greeting_message is None:
        for field, said in (
            ("greet", settings.greet is not Greet.BEFORE_RINGING),
            ("skip_greeting_minutes", settings.skip_greeting_minutes > 0),
        ):
            if said:
                message = f"{field} has no effect: there is no greeting_message"
                yield field, message, f"add greeting_message, or remove {field}"


def _first_wave(table: RoutingTable, settings: IncomingCallSettings) -> Iterator[Finding]:
    if settings.call_routing is not CallRouting.WAVES or not settings.wave_sizes:
        return
    groups = dict.fromkeys(
        name for row in settings.call_handling_schedule for name in row.agent_groups
    )
    largest = max((len(table.agent_groups[name].members) for name in groups), default=0)
    if 0 < largest <= settings.wave_sizes[0]:
        message = (
            f"the first wave rings {settings.wave_sizes[0]}, and no group here has more than "
            f"{largest}: all ring at once"
        )
        remedy = "make the first of wave_sizes smaller, or write `call_routing: Simultaneous`"
        yield Finding(settings_path(settings, "wave_sizes"), message, remedy)
