"""What people and programs may do in the console and its API.

Pure: a role is a set of rights, a token's scope is one too, and every request asks for one right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from callrouter.db.api_tokens import Scope
from callrouter.db.users import Role


class Right(StrEnum):
    """One thing that somebody may do."""

    READ_BOARD = "read_board"
    READ_CALLS = "read_calls"  # an agent: only his own, see `Identity.calls_of`
    SEE_NUMBERS = "see_numbers"  # callers' numbers and names whole, not masked
    EXPORT_CALLS = "export_calls"
    READ_CONFIGURATION = "read_configuration"
    EDIT_CONFIGURATION = "edit_configuration"
    SET_OVERRIDES = "set_overrides"
    OWN_STATE = "own_state"  # log oneself in and out, pause
    STEER_AGENTS = "steer_agents"  # the same for others
    STEER_CALLS = "steer_calls"  # end a call, move it
    MANAGE_PEOPLE = "manage_people"  # users and tokens
    READ_AUDIT = "read_audit"


_OPS = {Right.READ_BOARD, Right.READ_CALLS, Right.READ_CONFIGURATION}
_STEER = {Right.SET_OVERRIDES, Right.OWN_STATE, Right.STEER_AGENTS, Right.STEER_CALLS}

ROLE_RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.SYSTEM_MANAGER: frozenset(Right),
        Role.SUPERVISOR: frozenset({*_OPS, *_STEER, Right.SEE_NUMBERS, Right.EXPORT_CALLS}),
        Role.AGENT: frozenset(
            {Right.READ_BOARD, Right.READ_CALLS, Right.SEE_NUMBERS, Right.OWN_STATE}
        ),
        Role.REVIEWER: frozenset({*_OPS, Right.SEE_NUMBERS, Right.EXPORT_CALLS}),
        Role.VIEWER: frozenset(_OPS),
    }
)

SCOPE_RIGHTS: Mapping[Scope, frozenset[Right]] = MappingProxyType(
    {
        Scope.READ: frozenset({*_OPS, Right.SEE_NUMBERS, Right.EXPORT_CALLS}),
        Scope.AGENTS: frozenset({Right.STEER_AGENTS}),
        Scope.OVERRIDES: frozenset({Right.SET_OVERRIDES}),
        Scope.CALLS: frozenset({Right.STEER_CALLS}),
        Scope.CONFIGURATION: frozenset({Right.EDIT_CONFIGURATION}),
        Scope.PEOPLE: frozenset({Right.MANAGE_PEOPLE, Right.READ_AUDIT}),
    }
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request: a person who signed in, or a program with a token.

    `name` is what histories and the audit log say. `agent` is the agent a person is, `calls_of`
    the only agent whose calls he may see, None where he may see all.
    """

    name: str
    rights: frozenset[Right]
    user: UUID | None = None
    token: UUID | None = None
    role: Role | None = None
    agent: str | None = None

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def calls_of(self) -> str | None:
        return (self.agent or "") if self.role is Role.AGENT else None


def scope_for(right: Right) -> Scope | None:
    """The token scope that has this right; None where only people may."""
    return next((scope for scope in Scope if right in SCOPE_RIGHTS[scope]), None)
