"""All of the API about the configuration, in the order in which paths are looked at."""

from callrouter.console.api import (
    calendars,
    choices,
    configuration,
    drafts,
    objects,
    prompts,
    versions,
)

# `objects` come last: the name of any kind of object can stand where the others have their words.
ROUTERS = tuple(
    each.router for each in (configuration, drafts, versions, prompts, calendars, choices, objects)
)
