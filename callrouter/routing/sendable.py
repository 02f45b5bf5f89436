"""Where people may send calls: to what the configuration knows, or an outside number it allows."""

from collections.abc import Collection
from dataclasses import replace
from typing import assert_never

from callrouter.routing.model import RoutingTable, Target, TargetKind, normalize_number
from callrouter.routing.status import ChangeRefused

_MOST_NAMED = 10


def checked_target(table: RoutingTable, target: Target) -> Target:
    """The target, an outside number in its normal form. Raises ChangeRefused, with what to do."""
    match target.kind:
        case TargetKind.AGENT_GROUP:
            check_known("agent group", target.name, table.agent_groups)
            if not table.agent_groups[target.name].members:
                raise ChangeRefused(f"the group {target.name} has no members: nobody would ring")
        case TargetKind.AGENT:
            check_known("agent", target.name, table.agents)
        case TargetKind.SETTINGS:
            check_known("settings", target.name, table.settings)
        case TargetKind.OUTSIDE_NUMBER:
            return replace(target, name=_outside(table, target.name))
        case _:
            assert_never(target.kind)
    return target


def check_known(what: str, name: str, names: Collection[str]) -> None:
    """Raises ChangeRefused where `name` is not among `names`, and says which are."""
    if name not in names:
        shown = ", ".join([*names][:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
        raise ChangeRefused(f"there is no {what} {name!r}; there is: {shown or 'none'}")


def _outside(table: RoutingTable, written: str) -> str:
    number = normalize_number(written)
    if table.outside is None:
        raise ChangeRefused(
            "outside numbers are not dialled here: the configuration has no outside_line"
        )
    if not table.outside.allows(number):
        allowed = ", ".join(table.outside.allowed) or "none"
        raise ChangeRefused(
            f"the outside number {number} is not allowed; outside_line allows {allowed}"
        )
    return number
