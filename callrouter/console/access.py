"""Who may ask for what: a program by its token, a person by the session of his browser.

Law: requests are counted before the database is asked, so that whoever guesses tokens does not
keep it busy.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from callrouter.console.problems import ApiProblem
from callrouter.console.rights import (
    ROLE_RIGHTS,
    SCOPE_RIGHTS,
    Identity,
    Right,
    scope_for,
)
from callrouter.db.api_tokens import PREFIX, Token, token_of
from callrouter.db.engine import DatabaseUnavailable, snapshot, transaction
from callrouter.db.users import session_of, session_seen

REQUESTS_A_MINUTE = 600
"""For one token; for one address as long as its tokens are not known to be good."""

BURST = 100

SESSION_COOKIE = "callrouter_session"

BY_PROGRAM = "API: "
"""How the names of programs begin in histories, so that none passes for a person."""

_SAFE = {"GET", "HEAD", "OPTIONS"}
_MOST_WATCHED = 10_000
_FORM = "application/x-www-form-urlencoded"
_bearer = HTTPBearer(auto_error=False, description="A token made with `callrouter token create`.")


class RateLimit:
    """A bucket of `burst` requests for each key, refilled evenly; `clock` gives seconds."""

    def __init__(
        self,
        a_minute: int = REQUESTS_A_MINUTE,
        burst: int = BURST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = a_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, key: str) -> float:
        """0 where the request may pass (it is counted), else how long until one may."""
        now = self._clock()
        left, at = self._buckets.pop(key, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._per_second)
        passes = left >= 1
        self._buckets[key] = (left - 1 if passes else left, now)
        if len(self._buckets) > _MOST_WATCHED:
            self._buckets.popitem(last=False)
        return 0.0 if passes else (1 - left) / self._per_second


class KnownSecrets:
    """Tokens and cookies that were good when they came last: their requests count for themselves.

    Whoever invents some is counted by his address, so that inventing gains nothing.
    """

    def __init__(self) -> None:
        self._ids: OrderedDict[bytes, str] = OrderedDict()

    def id_of(self, secret: str) -> str | None:
        """The id of its token or session, None where we do not know that it has one."""
        return self._ids.get(_digest(secret))

    def good(self, secret: str, id_: UUID) -> None:
        """This secret is that of the token or session with this id."""
        self._ids.pop(_digest(secret), None)
        self._ids[_digest(secret)] = str(id_)
        if len(self._ids) > _MOST_WATCHED:
            self._ids.popitem(last=False)

    def bad(self, secret: str) -> None:
        """This secret is of no use."""
        self._ids.pop(_digest(secret), None)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def needs(*rights: Right) -> Callable[..., Awaitable[Identity]]:
    """A dependency: who makes the request, by token or by session, and has one of these rights.

    Without any: everybody who is known at all.
    """

    async def authorized(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> Identity:
        found = await identify(request, credentials.credentials if credentials else None)
        if found is None:
            detail = "A valid token is needed: make one with `callrouter token create`."
            raise ApiProblem(
                HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"}
            )
        if rights and not any(found.may(right) for right in rights):
            demand(found, rights[0])
        return found

    return authorized


def demand(who: Identity, right: Right) -> None:
    """Raises ApiProblem (403) where he may not do this."""
    if who.may(right):
        return
    if who.token is not None:
        scope = scope_for(right)
        lacking = f"the scope {scope.value!r}" if scope else "what only people may do"
        detail = f"The token {who.name.removeprefix(BY_PROGRAM)!r} lacks {lacking}."
    else:
        detail = f"Your role does not include this ({right.value}): ask a System Manager."
    raise ApiProblem(HTTPStatus.FORBIDDEN, detail)


async def identify(request: Request, secret: str | None) -> Identity | None:
    """Who makes the request: its token's name, or the person of its session; None is nobody.

    Raises ApiProblem where too many requests come, or where a change lacks the session's
    `X-CSRF-Token` (or a form's field `csrf`): another site's page can send our cookie, and cannot
    read what goes with it.
    """
    address = request.client.host if request.client else ""
    if secret is not None:
        return await _by_token(request, secret, address)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    known: KnownSecrets = request.app.state.known_secrets
    _count(request.app.state.rate_limit, known.id_of(cookie) or address)
    if not cookie:
        return None
    now = datetime.now(UTC)
    async with transaction(request.app.state.engine) as connection:
        session = await session_of(connection, cookie, now)
        if session is not None:
            await session_seen(connection, session, now)
    if session is None:
        known.bad(cookie)
        return None
    known.good(cookie, session.id)
    if request.method not in _SAFE and not await _from_our_page(request, cookie):
        detail = "The request did not come from a page of this console: load the page again."
        raise ApiProblem(HTTPStatus.FORBIDDEN, detail)
    user = session.user
    request.state.session = session
    return Identity(
        user.name, ROLE_RIGHTS[user.role], user=user.id, role=user.role, agent=user.agent
    )


def csrf_token(cookie: str) -> str:
    """What the pages of a session send with every change; it tells nothing of the cookie."""
    return hashlib.sha256(b"csrf:" + cookie.encode(errors="replace")).hexdigest()


async def _from_our_page(request: Request, cookie: str) -> bool:
    sent = request.headers.get("X-CSRF-Token", "")
    if not sent and request.headers.get("Content-Type", "").startswith(_FORM):
        field = (await request.form(max_files=0)).get("csrf", "")
        sent = field if isinstance(field, str) else ""
    return hmac.compare_digest(sent.encode(errors="replace"), csrf_token(cookie).encode())


async def _by_token(request: Request, secret: str, address: str) -> Identity | None:
    known: KnownSecrets = request.app.state.known_secrets
    _count(request.app.state.rate_limit, known.id_of(secret) or address)
    token = await _token(request, secret)
    if token is None or not token.usable(datetime.now(UTC)):
        known.bad(secret)
        return None
    known.good(secret, token.id)
    rights = frozenset().union(*(SCOPE_RIGHTS[scope] for scope in token.scopes))
    return Identity(BY_PROGRAM + token.name, rights, token=token.id)


async def _token(request: Request, secret: str) -> Token | None:
    if not secret.startswith(PREFIX):
        return None
    async with snapshot(request.app.state.engine) as connection:
        return await token_of(connection, secret)


def count_request(request: Request) -> None:
    """Count a request for its address. Raises ApiProblem where there are too many."""
    _count(request.app.state.rate_limit, request.client.host if request.client else "")


def _count(limit: RateLimit, key: str) -> None:
    wait = limit.wait_seconds(key)
    if wait:
        seconds = str(max(1, round(wait)))
        raise ApiProblem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"Too many requests: try again in {seconds} s.",
            headers={"Retry-After": seconds},
        )


async def still_valid(request: Request, who: Identity) -> bool:
    """Whether a request that lasts (a stream) may go on: signed in as before, the token good.

    Where the database is away, it may.
    """
    now = datetime.now(UTC)
    try:
        if who.token is not None:
            secret = request.headers.get("Authorization", "").partition(" ")[2]
            token = await _token(request, secret)
            return token is not None and token.usable(now)
        async with transaction(request.app.state.engine) as connection:
            session = await session_of(connection, request.cookies.get(SESSION_COOKIE, ""), now)
            if session is not None:
                await session_seen(connection, session, now)
    except DatabaseUnavailable:
        return True
    return session is not None and session.user.role is who.role


Known = Annotated[Identity, Depends(needs())]
Reader = Annotated[Identity, Depends(needs(Right.READ_CALLS))]
ConfigurationReader = Annotated[Identity, Depends(needs(Right.READ_CONFIGURATION))]
ConfigurationEditor = Annotated[Identity, Depends(needs(Right.EDIT_CONFIGURATION))]
OverridesEditor = Annotated[Identity, Depends(needs(Right.SET_OVERRIDES))]
PeopleManager = Annotated[Identity, Depends(needs(Right.MANAGE_PEOPLE))]
AuditReader = Annotated[Identity, Depends(needs(Right.READ_AUDIT))]
