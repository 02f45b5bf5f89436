"""The scenarios' company with something else in its configuration."""

from dataclasses import replace
from typing import Any

from callrouter.routing.model import FollowOn, Target, TargetKind
from tests.calls.company import Company

GROUP, AGENT = TargetKind.AGENT_GROUP, TargetKind.AGENT
OUTSIDE, SETTINGS = TargetKind.OUTSIDE_NUMBER, TargetKind.SETTINGS


def settings(here: Company, name: str, **fields: Any) -> None:
    """Change fields of these incoming call settings."""
    changed = replace(here.table.settings[name], **fields)
    here.table = replace(here.table, settings={**here.table.settings, name: changed})


def group(here: Company, name: str, **fields: Any) -> None:
    changed = replace(here.table.agent_groups[name], **fields)
    here.table = replace(here.table, agent_groups={**here.table.agent_groups, name: changed})


def agent(here: Company, name: str, **fields: Any) -> None:
    changed = replace(here.table.agents[name], **fields)
    here.table = replace(here.table, agents={**here.table.agents, name: changed})


def follow_on(*targets: tuple[TargetKind, str]) -> tuple[FollowOn, ...]:
    return tuple(FollowOn(Target(kind, name)) for kind, name in targets)
