"""All of the API, in the order in which paths are looked at."""

from callrouter.console.api import (
    agents,
    audit,
    blocked_callers,
    calls,
    configuration_routes,
    live,
    me,
    overrides,
    saved_views,
    simulate,
    steering,
    tokens,
    users,
)

_PARTS = (
    *(audit, me, tokens, users),
    *(agents, blocked_callers, calls, live, overrides, saved_views, simulate, steering),
)
ROUTERS = (*(each.router for each in _PARTS), *configuration_routes.ROUTERS)
