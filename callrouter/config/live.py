"""Live overrides put into a routing table: they win over those in the configuration."""

from collections.abc import Iterable
from dataclasses import replace

from callrouter.routing.model import Override, RoutingTable, TargetKind


def with_live_overrides(table: RoutingTable, live: Iterable[Override]) -> RoutingTable:
    """The table with these overrides, the winning one first.

    What an override was set for may be gone since: settings that are gone are left out, an
    override with a target that is gone no longer holds.
    """
    overrides = [each for each in live if _meant_here(table, each)]
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


def _meant_here(table: RoutingTable, override: Override) -> bool:
    known = {
        TargetKind.AGENT: table.agents,
        TargetKind.AGENT_GROUP: table.agent_groups,
        TargetKind.SETTINGS: table.settings,
    }
    return all(
        table.outside is not None
        if target.kind is TargetKind.OUTSIDE_NUMBER
        else target.name in known[target.kind]
        for target in override.targets
    )
