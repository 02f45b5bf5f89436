"""A page as HTML: who reads it, in which language, zone and colours, and what is in the frame.

Law: nothing that a caller, an agent or an admin typed reaches the HTML unescaped.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import available_timezones

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from callrouter import __version__
from callrouter.console.access import SESSION_COOKIE, csrf_token, identify
from callrouter.console.pages.sections import Section, sections_for
from callrouter.console.problems import ApiProblem
from callrouter.console.rights import Identity, Right
from callrouter.console.words import LANGUAGES, Words, best_language, words_for_scripts, words_of
from callrouter.db.engine import DatabaseUnavailable
from callrouter.routing.model import RoutingTable

LANGUAGE_COOKIE = "callrouter_language"
THEME_COOKIE = "callrouter_theme"
ZONE_COOKIE = "callrouter_timezone"
"""Set by the browser: the zone it is in, which holds until somebody chooses another. On the first
page, before a script has run, it is the company's."""

THEMES = ("system", "light", "dark")
STATIC = Path(__file__).parents[1] / "static"
_TEMPLATES = Path(__file__).parents[1] / "templates"


class NotSignedIn(Exception):
    """A page was asked for that only people may see who signed in."""


class MayNot(Exception):
    """Somebody signed in asked for a page his role does not include."""

    def __init__(self, who: Identity, right: Right) -> None:
        super().__init__(right)
        self.who = who
        self.right = right


@dataclass(frozen=True, slots=True)
class Reader:
    """How the person at the other end wants to read."""

    words: Words
    theme: str
    timezone: str

    @classmethod
    def of(cls, request: Request) -> "Reader":
        """What he chose, else what his browser says."""
        session = getattr(request.state, "session", None)
        user = session.user if session else None
        cookies = request.cookies
        language = (user and user.language) or cookies.get(LANGUAGE_COOKIE, "")
        if language not in LANGUAGES:
            language = best_language(request.headers.get("Accept-Language", ""))
        theme = (user and user.theme) or cookies.get(THEME_COOKIE, "")
        return cls(
            words_of(language),
            theme if theme in THEMES else "system",
            _own_zone(request) or str(getattr(request.state, "usual_zone", "UTC")),
        )


def signed_in(right: Right | None = None) -> Callable[[Request], Awaitable[Identity]]:
    """A dependency of pages: the person of the session, who may do this.

    Raises NotSignedIn or MayNot, which `app` answers with the sign-in page and a page of its own.
    """

    async def person(request: Request) -> Identity:
        who = await identify(request, None)
        if who is None:
            raise NotSignedIn
        if _own_zone(request) is None:
            request.state.usual_zone = await _company_zone(request)
        if right is not None and not who.may(right):
            raise MayNot(who, right)
        return who

    return person


def _own_zone(request: Request) -> str | None:
    """What he chose, else what his browser says; None where neither is known."""
    session = getattr(request.state, "session", None)
    chosen = session.user.timezone if session else None
    zone: str = chosen or request.cookies.get(ZONE_COOKIE, "")
    return zone if zone in _zones() else None


async def _company_zone(request: Request) -> str:
    state = request.app.state
    try:
        table: RoutingTable = await state.configuration.table(state.engine)
    except (ApiProblem, DatabaseUnavailable):
        return "UTC"
    return table.timezone


def render(
    request: Request,
    who: Identity | None,
    template: str,
    *,
    active: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> HTMLResponse:
    """The page; `active` is the name of the section or subsection it belongs to."""
    reader = Reader.of(request)
    cookie = request.cookies.get(SESSION_COOKIE, "")
    sections = sections_for(who)
    frame = {
        "who": who,
        "may": who.may if who else lambda _: False,
        "Right": Right,
        "reader": reader,
        "words": reader.words,
        "zone": reader.timezone,
        "csrf": csrf_token(cookie) if who else "",
        "sections": sections,
        "section": _section_of(sections, active),
        "active": active,
        "languages": LANGUAGES,
        "themes": THEMES,
        "version": __version__,
        "path": request.url.path,
        "words_mark": words_for_scripts(reader.words.language)[1],
        "user": getattr(getattr(request.state, "session", None), "user", None),
    }
    return HTMLResponse(
        environment().get_template(template).render(frame | context),
        status,
        headers={"Cache-Control": "no-store"},
    )


def sign_in_address(request: Request) -> str:
    """The sign-in page, from which one comes back to where one was."""
    query = f"?{request.url.query}" if request.url.query else ""
    return "/sign-in?next=" + quote(request.url.path + query, safe="")


@cache
def environment() -> Environment:
    """The templates; `_` and `ngettext` are those of the reader's language."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )

    @pass_context
    def gettext(context: Context, message: str) -> str:
        return str(context["words"].gettext(message))

    @pass_context
    def ngettext(context: Context, one: str, several: str, count: int) -> str:
        return str(context["words"].ngettext(one, several, count))

    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals["static"] = static_address
    return made


def static_address(name: str) -> str:
    """The address of a file in `static/`; all addresses change when any file does.

    The mark is a folder, so that what a script imports by a relative path has it too: with the
    mark only on some addresses, a module would be loaded, and run, twice.
    """
    return f"/static/{static_mark()}/{name}"


@cache
def static_mark() -> str:
    """Changes with the content of the static files."""
    whole = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            whole.update(path.relative_to(STATIC).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _section_of(sections: tuple[Section, ...], active: str) -> Section | None:
    for section in sections:
        if section.name == active or any(each.name == active for each in section.pages):
            return section
    return None
