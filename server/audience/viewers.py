"""Who a viewer is, as far as the count has to know [pure].

A browser carries a random cookie. What is stored is a keyed hash of it that holds for one broadcast
and one day, so that nobody can follow a viewer from hearing to hearing (architecture B-40).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import datetime

from server.audience.calendar import hashing_day

VIEWER_COOKIE = "tingbo_viewer"
VIEWER_COOKIE_SECONDS = 24 * 3600
VIEWER_BYTES = 12
_COOKIE_FORM = re.compile(r"[A-Za-z0-9_-]{16,64}")
# Programs that fetch addresses without anybody watching. Players such as VLC or ffmpeg are not
# among them, and neither is a browser without a window.
_BOT = re.compile(
    r"bot\b|bot/|crawler|spider|slurp|facebookexternalhit|preview|pingdom|uptime|lighthouse"
    r"|monitoring|scanner|archiver",
    re.IGNORECASE,
)


def is_cookie(text: str) -> bool:
    """Whether a text has the form of the viewer cookie."""
    return _COOKIE_FORM.fullmatch(text) is not None


def is_bot(user_agent: str) -> bool:
    """Whether a client says of itself that nobody is watching."""
    return _BOT.search(user_agent) is not None


def viewer_hash(secret: bytes, cookie: str, broadcast: str, at: datetime) -> str:
    """Return the 16 characters that stand for a viewer at one broadcast on one day."""
    text = f"viewer\0{hashing_day(at)}\0{broadcast}\0{cookie}".encode()
    digest = hmac.digest(secret, text, hashlib.sha256)[:VIEWER_BYTES]
    return urlsafe_b64encode(digest).decode()
