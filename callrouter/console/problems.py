"""Errors as the API tells them: RFC 9457 `application/problem+json`, always with what to do."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from callrouter.console.invalid import plain_errors
from callrouter.console.people.said import Refused
from callrouter.db.engine import DatabaseUnavailable, DataRefused

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class ApiProblem(Exception):
    """Something a request asked for that cannot be; `detail` says what and what to do.

    `more` are further members of the problem document."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.more = more


ProblemPage = Callable[[Request, HTTPStatus, str], Awaitable[Response | None]]


def add_handlers(app: FastAPI, page: ProblemPage) -> None:
    """Let `app` tell every error in this form, to people by a `page` where it gives one."""

    async def answer(
        request: Request,
        status: HTTPStatus,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> Response:
        shown = await page(request, status, detail)
        return shown or _response(status, detail, headers=headers, **more)

    @app.exception_handler(ApiProblem)
    async def told(request: Request, problem: ApiProblem) -> Response:
        return await answer(
            request, problem.status, problem.detail, headers=problem.headers, **problem.more
        )

    @app.exception_handler(Refused)
    async def refused(request: Request, refusal: Refused) -> Response:
        return await answer(request, refusal.status, str(refusal))

    @app.exception_handler(RequestValidationError)
    async def not_understood(request: Request, invalid: RequestValidationError) -> Response:
        errors = plain_errors(invalid.errors())
        detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors[:3])
        return await answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)

    @app.exception_handler(DatabaseUnavailable)
    async def no_database(request: Request, error: DatabaseUnavailable) -> Response:
        log.error("%s", error)  # where the database is, is nobody's business who has no token
        detail = "The database cannot be used now; the console's log says why. Try again later."
        return await answer(
            request, HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"}
        )

    @app.exception_handler(DataRefused)
    async def not_storable(request: Request, error: DataRefused) -> Response:
        detail = "The request holds a value that the database cannot take."
        return await answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (here := _methods_here(request)):
            headers = {"Allow": ", ".join(sorted(here))}
        return await answer(
            request, HTTPStatus(error.status_code), str(error.detail), headers=headers
        )


def _methods_here(request: Request) -> set[str]:
    """How the API can be asked at this address: a route knows only of its own method."""
    methods: set[str] = set()
    for path, item in request.app.openapi()["paths"].items():
        if compile_path(path)[0].match(request.url.path):
            methods |= {method.upper() for method in item}
    return methods


def _response(
    status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(problem | more, status_code=status, media_type=MEDIA_TYPE, headers=headers)
