"""Documents under the court's signature, as they are handed to strangers [pure].

A document is one line of JSON: UTF-8, keys sorted, no blanks. A second line is ``signed FINGERPRINT
SIGNATURE``; the signature is Ed25519 over a text that names the kind and the first line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

LONGEST = 1 << 26  # sheets grow with gaps; nothing of sense comes near


@dataclass(frozen=True, slots=True)
class SignedLine:
    """What was signed, and with which key. ``document`` is the first line."""

    document: bytes
    fingerprint: str
    signature: bytes

    def fields(self) -> dict[str, Any]:
        """Return the document; raises ``ValueError`` if it is none."""
        found = json.loads(self.document)
        if not isinstance(found, dict) or canonical(found) != self.document:
            raise ValueError("not a document as it is written")
        return found


def canonical(fields: dict[str, Any]) -> bytes:
    """Return a document as it is signed."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sealed_line(document: bytes, fingerprint: str, signature: bytes) -> bytes:
    """Return a document with its signature, as a file."""
    return document + f"\nsigned {fingerprint} {signature.hex()}\n".encode()


def parse_line(raw: bytes) -> SignedLine:
    """Read such a file; raises ``ValueError``. Nothing is checked but the form."""
    if len(raw) > LONGEST:
        raise ValueError("too long")
    document, _, rest = raw.partition(b"\n")
    word, fingerprint, signature = rest.decode("ascii").removesuffix("\n").split(" ")
    found = SignedLine(document, fingerprint, bytes.fromhex(signature))
    if word != "signed" or sealed_line(document, fingerprint, found.signature) != raw:
        raise ValueError("not signed as it is written")
    return found
