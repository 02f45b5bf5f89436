"""The board as different people see it. Pure.

Law: what somebody may not see is not in what he is sent.
"""

from dataclasses import dataclass
from typing import Any

from callrouter.console.live.content import Board, CallNow
from callrouter.console.masking import masked_name, masked_number
from callrouter.console.rights import Identity, Right

AGENTS_INCIDENTS = ("database_away", "no_router", "router_silent", "asterisk_away")


@dataclass(frozen=True, slots=True)
class View:
    """Callers whole or masked; the whole board, or only what concerns one agent."""

    numbers: bool = True
    agent: str | None = None


def view_of(who: Identity) -> View:
    """How this person or program sees the board."""
    return View(who.may(Right.SEE_NUMBERS), who.calls_of)


def seen(board: Board, view: View) -> dict[str, Any]:
    """The board as plain JSON, without what this view does not show."""
    if view.agent is not None:
        board = _for_agent(board, view.agent)
    if not view.numbers:
        calls = {id_: _masked(call) for id_, call in board.calls.items()}
        board = board.model_copy(update={"calls": calls})
    return board.model_dump(mode="json", exclude_none=True)


def _masked(call: CallNow) -> CallNow:
    return call.model_copy(
        update={
            "caller_number": masked_number(call.caller_number),
            "caller_name": masked_name(call.caller_name),
        }
    )


def _for_agent(board: Board, agent: str) -> Board:
    """His groups, his colleagues in them without their calls, and the calls that have him."""
    groups = {name: each for name, each in board.groups.items() if agent in each.members}
    colleagues = {member for group in groups.values() for member in group.members} | {agent}
    agents = {
        name: tile if name == agent else tile.model_copy(update={"call": None})
        for name, tile in board.agents.items()
        if name in colleagues
    }
    calls = {
        id_: call
        for id_, call in board.calls.items()
        if call.agent == agent or any(each.agent == agent for each in call.ringing)
    }
    incidents = [each for each in board.incidents if each.kind in AGENTS_INCIDENTS]
    routers = {
        name: router.model_copy(update={"problems": [], "asterisk": [], "alarms": []})
        for name, router in board.routers.items()
    }
    return board.model_copy(
        update={
            "me": agent if agent in board.agents else None,
            "settings": {},
            "groups": groups,
            "agents": agents,
            "calls": calls,
            "overrides": {},
            "incidents": incidents,
            "routers": routers,
        }
    )
