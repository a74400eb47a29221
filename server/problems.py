"""Errors as answers: problem+json (RFC 9457) for programs, a page for people.

The one place where an error becomes an HTTP status. ``ERROR_PAGE`` may be set on the application
to render pages in the portal's look.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from html import escape
from http import HTTPStatus

import structlog
from aiohttp import web

from server import errors
from server.reader import wished
from server.request_keys import LANGUAGE, request_id
from server.translation import Language, gettext
from server.wording import marked

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.stdlib.get_logger(__name__)
_PROGRAMS = ("/api/", "/hls/", "/replay/", "/whep/", "/whip/", "/photos/", "/thumbnails/")
_BY_STATUS: dict[int, type[errors.ServiceError]] = {
    400: errors.Malformed,
    401: errors.SignInNeeded,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    413: errors.TooLarge,
    415: errors.UnknownMedia,
    422: errors.Invalid,
    429: errors.TooMany,
    503: errors.Unavailable,
}
_OTHER_TITLES = {
    405: marked("This address does not take this method"),
    406: marked("There is no such form of this"),
    412: marked("This has changed in the meantime"),
    428: marked("This must say which state it changes"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as the reader gets it (RFC 9457 §3, with ``code``, ``errors``, ``request_id``)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[dict[str, str], ...]
    request_id: str


ErrorPage = Callable[[web.Request, Problem], Awaitable[str]]
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into an answer of one shape, in the reader's language."""
    try:
        return await handler(request)
    except errors.ServiceError as error:
        return await answer(request, describe(error, request), _headers(error))
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return await answer(request, _from_http(error, request), _kept(error))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        _log.info("unreadable request", error=type(error).__name__)
        return await answer(request, describe(errors.Malformed(), request), {})
    except ConnectionResetError:
        raise  # the reader has gone: there is nobody to answer
    except Exception:  # noqa: BLE001  (the last line of defence)
        _log.exception("unexpected error", request_id=request_id(request))
        return await answer(request, describe(errors.ServiceError(), request), {})


def describe(error: errors.ServiceError, request: web.Request) -> Problem:
    """Return the problem in the reader's language."""
    language = _language(request)
    return Problem(
        type=f"urn:tingbo:problem:{error.code}",
        title=gettext(language, error.title),
        status=error.status,
        detail=gettext(language, error.text, **error.values) if error.text else "",
        code=error.code,
        errors=tuple(
            {
                "field": one.field,
                "code": one.code,
                "message": gettext(language, one.text, **one.values),
            }
            for one in error.problems
        ),
        request_id=request_id(request),
    )


async def answer(
    request: web.Request, problem: Problem, headers: dict[str, str]
) -> web.StreamResponse:
    """Return the problem as JSON, or as a page where a person reads."""
    if problem.status >= HTTPStatus.BAD_REQUEST and problem.code != "not-found":
        _log.info("refused", code=problem.code, status=problem.status, path=_pattern(request))
    language = _language(request)
    headers = {"Cache-Control": "no-store", "Content-Language": language, **headers}
    if not _is_page(request):
        body = {name: value for name, value in asdict(problem).items() if value not in ("", ())}
        return web.Response(
            status=problem.status,
            body=json.dumps(body, ensure_ascii=False).encode(),
            content_type="application/problem+json",
            headers=headers,
        )
    page = request.app.get(ERROR_PAGE)
    text = await page(request, problem) if page else _plain_page(problem, language)
    return web.Response(status=problem.status, text=text, content_type="text/html", headers=headers)


def _language(request: web.Request) -> Language:
    """Return the reader's language, also of a request whose reader nobody has looked at."""
    if LANGUAGE not in request:
        request[LANGUAGE] = wished(request)
    return request[LANGUAGE]


def _from_http(error: web.HTTPException, request: web.Request) -> Problem:
    kind = _BY_STATUS.get(error.status)
    if kind:
        return describe(kind(), request)
    plain = errors.ServiceError()
    plain.status = error.status
    plain.code = f"http-{error.status}"
    plain.title = _OTHER_TITLES.get(error.status, HTTPStatus(error.status).phrase)
    return describe(plain, request)


def _headers(error: errors.ServiceError) -> dict[str, str]:
    if isinstance(error, errors.TooMany | errors.Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    if isinstance(error, errors.SignInNeeded):
        return {"WWW-Authenticate": 'Bearer realm="tingbo"'}
    return {}


def _kept(error: web.HTTPException) -> dict[str, str]:
    names = ("Allow", "Retry-After", "WWW-Authenticate")
    return {name: error.headers[name] for name in names if name in error.headers}


def _is_page(request: web.Request) -> bool:
    if request.path.startswith(_PROGRAMS):
        return False
    return "text/html" in request.headers.get("Accept", "")


def _pattern(request: web.Request) -> str:
    """Return the route and not the path: a path may name a thing that is nobody's business."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _plain_page(problem: Problem, language: Language) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(problem.title)}'
        f"</title><h1>{escape(problem.title)}</h1><p>{escape(problem.detail)}</p>"
        f'<p><a href="/">Tingbo 庭播</a></p></html>'
    )
