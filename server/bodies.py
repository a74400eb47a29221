"""Reads what a request carries into a model, or says field by field what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from server.errors import FieldProblem, Invalid, Malformed, TooLarge, UnknownMedia
from server.wording import marked

_M = TypeVar("_M", bound=BaseModel)
_SENTENCES: dict[str, str] = {
    "missing": marked("This is needed."),
    "extra_forbidden": marked("There is no such field."),
    "string_too_long": marked("At most %(max_length)s characters."),
    "string_too_short": marked("At least %(min_length)s characters."),
    "too_long": marked("At most %(max_length)s of these."),
    "too_short": marked("At least %(min_length)s of these."),
    "greater_than_equal": marked("At least %(ge)s."),
    "less_than_equal": marked("At most %(le)s."),
    "literal_error": marked("One of: %(expected)s."),
    "enum": marked("One of: %(expected)s."),
    "timezone_aware": marked("A time with its time zone, as in 2026-11-23T09:30:00+08:00."),
    "datetime_parsing": marked("A time with its time zone, as in 2026-11-23T09:30:00+08:00."),
    "datetime_from_date_parsing": marked(
        "A time with its time zone, as in 2026-11-23T09:30:00+08:00."
    ),
}
_NOT_VALID = marked("This value cannot be taken.")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it


# Times that a calendar can hold, whatever their offset; beyond them dates cannot be reckoned with.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1949, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC)),
]


class Body(BaseModel):
    """Base of what requests carry: unknown fields are refused, so that a misspelt one is seen."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


async def read_json(request: web.Request, model: type[_M]) -> _M:
    """Return the JSON body as a model; raises ``Malformed``, ``UnknownMedia`` or ``Invalid``."""
    if request.content_type != "application/json":
        raise UnknownMedia("Send application/json.")
    raw = await request.read()
    if _NUL.search(raw):  # SQLite would keep what PostgreSQL refuses
        raise Invalid(_NOT_VALID)
    return _validated(lambda: model.model_validate_json(raw))


async def read_form(
    request: web.Request, bounds: Mapping[str, int], too_large: TooLarge
) -> dict[str, bytes]:
    """Return the known fields of a form with files; holds no more of each than its bound (bytes).

    Raises ``UnknownMedia``, ``Invalid`` for other fields, ``too_large`` for a longer one.
    """
    if request.content_type != "multipart/form-data":
        raise UnknownMedia("Send multipart/form-data.")
    fields: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise Invalid("There is no such field.")
            if part.name not in bounds:
                raise Invalid("There is no such field.")
            taken = bytearray()
            while chunk := await part.read_chunk():
                taken += chunk
                if len(taken) > bounds[part.name]:
                    raise too_large
            fields[part.name] = bytes(taken)
    except (ValueError, AssertionError, HttpProcessingError) as problem:
        raise Invalid("This form cannot be read.") from problem
    return fields


def read_query(request: web.Request, model: type[_M]) -> _M:
    """Return the query as a model; raises ``Invalid``. ``lang`` and ``key`` belong to everybody."""
    values: Mapping[str, Any] = {
        name: value for name, value in request.query.items() if name not in ("lang", "key")
    }
    return _validated(lambda: model.model_validate(values))


def _validated(validate: Callable[[], _M]) -> _M:
    try:
        return validate()
    except ValidationError as problem:
        found = problem.errors(include_input=False, include_url=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise Malformed("This is not JSON.") from None
        raise Invalid(
            "Please look at the fields that are named.",
            problems=[_field(one) for one in found],
        ) from None


def _field(found: ErrorDetails) -> FieldProblem:
    context = {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in found.get("ctx", {}).items()
    }
    text = _SENTENCES.get(found["type"], _NOT_VALID)
    return FieldProblem(
        field=".".join(map(str, found["loc"])),
        code=found["type"],
        text=text,
        values=context if "%(" in text else {},
    )


def answer_json(model: BaseModel, status: int = 200, cache: str = "no-store") -> web.Response:
    """Return a model as JSON."""
    return web.Response(
        text=model.model_dump_json(),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": cache},
    )
