"""The page of one's own account."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from callrouter.console.pages.people_words import ROLES, browser_name, refusal
from callrouter.console.pages.rendering import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Reader,
    render,
    signed_in,
)
from callrouter.console.pages.visits import by, go, visitor
from callrouter.console.people.accounts import sign_out_everywhere
from callrouter.console.people.own import change_own, change_own_password, own_user
from callrouter.console.people.passwords import LONGEST, SHORTEST
from callrouter.console.people.said import Refused, _
from callrouter.console.rights import Identity
from callrouter.console.words import LANGUAGES
from callrouter.db.accounts import sign_in_ways
from callrouter.db.engine import snapshot, transaction
from callrouter.db.user_sessions import end_one_of, sessions_of

router = APIRouter(include_in_schema=False)

Person = Annotated[Identity, Depends(signed_in())]
Field = Annotated[str, Form(max_length=1000)]
Secret = Annotated[str, Form(max_length=4 * LONGEST)]

_DONE = {
    "saved": _("Saved."),
    "password": _("The password is changed; you are signed out everywhere else."),
    "ended": _("Signed out there."),
}
_YEAR = 31_536_000


@router.get("/me")
async def my_page(request: Request, who: Person, done: str = "") -> Response:
    """Name, language, colours, time zone, password, sessions."""
    return await _page(request, who, done=_DONE.get(done))


@router.post("/me")
async def change_me(
    request: Request,
    who: Person,
    full_name: Field = "",
    language: Field = "",
    theme: Field = "",
    timezone: Field = "",
) -> Response:
    """Save what one chose; an empty choice means: as the browser says."""
    changes = {
        "full_name": full_name,
        "language": language if language in LANGUAGES else None,
        "theme": theme if theme in THEMES else None,
        "timezone": timezone if timezone in available_timezones() else None,
    }
    try:
        async with transaction(request.app.state.engine) as connection:
            await change_own(connection, by(request, who), who, changes)
    except Refused as refused:
        return await _page(request, who, refused)
    response = go("/me?done=saved")
    for cookie, value in ((LANGUAGE_COOKIE, changes["language"]), (THEME_COOKIE, changes["theme"])):
        if value is not None:  # the sign-in page is to look the same
            response.set_cookie(cookie, value, max_age=_YEAR, samesite="lax")
        else:
            response.delete_cookie(cookie, samesite="lax")
    return response


@router.post("/me/password")
async def change_password(
    request: Request, who: Person, current: Secret = "", password: Secret = "", again: Secret = ""
) -> Response:
    """Another password, for who knows the present one."""
    state = request.app.state
    try:
        if password != again:
            raise Refused(_("The two passwords are not the same."))
        await change_own_password(
            state.engine, state.sign_in, by(request, who), who, visitor(request), current, password
        )
    except Refused as refused:
        if refused.status is HTTPStatus.UNAUTHORIZED:
            refused = Refused(_("The present password is wrong."))
        return await _page(request, who, refused)
    return go("/me?done=password")


@router.post("/me/sign-out-elsewhere")
async def sign_out_elsewhere(request: Request, who: Person) -> Response:
    """End all sessions but this one."""
    doer = by(request, who)
    async with transaction(request.app.state.engine) as connection:
        user = await own_user(connection, who)
        await sign_out_everywhere(connection, doer, user.id, but=doer.session)
    return go("/me?done=ended")


@router.post("/me/sessions/{session_id}/end")
async def end_session(request: Request, who: Person, session_id: uuid.UUID) -> Response:
    """End one session; ending this one is signing out."""
    async with transaction(request.app.state.engine) as connection:
        user = await own_user(connection, who)
        await end_one_of(connection, user.id, session_id)
    return go("/me?done=ended")


async def _page(
    request: Request, who: Identity, refused: Refused | None = None, done: str | None = None
) -> Response:
    doer = by(request, who)
    async with snapshot(request.app.state.engine) as connection:
        user = await own_user(connection, who)
        sessions = await sessions_of(connection, user.id, datetime.now(UTC))
        password_hash, _subject = await sign_in_ways(connection, user.id)
    context: dict[str, Any] = {
        "me": user,
        "role": ROLES[user.role],
        "sessions": sessions,
        "browser_name": browser_name,
        "this": doer.session,
        "zones": sorted(available_timezones()),
        "has_password": password_hash is not None,
        "least": SHORTEST,
        "done": done,
        "problem": refusal(Reader.of(request).words, refused) if refused else None,
    }
    status = refused.status if refused else HTTPStatus.OK
    return render(request, who, "me.html", active="me", status=status, **context)
