"""What the OpenAPI description says of errors: each is a problem document, and which may come.

The handlers (`problems.py`) answer every route in one form; this describes it in one place, so
that a route tells only of what is its own.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from callrouter.console.problems import MEDIA_TYPE

_SHAPE = {
    "title": "Problem",
    "description": "What went wrong, and what to do about it (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In words, with what to do."},
        "errors": {
            "description": "Where the request is not understood: each field.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
_METHODS = ("get", "put", "post", "delete", "patch")
_EVERYWHERE = {
    HTTPStatus.UNAUTHORIZED: "Who asks is not known.",
    HTTPStatus.FORBIDDEN: "Who asks may not do this.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request is not understood.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; `Retry-After` says when to come again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database or the configuration cannot be used now.",
}


def describe_errors(app: FastAPI) -> None:
    """Let the description of `app` say which problems each operation may answer."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_errors(plain())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _with_errors(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas["Problem"] = _SHAPE
    for path, method, operation in _operations(document):
        expected = dict(_EVERYWHERE)
        if "{" in path:
            expected[HTTPStatus.NOT_FOUND] = "There is no such thing."
        if method != "get":
            expected[HTTPStatus.CONFLICT] = "What is there already is in the way."
        if "requestBody" in operation:
            expected[HTTPStatus.BAD_REQUEST] = "The body cannot be read."
        responses = operation["responses"]
        for status, description in expected.items():
            told = responses.setdefault(str(status.value), {})
            told.setdefault("description", description)
        for status, told in responses.items():
            if status[0] in "45":
                told["content"] = {MEDIA_TYPE: {"schema": _own_schema(told)}}
        operation["responses"] = dict(sorted(responses.items()))
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _own_schema(told: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the route's own, unless it has none or FastAPI's of invalid requests."""
    content = told.get("content", {})
    schemas: list[dict[str, Any]] = [each.get("schema", {}) for each in content.values()]
    schema = schemas[0] if schemas else {}
    is_fastapis = schema.get("$ref", "").rpartition("/")[2] in _FASTAPIS_OWN
    return _PROBLEM if not schema or is_fastapis else schema
