"""Checks an Ed25519 signature with the standard library alone (RFC 8032 §5.1) [pure].

For strangers who have Python and nothing else; it takes some ten milliseconds, and handles nothing
that is secret. The service itself signs and checks with ``cryptography``.
"""

from __future__ import annotations

import base64
import hashlib

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # a square root of -1
_KEY, _SIGNATURE = 32, 64
# SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 §4) is these bytes and the key.
_SPKI = bytes.fromhex("302a300506032b6570032100")

_Point = tuple[int, int, int, int]  # extended coordinates (§5.1.4)


def _x_of(y: int, sign: int) -> int:
    if y >= _P:
        raise ValueError("not a point of the curve")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    return _P - x if x & 1 != sign else x


def _point(raw: bytes) -> _Point:
    number = int.from_bytes(raw, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return x, y, 1, x * y % _P


def _add(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    found: _Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = _add(found, point)
        point, factor = _add(point, point), factor >> 1
    return found


def _are_equal(one: _Point, other: _Point) -> bool:
    return not (
        (one[0] * other[2] - other[0] * one[2]) % _P or (one[1] * other[2] - other[1] * one[2]) % _P
    )


_Y = 4 * pow(5, -1, _P) % _P
_X = _x_of(_Y, 0)
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)


def is_signature(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a signature (64 bytes) over a message is by a raw public key (32 bytes)."""
    if len(key) != _KEY or len(signature) != _SIGNATURE:
        return False
    scalar = int.from_bytes(signature[_KEY:], "little")
    if scalar >= _ORDER:
        return False
    try:
        public, commitment = _point(key), _point(signature[:_KEY])
    except ValueError:
        return False
    digest = hashlib.sha512(signature[:_KEY] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    return _are_equal(_times(scalar, _BASE), _add(commitment, _times(challenge, public)))


def raw_key(pem: bytes) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in PEM; raises ``ValueError``."""
    lines = pem.decode("ascii").split("-----BEGIN PUBLIC KEY-----")
    if len(lines) < 2:  # noqa: PLR2004
        raise ValueError("not a public key in PEM")
    body = lines[1].split("-----END PUBLIC KEY-----")[0]
    der = base64.b64decode("".join(body.split()), validate=True)
    if not der.startswith(_SPKI) or len(der) != len(_SPKI) + _KEY:
        raise ValueError("not an Ed25519 public key")
    return der[len(_SPKI) :]


def fingerprint(key: bytes) -> str:
    """Return the first half of SHA-256 of a raw key, as it is read out and compared."""
    return hashlib.sha256(key).hexdigest()[:32]
