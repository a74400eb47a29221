"""Camera addresses: which are taken, and how they may be shown [pure]."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from server.errors import Invalid
from server.wording import marked

SCHEMES = frozenset({"rtsp", "rtsps", "file", "testcard"})
LONGEST = 2000
_HIDDEN = "***"
_WRONG = marked("A camera's address begins with rtsp://, rtsps://, file:// or testcard://.")


def accept(address: str) -> str:
    """Return the address; raises ``Invalid`` if no feed could be opened from it."""
    address = address.strip()
    if len(address) > LONGEST or re.search(r"[\x00-\x20\x7f]", address):
        raise Invalid(_WRONG, field="url")
    parts = _split(address)
    if parts is None or parts.scheme not in SCHEMES or "://" not in address:
        raise Invalid(_WRONG, field="url")
    if parts.scheme in ("rtsp", "rtsps") and not parts.hostname:
        raise Invalid("This address names no camera: rtsp://HOST/PATH.", field="url")
    if parts.scheme == "file" and not parts.path.startswith("/"):
        raise Invalid("A file's address is file:///FOLDER/NAME.", field="url")
    return address


def redact(address: str) -> str:
    """Return the address without name, password and query: any of them may be a secret."""
    parts = _split(address)
    if parts is None:
        return _HIDDEN
    host = parts.netloc.rpartition("@")[2]
    user = f"{_HIDDEN}@" if "@" in parts.netloc else ""
    query = f"?{_HIDDEN}" if parts.query else ""
    return f"{parts.scheme}://{user}{host}{parts.path}{query}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (a wrong port raises only when asked for)
    except ValueError:
        return None
    return parts
