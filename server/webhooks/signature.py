"""Signatures of Standard Webhooks 1.0 [pure].

Signed is ``id.timestamp.body``, by HMAC-SHA256 with each secret that holds; the header has one
``v1,<base64>`` for each, separated by blanks, and a receiver takes the message if one of them fits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final

SECRET_MARK: Final = "whsec_"  # noqa: S105
SECRET_BYTES: Final = 32


def secret_text(secret: bytes) -> str:
    """Return a secret as the receiver's library takes it."""
    return SECRET_MARK + base64.b64encode(secret).decode()


def signed_headers(
    secrets: Iterable[bytes], identifier: str, at: datetime, body: bytes
) -> dict[str, str]:
    """Return the three headers of a message that is sent now, by each of the secrets."""
    stamp = str(int(at.timestamp()))
    content = f"{identifier}.{stamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }
