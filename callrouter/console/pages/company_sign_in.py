"""Signing in with the company account: to the OpenID provider, and back from it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from callrouter.console.access import count_request
from callrouter.console.pages.sign_in import end_present_session, sign_in_form
from callrouter.console.pages.visits import address, go, let_in, own_path, visitor
from callrouter.console.people.accounts import By
from callrouter.console.people.agents import known_agents
from callrouter.console.people.company_accounts import user_of
from callrouter.console.people.oidc import BACK, LASTS_SECONDS, CompanyAccount, Provider
from callrouter.console.people.said import Refused
from callrouter.console.people.signing_in import begin
from callrouter.db.audit import note_deed
from callrouter.db.engine import transaction
from callrouter.db.users import as_stored

router = APIRouter(include_in_schema=False)

MARK_COOKIE = "callrouter_company"

_PATH = BACK.rpartition("/")[0]


@router.get(_PATH)
async def to_the_company(
    request: Request, next_: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """Send the browser to the provider."""
    count_request(request)
    provider: Provider | None = request.app.state.provider
    if provider is None:
        return go("/sign-in")
    try:
        there, mark = await provider.begin(own_path(next_))
    except Refused as refused:
        return sign_in_form(request, next_, refused=refused)
    response = RedirectResponse(there, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        MARK_COOKIE,
        mark,
        max_age=int(LASTS_SECONDS),
        path=_PATH,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(BACK)
async def back_from_the_company(request: Request) -> Response:
    """A session for whom the provider sends, if he has an account here."""
    count_request(request)
    provider: Provider | None = request.app.state.provider
    if provider is None:
        return go("/sign-in")
    given = dict(request.query_params)
    try:
        account, next_ = await provider.end(request.cookies.get(MARK_COOKIE, ""), given)
        response = await _let_in(request, account, next_)
    except Refused as refused:
        response = sign_in_form(request, "/", refused=refused)
    response.delete_cookie(MARK_COOKIE, path=_PATH)
    return response


async def _let_in(request: Request, account: CompanyAccount, next_: str) -> Response:
    settings, engine = request.app.state.console_settings, request.app.state.engine
    agents = await known_agents(request)
    now = datetime.now(UTC)
    by = By("", address(request), now)
    try:
        async with transaction(engine) as connection:
            user = await user_of(connection, account, settings, agents, by)
            let = await begin(connection, user.id, user.name, visitor(request), now, "company")
    except Refused as refused:
        name = as_stored(account.name)
        details = {"reason": str(refused), "issuer": account.issuer}
        async with transaction(engine) as connection:
            await note_deed(
                connection, name, "sign_in.failed", name, now, address=by.address, details=details
            )
        raise
    await end_present_session(request)
    response = go(next_)
    let_in(request, response, let)
    return response
