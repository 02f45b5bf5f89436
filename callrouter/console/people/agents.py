"""The agents that users can be: those of the configuration, as far as it can be read."""

from fastapi import Request

from callrouter.console.problems import ApiProblem


async def known_agents(request: Request) -> dict[str, str] | None:
    """Ids and names; None where there is no configuration that can be used."""
    state = request.app.state
    try:
        table = await state.configuration.table(state.engine)
    except ApiProblem:
        return None
    return {agent.id: agent.name for agent in table.agents.values()}
