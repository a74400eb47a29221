"""Playlists, media bytes and their HTTP headers.

Cache lives are those of draft-pantos-hls-rfc8216bis-22, Appendix B.1. Playlists are private to a
session, so that every request for one reaches a server: it is counted, and a revoked key is
refused. Media sections never change and may be kept by everybody.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Final

from aiohttp import web

from media import PlaylistReply, Resource
from server.errors import NotFound

PLAYLIST_TYPE: Final = "application/vnd.apple.mpegurl"
OPEN_PATHS: Final = ("/hls/", "/replay/", "/whep/", "/whip/", "/thumbnails/")
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_GZIP_LEVEL = 1
_ERROR = 400
# What every answer to a player says. Media and playlists may be read by players on any site, and
# are no pages that a content policy would have to hold.
_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Age, Content-Range, Date, ETag, Link, "
    "Location, Retry-After",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}
_FOR_PLAYERS: Final = {**_OPEN, "X-Content-Type-Options": "nosniff"}


def accepts_gzip(request: web.Request) -> bool:
    """Whether the client takes gzip (RFC 9110 §12.5.3)."""
    for coding in request.headers.get("Accept-Encoding", "").split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() in {"gzip", "*"}:
            return weight.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def gzipped(body: bytes) -> bytes:
    """Return a small playlist in gzip format."""
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


def multivariant(request: web.Request, body: bytes) -> web.Response:
    """Return a multivariant playlist: it holds a session, so nobody may keep it."""
    return _playlist(request, body, gzipped(body), "private, no-store")


def playlist(request: web.Request, reply: PlaylistReply) -> web.Response:
    """Return a media playlist for the session that asked."""
    compressed = reply.gzipped if accepts_gzip(request) else b""
    return _playlist(request, reply.body, compressed, f"private, max-age={reply.max_age}")


def _playlist(
    request: web.Request, body: bytes, compressed: bytes, cache_control: str
) -> web.Response:
    headers = {
        **_FOR_PLAYERS,
        "Content-Type": PLAYLIST_TYPE,
        "Cache-Control": cache_control,
        "Vary": "Accept-Encoding",
    }
    if accepts_gzip(request):
        headers["Content-Encoding"] = "gzip"
        body = compressed
    return web.Response(body=body, headers=headers)


def media(
    request: web.Request, resource: Resource, *, is_shared: bool = True
) -> web.StreamResponse:
    """Return an init section, a segment or a part: whole, a range of it, or "not modified"."""
    whose = "public" if is_shared else "private"
    headers = {
        **_FOR_PLAYERS,
        "Content-Type": resource.content_type,
        "Cache-Control": f"{whose}, max-age={resource.max_age}"
        + ("" if resource.changes else ", immutable"),
    }
    if resource.body is not None:
        return _from_memory(request, resource.body, headers, etag=resource.name)
    if resource.path is None:
        raise NotFound
    return web.FileResponse(resource.path, headers=headers)


def picture(request: web.Request, jpeg: bytes, max_age: int) -> web.StreamResponse:
    """Return a JPEG that may be kept for ``max_age`` seconds."""
    headers = {"Content-Type": "image/jpeg", "Cache-Control": f"public, max-age={max_age}"}
    return _from_memory(request, jpeg, headers, etag=hashlib.sha256(jpeg).hexdigest()[:16])


def picture_file(path: Path, max_age: int) -> web.StreamResponse:
    """Return a JPEG on disk."""
    return web.FileResponse(
        path, headers={"Content-Type": "image/jpeg", "Cache-Control": f"public, max-age={max_age}"}
    )


def _from_memory(
    request: web.Request, body: bytes, headers: dict[str, str], *, etag: str
) -> web.Response:
    tag = f'"{etag}"'
    headers |= {"ETag": tag, "Accept-Ranges": "bytes"}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    wanted = request.headers.get("Range")
    if wanted and request.headers.get("If-Range", tag) == tag:
        return _range(request, body, headers)
    return web.Response(body=body, headers=headers)


def _range(request: web.Request, body: bytes, headers: dict[str, str]) -> web.Response:
    """Return the range that is asked for; what is no single range is ignored (RFC 9110 §14.2)."""
    try:
        start, stop, _ = request.http_range.indices(len(body))
    except ValueError:
        return web.Response(body=body, headers=headers)
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
    return web.Response(status=206, body=body[start:stop], headers=headers)


async def open_to_all_sites(request: web.Request, response: web.StreamResponse) -> None:
    """Let players on any site read what is public anyway (``on_response_prepare``)."""
    if "Timing-Allow-Origin" not in response.headers:
        if not request.path.startswith(OPEN_PATHS):
            return
        response.headers.update(_OPEN)
    if response.status >= _ERROR:
        # A file that has gone in the meantime must not be missing for as long as it was immutable.
        response.headers["Cache-Control"] = "no-store"
