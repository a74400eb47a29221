"""The server's own secret, and what it signs and encrypts.

Signed are addresses that expire, viewers' sessions and the browsers of staff; encrypted the secrets
of second factors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_BYTES = 32
_NONCE_BYTES = 12


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

    def seal(self, purpose: str, about: str, plain: bytes) -> str:
        """Return a short secret encrypted (AES-256-GCM), bound to what it is about."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + _cipher(self.key(purpose)).encrypt(nonce, plain, about.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def unseal(self, purpose: str, about: str, sealed: str) -> bytes | None:
        """Return what was sealed; None if it was not sealed with this secret, or about another."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  (as below)

        raw = base64.urlsafe_b64decode(sealed)
        nonce, text = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        try:
            return _cipher(self.key(purpose)).decrypt(nonce, text, about.encode())
        except InvalidTag:
            return None


def _cipher(key: bytes) -> AESGCM:
    # Late: a server that starts again must answer soon, and few sign in with a second factor.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)


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
