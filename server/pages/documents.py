"""Documents for programs that come again and again: whole, or "not modified"."""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from media import ASK_AGAIN_S

_TAG_CHARACTERS: Final = 24


def document(request: web.Request, text: str, content_type: str) -> web.Response:
    """Return a document that may be kept for a moment, or 304 where the reader has it already.

    By its content only (RFC 9110 §13.1.2): what is withdrawn leaves a document without a newer date
    in it, which a comparison of dates would miss.
    """
    tag = hashlib.sha256(text.encode()).hexdigest()[:_TAG_CHARACTERS]
    headers = {
        "Cache-Control": f"public, max-age={ASK_AGAIN_S}",
        "ETag": f'"{tag}"',
        "Vary": "Accept-Language, Cookie",
    }
    if any(one.value in (tag, "*") for one in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(text=text, content_type=content_type, charset="utf-8", headers=headers)
