"""The pages by which people come in: sign-in, sign-out, the first set-up, a password by a link."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from callrouter.console.access import SESSION_COOKIE, count_request, identify
from callrouter.console.pages.people_words import refusal
from callrouter.console.pages.rendering import Reader, render, signed_in
from callrouter.console.pages.visits import (
    address,
    from_own_page,
    go,
    let_in,
    let_out,
    own_path,
    visitor,
)
from callrouter.console.people.accounts import By, set_password, user_of_link
from callrouter.console.people.agents import known_agents
from callrouter.console.people.passwords import LONGEST, SHORTEST, Busy, Passwords, demand_good
from callrouter.console.people.said import Refused, _
from callrouter.console.people.set_up import first_user, good_code
from callrouter.console.people.signing_in import SignIn, Waits, begin, busy
from callrouter.console.rights import Identity
from callrouter.console.words import LANGUAGES
from callrouter.db.accounts import change_user, no_users
from callrouter.db.audit import note_deed
from callrouter.db.engine import snapshot, transaction
from callrouter.db.user_sessions import end_session_with
from callrouter.db.users import as_stored, end_session

router = APIRouter(include_in_schema=False)

Field = Annotated[str, Form(max_length=1000)]
Secret = Annotated[str, Form(max_length=4 * LONGEST)]
Code = Annotated[str, Query(max_length=200)]


@router.get("/sign-in")
async def sign_in_page(
    request: Request, next_: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The form; who is signed in goes on, and where nobody was ever made, the set-up begins."""
    if await identify(request, None) is not None:
        return RedirectResponse(own_path(next_))
    async with snapshot(request.app.state.engine) as connection:
        nobody = await no_users(connection)
    if nobody and not request.app.state.console_settings.oidc_create_users:
        return RedirectResponse("/set-up")
    return sign_in_form(request, next_)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    name: Field = "",
    password: Secret = "",
    next_: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """A session for the right password; else the form again, which says why."""
    if not request.app.state.console_settings.local_sign_in:
        return sign_in_form(request, next_, status=HTTPStatus.FORBIDDEN)
    try:
        _demand_own_page(request)
        signing_in: SignIn = request.app.state.sign_in
        now = datetime.now(UTC)
        engine = request.app.state.engine
        let = await signing_in.by_password(engine, name, password, visitor(request), now)
    except Refused as refused:
        return sign_in_form(request, next_, name=name, refused=refused)
    await end_present_session(request)
    response = go(own_path(next_))
    let_in(request, response, let)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, who: Annotated[Identity, Depends(signed_in())]) -> Response:
    """End this session; its cookie is worth nothing any more, whoever has it."""
    async with transaction(request.app.state.engine) as connection:
        await end_session(connection, request.state.session.id)
        now = datetime.now(UTC)
        await note_deed(connection, who.name, "sign_out", who.name, now, address=address(request))
    response = go("/sign-in")
    let_out(request, response)
    return response


@router.get("/set-up")
async def set_up_page(request: Request, code: Code = "") -> Response:
    """The first System Manager's form, for who has the code; afterwards there is no such page."""
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        if not await no_users(connection):
            return RedirectResponse("/sign-in")
        good = bool(code) and await good_code(connection, code, now)
    if not good:
        await request.app.state.offer_set_up()
    return render(
        request, None, "set_up.html", code=code if good else "", asked=bool(code), **_nothing()
    )


@router.post("/set-up")
async def set_up(
    request: Request,
    code: Field = "",
    name: Field = "",
    full_name: Field = "",
    password: Secret = "",
    again: Secret = "",
    language: Field = "",
) -> Response:
    """Make the first user and let him in."""
    stored, now = as_stored(name), datetime.now(UTC)
    written = {"name": name, "full_name": full_name, "language": language}
    try:
        _demand_own_page(request)
        async with transaction(request.app.state.engine) as connection:
            known = await good_code(connection, code, now)
        if known:  # hashing is for those only who have the code
            _demand_same(password, again)
            demand_good(password, stored, full_name)
        hashed = await _hashed(request, password) if known else ""
        async with transaction(request.app.state.engine) as connection:
            maker = By(stored, address(request), now)
            user = await first_user(connection, maker, code, full_name, hashed)
            if language in LANGUAGES:
                await change_user(connection, user.id, {"language": language})
            let = await begin(connection, user.id, user.name, visitor(request), now, "set-up")
    except Refused as refused:
        context = {**_nothing(), **written, "problem": refusal(Reader.of(request).words, refused)}
        status = refused.status
        return render(request, None, "set_up.html", status=status, code=code, asked=True, **context)
    # Where nothing is configured yet, the first thing to do is a number.
    response = go("/" if await known_agents(request) else "/numbers")
    let_in(request, response, let)
    return response


