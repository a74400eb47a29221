"""What protects every answer and every write: headers, content policy, origin check, addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from aiohttp import web

from server.accounts.access import access_of
from server.errors import Forbidden, Invalid, NotFound
from server.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SETTINGS = web.AppKey("settings", Settings)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

# Scripts only from files of ours. Styles may be inline because media-chrome's elements carry their
# own in their shadow trees; hls.js plays from blob: addresses, is told to start no worker, and
# gives each track of captions an empty file from a data: address, which can say nothing to anybody.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "worker-src 'none'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)


def content_policy(ancestors: Iterable[str] = ()) -> str:
    """Return a page's policy; ``ancestors`` are the origins that may frame it, usually none."""
    named = " ".join(ancestors) or "'none'"
    return f"{_POLICY}; frame-ancestors {named}"


_HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer its protective headers (``on_response_prepare``).

    Media and playlists are no pages: they only must not be taken for any.
    """
    if response.headers.get("X-Content-Type-Options") is not None:
        return
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SETTINGS].behind_tls:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    response.headers.pop("Server", None)


@web.middleware
async def readable(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse addresses with a NUL: no file or row has one, and PostgreSQL refuses the question."""
    path, _, query = request.raw_path.partition("?")
    if "%00" in path:  # a NUL itself is not HTTP
        raise NotFound
    if "%00" in query:
        raise Invalid("This value cannot be taken.")
    return await handler(request)


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse writes that a page of another site makes a browser send.

    ``Sec-Fetch-Site`` decides (Fetch Metadata §2.4), else ``Origin`` (RFC 6454 §7); a request with
    neither does not come from a browser, and has no cookie that was not given on purpose.
    """
    if request.method not in _SAFE and not _is_ours(request):
        access = access_of(request.match_info.handler)
        if access is None or not access.any_origin:
            raise Forbidden("This request came from another site.")
    return await handler(request)


def _is_ours(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.host, urlsplit(request.app[SETTINGS].public_url).netloc}
    return origin != "null" and urlsplit(origin).netloc in ours - {""}


def client_address(request: web.Request) -> str:
    """Return the caller's address, as the nearest trusted proxy tells it; never to be logged."""
    hops = request.app[SETTINGS].trusted_proxies
    # A proxy may append by a line of its own (HAProxy does): the first line alone is the caller's.
    lines = ",".join(request.headers.getall("X-Forwarded-For", []))
    forwarded = [one.strip() for one in lines.split(",") if one.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return request.remote or ""


def base_url(request: web.Request) -> str:
    """Return the service's address as the public knows it, without a slash at the end."""
    settings = request.app[SETTINGS]
    if settings.public_url:
        return settings.public_url
    scheme = "https" if settings.behind_tls else request.scheme
    return f"{scheme}://{request.host}"
