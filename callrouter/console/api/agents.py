"""Agents: whether they take calls, and changing it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from callrouter.console.access import Reader, demand, needs
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.db.agent_states import (
    NOBODY_SAID,
    agent_status,
    agent_statuses,
    change_status,
)
from callrouter.db.audit import note_deed
from callrouter.db.engine import snapshot, transaction
from callrouter.routing.model import Agent, RoutingTable
from callrouter.routing.status import AgentStatus, ChangeRefused, StatusChange

router = APIRouter(tags=["agents"])


class AgentOut(BaseModel):
    """`paused` is the reason of a pause, which may be empty; null where there is none."""

    id: str
    name: str
    extension: str
    agent_groups: list[str]
    logged_in: bool
    paused: str | None
    since: datetime | None
    changed_by: str


class PauseIn(BaseModel):
    """Why the agent is paused."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


AgentId = Annotated[str, Path(max_length=64)]


async def _changer(
    agent: AgentId,
    who: Annotated[Identity, Depends(needs(Right.STEER_AGENTS, Right.OWN_STATE))],
) -> Identity:
    """Who may change this agent's state: supervisors and programs, and the agent himself."""
    if not (who.may(Right.OWN_STATE) and who.agent == agent):
        demand(who, Right.STEER_AGENTS)
    return who


Changer = Annotated[Identity, Depends(_changer)]


@router.get("/agents")
async def list_agents(request: Request, _: Reader) -> list[AgentOut]:
    """All agents of the configuration, in its order."""
    table = await request.app.state.configuration.table(request.app.state.engine)
    async with snapshot(request.app.state.engine) as connection:
        statuses = await agent_statuses(connection)
    return [
        _agent_out(table, agent, statuses.get(agent.id, NOBODY_SAID))
        for agent in table.agents.values()
    ]


@router.get("/agents/{agent}")
async def show_agent(request: Request, agent: AgentId, _: Reader) -> AgentOut:
    """One agent."""
    table = await request.app.state.configuration.table(request.app.state.engine)
    known = _known(table, agent)
    async with snapshot(request.app.state.engine) as connection:
        statuses = await agent_statuses(connection)
    return _agent_out(table, known, statuses.get(agent, NOBODY_SAID))


@router.post("/agents/{agent}/log-in")
async def log_in(request: Request, agent: AgentId, who: Changer) -> AgentOut:
    """Let the agent take calls again. Done twice, it changes nothing."""
    return await _change(request, agent, StatusChange.LOG_IN, who)


@router.post("/agents/{agent}/log-out")
async def log_out(request: Request, agent: AgentId, who: Changer) -> AgentOut:
    """The agent gets no calls until he logs in. Done twice, it changes nothing."""
    return await _change(request, agent, StatusChange.LOG_OUT, who)


@router.post("/agents/{agent}/pause")
async def pause(
    request: Request, agent: AgentId, who: Changer, body: PauseIn | None = None
) -> AgentOut:
    """The agent gets no calls until he goes on. With the same reason twice, it changes nothing."""
    reason = body.reason if body else ""
    return await _change(request, agent, StatusChange.PAUSE, who, reason)


@router.post("/agents/{agent}/unpause")
async def unpause(request: Request, agent: AgentId, who: Changer) -> AgentOut:
    """The agent goes on. Done twice, it changes nothing."""
    return await _change(request, agent, StatusChange.UNPAUSE, who)


async def _change(
    request: Request, agent: str, change: StatusChange, who: Identity, reason: str = ""
) -> AgentOut:
    table = await request.app.state.configuration.table(request.app.state.engine)
    known = _known(table, agent)
    try:
        async with transaction(request.app.state.engine) as connection:
            now = datetime.now(UTC)
            before = await agent_status(connection, agent)
            status = await change_status(connection, agent, change, now, who.name, reason)
            if status != before:
                await note_deed(
                    connection,
                    who.name,
                    f"agent.{change}",
                    agent,
                    now,
                    address=request.client.host if request.client else "",
                    details={"reason": reason} if reason else None,
                )
    except ChangeRefused as refused:
        raise ApiProblem(HTTPStatus.CONFLICT, f"{known.name} is {refused}.") from None
    return _agent_out(table, known, status)


def _known(table: RoutingTable, agent: str) -> Agent:
    if agent not in table.agents:
        raise ApiProblem(
            HTTPStatus.NOT_FOUND,
            f"There is no agent {agent!r}; GET /api/v1/agents lists their ids.",
        )
    return table.agents[agent]


def _agent_out(table: RoutingTable, agent: Agent, status: AgentStatus) -> AgentOut:
    groups = [group.name for group in table.agent_groups.values() if agent.id in group.members]
    return AgentOut(
        id=agent.id,
        name=agent.name,
        extension=agent.extension,
        agent_groups=groups,
        logged_in=status.logged_in,
        paused=status.paused,
        since=status.since,
        changed_by=status.changed_by,
    )
