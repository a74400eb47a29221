"""Identifiers and secrets that the service gives out."""

from __future__ import annotations

import hashlib
import secrets

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = 12
_ID_BYTES = 16  # so many more than are needed that no letter is likelier than another
ID_PATTERN = r"[0-9a-z][0-9a-z_-]{0,31}"


def new_id() -> str:
    """Return a new identifier: 12 lower-case letters and digits (62 bits), fit for an address."""
    number = int.from_bytes(secrets.token_bytes(_ID_BYTES))
    letters = []
    for _ in range(_ID_LETTERS):  # one system call and not one per letter: each request has an id
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)


def new_secret() -> str:
    """Return a new secret of 256 bits, fit for a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of a secret: it can be recognised and not be told back.

    A plain hash is enough because the secrets are random and long, unlike passwords.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
