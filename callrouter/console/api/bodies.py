"""Bodies that the workbench reads: how the API's description shows them.

They are handed on as bytes: the console's loop does not read megabytes of JSON.
"""

from typing import Any

from pydantic import BaseModel


def json_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """`openapi_extra` of a route whose body is this model."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    body = {"content": {"application/json": {"schema": _inlined(schema, definitions)}}}
    return {"requestBody": body | {"required": required}}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    match schema:
        case {"$ref": str(reference)}:
            return _inlined(definitions[reference.rpartition("/")[2]], definitions)
        case dict():
            return {name: _inlined(each, definitions) for name, each in schema.items()}
        case list():
            return [_inlined(each, definitions) for each in schema]
        case _:
            return schema