@router.get("/password")
async def password_page(request: Request, code: Code = "") -> Response:
    """Where somebody chooses his password, by a link he was given."""
    if not request.app.state.console_settings.local_sign_in:
        return go("/sign-in")
    try:
        async with transaction(request.app.state.engine) as connection:
            user = await user_of_link(connection, code, datetime.now(UTC))
    except Refused as refused:
        return _password_form(request, "", "", refused)
    return _password_form(request, code, user.name)


@router.post("/password")
async def choose_password(
    request: Request, code: Field = "", password: Secret = "", again: Secret = ""
) -> Response:
    """The link is used up, he is signed out elsewhere, and signed in here."""
    if not request.app.state.console_settings.local_sign_in:
        return go("/sign-in")
    now = datetime.now(UTC)
    name = ""
    try:
        _demand_own_page(request)
        async with transaction(request.app.state.engine) as connection:
            user = await user_of_link(connection, code, now)
        name = user.name
        _demand_same(password, again)
        demand_good(password, user.name, user.full_name)
        hashed = await _hashed(request, password)
        async with transaction(request.app.state.engine) as connection:
            user = await user_of_link(connection, code, now)
            await set_password(connection, By(name, address(request), now), user.id, hashed)
            let = await begin(connection, user.id, name, visitor(request), now, "link")
    except Refused as refused:
        return _password_form(request, code if name else "", name, refused)
    await end_present_session(request)
    response = go("/")
    let_in(request, response, let)
    return response


def sign_in_form(
    request: Request,
    next_: str,
    *,
    name: str = "",
    refused: Refused | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The sign-in page, and why it did not work."""
    settings = request.app.state.console_settings
    words = Reader.of(request).words
    response = render(
        request,
        None,
        "sign_in.html",
        status=refused.status if refused else status,
        next=own_path(next_),
        name=name,
        problem=refusal(words, refused) if refused else None,
        local=settings.local_sign_in,
        company=(settings.oidc_name or True) if settings.oidc_issuer else None,
    )
    if isinstance(refused, Waits):
        response.headers["Retry-After"] = str(refused.seconds)
    return response


def _password_form(
    request: Request, code: str, name: str, refused: Refused | None = None
) -> HTMLResponse:
    return render(
        request,
        None,
        "password.html",
        status=refused.status if refused else HTTPStatus.OK,
        code=code,
        name=name,
        least=SHORTEST,
        problem=refusal(Reader.of(request).words, refused) if refused else None,
    )


def _nothing() -> dict[str, Any]:
    return {"name": "", "full_name": "", "language": "", "problem": None, "least": SHORTEST}


def _demand_own_page(request: Request) -> None:
    count_request(request)
    if not from_own_page(request):
        raise Refused(
            _("This form did not come from a page of this console: try again."),
            HTTPStatus.FORBIDDEN,
        )


def _demand_same(password: str, again: str) -> None:
    if password != again:
        raise Refused(_("The two passwords are not the same."))


async def _hashed(request: Request, password: str) -> str:
    passwords: Passwords = request.app.state.sign_in.passwords
    try:
        return await passwords.hashed(password)
    except Busy:
        raise busy() from None


async def end_present_session(request: Request) -> None:
    """The browser's older session, whoever's it is, is not left lying about."""
    if cookie := request.cookies.get(SESSION_COOKIE):
        async with transaction(request.app.state.engine) as connection:
            await end_session_with(connection, cookie)
