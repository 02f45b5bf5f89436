"""What all pages share: static files, the scripts' words, and the pages for what went wrong."""

import asyncio
import re
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from callrouter.console.access import identify
from callrouter.console.pages.rendering import (
    STATIC,
    MayNot,
    NotSignedIn,
    render,
    sign_in_address,
    static_mark,
)
from callrouter.console.pages.sections import sections_for
from callrouter.console.problems import ApiProblem
from callrouter.console.words import LANGUAGES, words_for_scripts
from callrouter.db.engine import DatabaseUnavailable

router = APIRouter(include_in_schema=False)

_A_YEAR = "public, max-age=31536000, immutable"
_API = "/api/"
_MARKED = re.compile(r"([0-9a-f]{12})/(.+)")


class Static(StaticFiles):
    """Files whose address changes with them are kept for ever, others are asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        marked = _MARKED.fullmatch(path)  # a page that is still open may ask with an older mark
        mark, file = marked.groups() if marked else ("", path)
        response = await super().get_response(file, scope)
        response.headers["Cache-Control"] = _A_YEAR if mark == static_mark() else "no-cache"
        return response


@router.get("/")
async def home(request: Request) -> Response:
    """The first page somebody may see."""
    who = await identify(request, None)
    sections = sections_for(who)
    return RedirectResponse(sections[0].address if sections else "/sign-in")


@router.get("/words/{language}.json")
async def words(language: str) -> Response:
    """What the scripts say in this language."""
    if language not in LANGUAGES:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    text, _ = await asyncio.to_thread(words_for_scripts, language)
    return Response(text, media_type="application/json", headers={"Cache-Control": _A_YEAR})


def add_frame(app: FastAPI) -> None:
    """Let `app` serve the static files, and answer people with pages where pages are asked for."""
    app.mount("/static", Static(directory=STATIC), name="static")

    @app.exception_handler(NotSignedIn)
    async def not_signed_in(request: Request, _: NotSignedIn) -> Response:
        address = sign_in_address(request)
        if request.headers.get("HX-Request"):
            return Response(headers={"HX-Redirect": address})
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    @app.exception_handler(MayNot)
    async def may_not(request: Request, refused: MayNot) -> HTMLResponse:
        return render(request, refused.who, "may_not.html", status=HTTPStatus.FORBIDDEN)


def wants_page(request: Request) -> bool:
    """Whether a person asked with a browser, not a program."""
    return not request.url.path.startswith(_API) and "text/html" in request.headers.get(
        "Accept", ""
    )


async def problem_page(request: Request, status: HTTPStatus, detail: str) -> Response | None:
    """What went wrong, for a person; None where a program asked."""
    if not wants_page(request):
        return None
    try:
        who = await identify(request, None)
    except (ApiProblem, DatabaseUnavailable):
        who = None
    return render(request, who, "problem.html", status=status, code=status, detail=detail)
