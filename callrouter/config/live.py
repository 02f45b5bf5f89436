"""Live overrides put into a routing table: they win over those in the configuration."""

from collections.abc import Iterable
from dataclasses import replace

from callrouter.routing.model import Override, RoutingTable
from callrouter.routing.overriding import is_meant_in


def with_live_overrides(table: RoutingTable, live: Iterable[Override]) -> RoutingTable:
    """The table with these overrides, the winning one first.

    What an override was set for may be gone since: settings that are gone are left out, an
    override with a target that is gone no longer holds.
    """
    overrides = [each for each in live if is_meant_in(table, each)]
    if not overrides:
        return table
    settings = {
        name: replace(
            each,
            overrides=(
                *(one for one in overrides if not one.settings or name in one.settings),
                *each.overrides,
            ),
        )
        for name, each in table.settings.items()
    }
    return replace(table, settings=settings)
