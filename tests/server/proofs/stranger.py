"""A verifier of somebody who has read docs/record-format.md and has none of the court's software.

It imports nothing of the project on purpose: if it does not find a real record genuine, the
document is wrong or the code is.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

MIB = 1024 * 1024


class Lie(Exception):
    """Something does not fit together."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def open_signed(pem: bytes, kind: bytes, text: str) -> dict[str, Any]:
    """Two lines: a document, and `signed FINGERPRINT SIGNATURE` over kind and document."""
    document, second, rest = text.split("\n")
    word, fingerprint, signature = second.split(" ")
    key: Any = load_pem_public_key(pem)
    if (word, rest, fingerprint) != ("signed", "", sha(key.public_bytes_raw()).hex()[:32]):
        raise Lie("not signed by this key")
    try:
        key.verify(bytes.fromhex(signature), kind + b"\n" + document.encode())
    except InvalidSignature:
        raise Lie("a forged signature") from None
    found: dict[str, Any] = json.loads(document)
    return found


def tree(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, written as it stands there."""
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01" + tree(leaves[:k]) + tree(leaves[k:]))


def climb(leaf: bytes, place: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2: the root that an audit path leads to."""
    fn, sn, found = place, size - 1, sha(b"\x00" + leaf)
    for step in path:
        if sn == 0:
            raise Lie("the path is too long")
        if fn & 1 or fn == sn:
            found = sha(b"\x01" + step + found)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = sha(b"\x01" + found + step)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Lie("the path is too short")
    return found


def check_day(pem: bytes, statement: bytes, included: dict[str, Any]) -> str:
    """Return the day under whose signed root a statement is."""
    day = open_signed(pem, b"tingbo daily root", included["signed"])
    path = [bytes.fromhex(step) for step in included["path"]]
    root = climb(sha(statement), included["place"], day["entries"], path)
    if root.hex() != day["root"]:
        raise Lie("the root is over something else")
    return str(day["day"])


def check_chain(pem: bytes, days: list[str]) -> None:
    """Each day names the SHA-256 of the file of the day before."""
    for before, text in pairwise(days):
        if open_signed(pem, b"tingbo daily root", text)["previous"] != sha(before.encode()).hex():
            raise Lie("a day is missing or was changed")


def check_file(pem: bytes, proof: dict[str, Any], listing: bytes, data: bytes) -> str:
    """Return what a file is: the name of a published one, or `copy`."""
    sheet = open_signed(pem, b"tingbo record sheet", proof["record"]["signed"])
    if sha(listing).hex() != sheet["public"]["digest"]:
        raise Lie("another list")
    names = dict(line.split("  ", 1) for line in listing.decode().splitlines())
    if sha(data).hex() in names:
        return names[sha(data).hex()]
    pieces = [sha(data[at : at + MIB]) for at in range(0, len(data), MIB)]
    for copy in proof["copies"]:
        named = {"bytes": len(data), "root": tree(pieces).hex(), "sha256": sha(data).hex()}
        if named == {name: copy[name] for name in named}:
            fields = {"broadcast": proof["broadcast"], "format": "tingbo copy 1", **named}
            line = json.dumps(fields, sort_keys=True, separators=(",", ":"))
            check_day(pem, line.encode(), copy["day"])
            return "copy"
    raise Lie("not the court's")
