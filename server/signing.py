"""The server's own secret, and what is signed with it: addresses that expire, viewers' sessions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from aiohttp import web

_BYTES = 32


class Signer:
    """Signs short texts; each purpose has a key of its own, derived from the secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        """Return the key of a purpose."""
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = hmac.digest(self._secret, purpose.encode(), hashlib.sha256)
        return key

    def sign(self, purpose: str, text: str) -> str:
        """Return a signature of 128 bits, fit for an address."""
        tag = hmac.digest(self.key(purpose), text.encode(), hashlib.sha256)[:16]
        return base64.urlsafe_b64encode(tag).decode().rstrip("=")

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Tell whether the signature is ours, in constant time."""
        return hmac.compare_digest(
            self.sign(purpose, text).encode(), signature.encode(errors="replace")
        )


SIGNER = web.AppKey("signer", Signer)


def load_secret(path: Path, given: str = "") -> bytes:
    """Return the secret: as set, or kept in a file that is made at the first start.

    Several servers of one service must be given the same (``TINGBO_SECRET``).
    """
    if given:
        return given.encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(descriptor)
    try:
        os.link(half, path)  # the first of several servers wins
    except FileExistsError:
        pass
    finally:
        half.unlink(missing_ok=True)
    return path.read_bytes()
