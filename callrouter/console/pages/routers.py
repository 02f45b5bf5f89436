"""All pages, in the order in which paths are looked at."""

from callrouter.console.pages import (
    audit,
    blocked,
    board,
    calls,
    company_sign_in,
    frame,
    me,
    numbers,
    objects,
    overrides,
    people,
    sign_in,
    tokens,
)

# `objects` come last: the name of any kind of object can stand where the others have their words.
_PAGES = (
    *(audit, company_sign_in, me, people, sign_in, tokens),
    *(frame, board, calls, overrides, blocked, numbers, objects),
)
ROUTERS = tuple(each.router for each in _PAGES)
