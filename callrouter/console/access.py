"""Who may ask for what: a token in the `Authorization` header, its scopes, and a rate limit.

Law: requests are counted before the database is asked, so that whoever guesses tokens does not
keep it busy.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from callrouter.console.problems import ApiProblem
from callrouter.db.api_tokens import PREFIX, Scope, Token, token_of
from callrouter.db.engine import snapshot

REQUESTS_A_MINUTE = 600
"""For one token; for one address as long as its tokens are not known to be good."""

BURST = 100

_MOST_WATCHED = 10_000
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


class KnownTokens:
    """Secrets that were good when they came last: their requests count for the token at once."""

    def __init__(self) -> None:
        self._ids: OrderedDict[bytes, str] = OrderedDict()

    def id_of(self, secret: str) -> str | None:
        """The id of the secret's token, None where we do not know that it has one."""
        return self._ids.get(_digest(secret))

    def good(self, secret: str, token: Token) -> None:
        """This secret is the token's."""
        self._ids.pop(_digest(secret), None)
        self._ids[_digest(secret)] = str(token.id)
        if len(self._ids) > _MOST_WATCHED:
            self._ids.popitem(last=False)

    def bad(self, secret: str) -> None:
        """This secret is no usable token's."""
        self._ids.pop(_digest(secret), None)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def needs(scope: Scope) -> Callable[..., Awaitable[Token]]:
    """A dependency: the request's token, which has this scope."""

    async def authorized(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    ) -> Token:
        known: KnownTokens = request.app.state.known_tokens
        secret = credentials.credentials if credentials else ""
        address = request.client.host if request.client else ""
        _count(request.app.state.rate_limit, known.id_of(secret) or address)
        token = await _token(request, secret)
        if token is None or not token.usable(datetime.now(UTC)):
            known.bad(secret)
            detail = "A valid token is needed: make one with `callrouter token create`."
            raise ApiProblem(
                HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"}
            )
        known.good(secret, token)
        if scope not in token.scopes:
            detail = f"The token {token.name!r} lacks the scope {scope.value!r}."
            raise ApiProblem(HTTPStatus.FORBIDDEN, detail)
        return token

    return authorized


async def _token(request: Request, secret: str) -> Token | None:
    if not secret.startswith(PREFIX):
        return None
    async with snapshot(request.app.state.engine) as connection:
        return await token_of(connection, secret)


def _count(limit: RateLimit, key: str) -> None:
    wait = limit.wait_seconds(key)
    if wait:
        seconds = str(max(1, round(wait)))
        raise ApiProblem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"Too many requests: try again in {seconds} s.",
            headers={"Retry-After": seconds},
        )


Reader = Annotated[Token, Depends(needs(Scope.READ))]
AgentsEditor = Annotated[Token, Depends(needs(Scope.AGENTS))]
OverridesEditor = Annotated[Token, Depends(needs(Scope.OVERRIDES))]
