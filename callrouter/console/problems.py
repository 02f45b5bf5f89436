"""Errors as the API tells them: RFC 9457 `application/problem+json`, always with what to do."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from callrouter.db.engine import DatabaseUnavailable, DataRefused

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class ApiProblem(Exception):
    """Something a request asked for that cannot be; `detail` says what and what to do."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def add_handlers(app: FastAPI) -> None:
    """Let `app` tell every error in this form."""

    @app.exception_handler(ApiProblem)
    async def told(_: Request, problem: ApiProblem) -> JSONResponse:
        return _response(problem.status, problem.detail, headers=problem.headers)

    @app.exception_handler(RequestValidationError)
    async def not_understood(_: Request, invalid: RequestValidationError) -> JSONResponse:
        errors = [
            # What was sent is not repeated: it may be anything, and of any size.
            {"field": ".".join(map(str, error["loc"])), "message": _message(error)}
            for error in invalid.errors()
        ]
        detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors[:3])
        return _response(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)

    @app.exception_handler(DatabaseUnavailable)
    async def no_database(_: Request, error: DatabaseUnavailable) -> JSONResponse:
        log.error("%s", error)  # where the database is, is nobody's business who has no token
        detail = "The database cannot be used now; the console's log says why. Try again later."
        return _response(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"})

    @app.exception_handler(DataRefused)
    async def not_storable(_: Request, error: DataRefused) -> JSONResponse:
        detail = "The request holds a value that the database cannot take."
        return _response(HTTPStatus.UNPROCESSABLE_ENTITY, detail)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers) if error.headers else None
        return _response(HTTPStatus(error.status_code), str(error.detail), headers=headers)


def _message(error: dict[str, Any]) -> str:
    if error["type"] in ("model_attributes_type", "json_invalid"):
        return "Send a JSON object, with the header Content-Type: application/json"
    if error["type"].startswith(("datetime_", "timezone_")):
        return "Write a time with its offset, such as 2026-11-24T10:00:00+01:00"
    message: str = error["msg"]
    return message


def _response(
    status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    return JSONResponse(problem | more, status_code=status, media_type=MEDIA_TYPE, headers=headers)
