"""The API's own description (OpenAPI 3.1), made from the routes and the models they name."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from server.accounts.access import access_of, public

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PREFIX = "/api/v1"
_MARK = "__operation__"
_SCHEMAS = "#/components/schemas/"
_JSON = "application/json"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem details; title, detail and messages in the reader's language.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives. ``media`` names another content type than JSON.

    ``may_be_nothing``: there may be nothing to give yet, which is 204.
    """

    summary: str
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    media: str = _JSON
    body_media: str = _JSON
    problems: tuple[int, ...] = field(default=())
    may_be_nothing: bool = False


def describe(operation: Operation) -> Callable[[Handler], Handler]:
    """Attach the description; goes outside (above) the access mark."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, operation)
        return handler

    return mark


def operation_of(handler: object) -> Operation | None:
    """Return a handler's description."""
    found = getattr(handler, _MARK, None)
    return found if isinstance(found, Operation) else None


def document(app: web.Application, version: str) -> dict[str, Any]:
    """Return the description of every route below ``/api/v1``."""
    routes = [
        (route, operation)
        for route in app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(PREFIX)
        and route.method != "HEAD"
        and (operation := operation_of(route.handler)) is not None
    ]
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for _, operation in routes:
        if operation.body:
            models[operation.body, "validation"] = None
        if operation.answer:
            models[operation.answer, "serialization"] = None
    references, definitions = models_json_schema(list(models), ref_template=_SCHEMAS + "{model}")
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in routes:
        resource = route.resource
        if resource is not None:
            path = resource.canonical.removeprefix(PREFIX)
            paths.setdefault(path, {})[route.method.lower()] = _operation(
                route, operation, references
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tingbo 庭播",
            "version": version,
            "description": "Live broadcast of court hearings: the console's and partners' API.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": PREFIX}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {**definitions.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "tingbo_session"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(
    route: web.AbstractRoute, operation: Operation, references: dict[Any, Any]
) -> dict[str, Any]:
    access = access_of(route.handler)
    needs_person = access is None or access.needs_person
    resource = route.resource
    names = re.findall(r"{(\w+)}", resource.canonical) if resource else []
    statuses = {*operation.problems, *_usual(operation, has_places=bool(names))}
    if needs_person:
        statuses |= {401, 403}
    found: dict[str, Any] = {
        "operationId": _name(route),
        "summary": operation.summary,
        "parameters": [*map(_in_path, names), *_in_query(operation.query)],
        "responses": {
            str(operation.status): _content(operation, references),
            **({"204": {"description": "Nothing yet"}} if operation.may_be_nothing else {}),
            **{
                str(status): {
                    "description": "Problem",
                    "content": {
                        "application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}
                    },
                }
                for status in sorted(statuses)
            },
        },
        "security": [{"session": []}, {"token": []}] if needs_person else [],
    }
    if operation.body:
        found["requestBody"] = {
            "required": True,
            "content": {operation.body_media: {"schema": references[operation.body, "validation"]}},
        }
    elif operation.body_media != _JSON:
        found["requestBody"] = {
            "required": True,
            "content": {operation.body_media: {"schema": {"type": "object"}}},
        }
    return found


def _usual(operation: Operation, *, has_places: bool) -> set[int]:
    """The refusals that follow from what an operation takes (``server.bodies``)."""
    found = {404} if has_places else set()
    if operation.query:
        found |= {422}
    if operation.body or operation.body_media != _JSON:
        found |= {415, 422}
    if operation.body and operation.body_media == _JSON:
        found |= {400}
    return found


def _name(route: web.AbstractRoute) -> str:
    handler = inspect.unwrap(route.handler)
    if isinstance(handler, partial):
        handler = handler.func
    module = getattr(handler, "__module__", "").split(".")
    feature = module[1] if len(module) > 1 else "api"
    return f"{feature}.{getattr(handler, '__name__', 'handler')}"


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", []),
            "schema": one,
        }
        for name, one in schema.get("properties", {}).items()
    ]


def _content(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    if operation.answer:
        schema = references[operation.answer, "serialization"]
        return {"description": "Done", "content": {operation.media: {"schema": schema}}}
    if operation.media != _JSON:
        return {"description": "Done", "content": {operation.media: {"schema": {"type": "string"}}}}
    return {"description": "Done"}


OPENAPI_TYPE: Final = "application/vnd.oai.openapi+json"
VERSION: web.AppKey[str] = web.AppKey("version", str)


@describe(Operation("This description", media=OPENAPI_TYPE))
@public
async def show_document(request: web.Request) -> web.Response:
    """Show the description."""
    described = document(request.app, request.app[VERSION])
    return web.json_response(described, content_type=OPENAPI_TYPE)
