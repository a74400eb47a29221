"""Camera addresses: which are taken, and how they may be shown [pure]."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from media import UnfitAddress, parse_address
from server.errors import Invalid
from server.wording import marked

PULLED = frozenset({"rtsp", "rtsps", "file", "testcard"})
OTHERS = frozenset(
    {"rtmp-listen", "whip-listen", "srt-listen", "srt", "udp", "rtp-ts", "v4l2", "alsa"}
)
LONGEST = 2000
_HIDDEN = "***"
_WRONG = marked(
    "A camera's address begins with rtsp://, rtsps://, rtmp-listen://, whip-listen://, srt-listen://,"
    " srt://, udp://, rtp-ts://, v4l2://, alsa://, file:// or testcard://."
)
_FAULTS = {
    "scheme": _WRONG,
    "host": marked("The address names no host, or none at which this machine could listen."),
    "port": marked("Name a port from 1024 to 65535 behind the host: HOST:PORT."),
    "key": marked(
        "A stream key has 16 to 128 letters, digits, dots and dashes;"
        " leave it out, and one is made for you."
    ),
    "passphrase": marked(
        "A passphrase has 10 to 64 characters; leave it out, and one is made for you."
    ),
    "option": marked("The address has a part that is not known, or a value out of its range."),
    "device": marked("A device's address is v4l2:///dev/video0 or alsa:///hw:0."),
}


def accept(address: str, secret: str) -> str:
    """Return the address; raises ``Invalid`` if no feed could be opened from it.

    ``secret`` is the key or passphrase of a camera that pushes and whose address has none yet.
    """
    address = address.strip()
    if len(address) > LONGEST or re.search(r"[\x00-\x20\x7f]", address):
        raise Invalid(_WRONG, field="url")
    parts = _split(address)
    if parts is None or parts.scheme not in PULLED | OTHERS or "://" not in address:
        raise Invalid(_WRONG, field="url")
    if parts.scheme in OTHERS:
        return _accept_other(_completed(address, parts, secret))
    if parts.scheme in ("rtsp", "rtsps") and not parts.hostname:
        raise Invalid("This address names no camera: rtsp://HOST/PATH.", field="url")
    if parts.scheme == "file" and not parts.path.startswith("/"):
        raise Invalid("A file's address is file:///FOLDER/NAME.", field="url")
    return address


def _completed(address: str, parts: SplitResult, secret: str) -> str:
    """Return the address with a key if it is one that is pushed to and has none."""
    if parts.scheme == "rtmp-listen" and parts.path.strip("/").count("/") == 0:
        return f"{address.rstrip('/')}/{secret}"
    if parts.scheme == "whip-listen" and not parts.path.strip("/"):
        return f"whip-listen:///{secret}"
    if parts.scheme == "srt-listen" and "passphrase" not in parts.query:
        return f"{address}{'&' if parts.query else '?'}passphrase={secret}"
    return address


def _accept_other(address: str) -> str:
    try:
        parse_address(address)
    except UnfitAddress as problem:
        raise Invalid(_FAULTS[problem.fault], field="url") from None
    return address


def redact(address: str) -> str:
    """Return the address without name, password, key and query: any may be a secret."""
    parts = _split(address)
    if parts is None:
        return _HIDDEN
    host = parts.netloc.rpartition("@")[2]
    user = f"{_HIDDEN}@" if "@" in parts.netloc else ""
    query = f"?{_HIDDEN}" if parts.query else ""
    path = parts.path
    if parts.scheme in ("rtmp-listen", "whip-listen"):
        path = f"{path.rpartition('/')[0]}/{_HIDDEN}"
    return f"{parts.scheme}://{user}{host}{path}{query}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (a wrong port raises only when asked for)
    except ValueError:
        return None
    return parts
