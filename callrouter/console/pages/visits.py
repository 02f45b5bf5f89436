"""The browser at the other end: where it comes from, its cookies, and where it may be sent.

Law: a form that signs somebody in is taken only from a page of this console, and one is sent on
only to a page of this console.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from callrouter.console.access import SESSION_COOKIE
from callrouter.console.people.accounts import By
from callrouter.console.people.signing_in import SignedIn, Visitor
from callrouter.console.rights import Identity
from callrouter.db.sign_in_secrets import BROWSER_IS_KNOWN
from callrouter.db.users import SESSION_ENDS

BROWSER_COOKIE = "callrouter_browser"

_OWN_SITE = {"same-origin", "none"}
_LONGEST_PATH = 2000


def visitor(request: Request) -> Visitor:
    """Who is at the other end, as far as it can be known."""
    return Visitor(
        address=address(request),
        browser=request.headers.get("User-Agent", ""),
        known_browser=request.cookies.get(BROWSER_COOKIE, ""),
    )


def address(request: Request) -> str:
    """The client's IP address; a trusted proxy's client's."""
    return request.client.host if request.client else ""


def by(request: Request, who: Identity) -> By:
    """Who does it, for accounts and the audit log."""
    session = getattr(request.state, "session", None)
    return By(
        who.name,
        address(request),
        datetime.now(UTC),
        program=who.token is not None,
        session=session.id if session else None,
    )


def own_path(wanted: str) -> str:
    """`wanted`, if it is a path of this console, else the first page."""
    parts = urlsplit(wanted) if wanted.isprintable() and len(wanted) <= _LONGEST_PATH else None
    # Browsers take `\` for `/`, and `//host` for an address.
    if (
        parts is None
        or not wanted.startswith("/")
        or wanted.startswith(("//", "/\\"))
        or "\\" in parts.path
        or parts.netloc
        or parts.scheme
    ):
        return "/"
    return wanted


def from_own_page(request: Request) -> bool:
    """Whether a form without a session came from a page of ours, by what browsers say of it.

    A program that is no browser says nothing, and has no cookies that could be misused.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OWN_SITE
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    hosts = {request.headers.get("Host", "").lower()}
    if public := request.app.state.console_settings.console_url:
        hosts.add(urlsplit(public).netloc.lower())
    return urlsplit(origin).netloc.lower() in hosts


def go(path: str) -> RedirectResponse:
    """To a page, after a form."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def let_in(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Give the browser the cookies of a new session."""
    _set(request, response, SESSION_COOKIE, signed_in.session, SESSION_ENDS.total_seconds())
    if signed_in.known_browser is not None:
        lasts = BROWSER_IS_KNOWN.total_seconds()
        _set(request, response, BROWSER_COOKIE, signed_in.known_browser, lasts)


def let_out(request: Request, response: Response) -> None:
    """Take the session's cookie away."""
    response.delete_cookie(
        SESSION_COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )


def _set(request: Request, response: Response, name: str, value: str, seconds: float) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(seconds),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def own_address(request: Request) -> str:
    """Where people open the console, without a slash at its end: for links."""
    told: str = request.app.state.console_settings.console_url
    return told or str(request.base_url).rstrip("/")
