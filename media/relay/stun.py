"""STUN messages as ICE uses them (RFC 8489 §5, §14; RFC 8445 §7.1, §16.1) [pure].

Only the binding method is known. A datagram is read in one pass and without a copy of its
attributes; what is wrong with it is never said to its sender.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

BINDING_REQUEST, BINDING_INDICATION = 0x0001, 0x0011
BINDING_SUCCESS, BINDING_ERROR = 0x0101, 0x0111

USERNAME, MESSAGE_INTEGRITY, ERROR_CODE = 0x0006, 0x0008, 0x0009
UNKNOWN_ATTRIBUTES = 0x000A
XOR_MAPPED_ADDRESS = 0x0020
PRIORITY, USE_CANDIDATE = 0x0024, 0x0025
FINGERPRINT = 0x8028
ICE_CONTROLLED, ICE_CONTROLLING = 0x8029, 0x802A

BAD_REQUEST, UNKNOWN_ATTRIBUTE, ROLE_CONFLICT = 400, 420, 487

_KNOWN = frozenset(
    (USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, UNKNOWN_ATTRIBUTES, XOR_MAPPED_ADDRESS)
)
_KNOWN_TO_ICE = _KNOWN | {PRIORITY, USE_CANDIDATE}
_OPTIONAL_FROM = 0x8000
_COOKIE = 0x2112A442
_COOKIE_BYTES = _COOKIE.to_bytes(4, "big")
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_MAPPED = struct.Struct("!xBH")
_HEADER_BYTES = 20
_INTEGRITY_BYTES = 24
_FINGERPRINT_BYTES = 8
_FINGERPRINT_XOR = 0x5354554E
_MOST_BYTES = 1280  # "no fragmentation": a request is some hundred bytes (RFC 8489 §6.1)
_MOST_ATTRIBUTES = 32
_FAMILY_4, _FAMILY_6 = 1, 2
_INTEGRITY_HEAD = _ATTRIBUTE.pack(MESSAGE_INTEGRITY, 20)
_FINGERPRINT_HEAD = _ATTRIBUTE.pack(FINGERPRINT, 4)
_TRANSACTION = slice(8, 20)
_BLOCK_BYTES = 64  # of SHA-1
_INNER, _OUTER = (bytes(each ^ pad for each in range(256)) for pad in (0x36, 0x5C))

Address = tuple[str, int] | tuple[str, int, int, int]
"""As the socket module gives it: (host, port) or with flow and scope for IPv6."""


class NotStun(Exception):
    """The datagram is no STUN message of ours."""


class Key:
    """A password ready to sign with: HMAC-SHA1 begun twice (RFC 2104 §4), so that each is a copy.

    What OpenSSL does anew for each signature costs more than the signature.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, password: bytes) -> None:
        short = password if len(password) <= _BLOCK_BYTES else _sha1(password).digest()
        block = short.ljust(_BLOCK_BYTES, b"\0")
        self._inner, self._outer = _sha1(block.translate(_INNER)), _sha1(block.translate(_OUTER))

    def sign(self, message: bytes) -> bytes:
        """Return the 20 bytes of a message's signature."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature is the message's."""
        return hmac.compare_digest(self.sign(message), signature)


def _sha1(data: bytes) -> hashlib._Hash:
    return hashlib.sha1(data, usedforsecurity=False)  # what RFC 8489 §14.5 asks for


@dataclass(frozen=True, slots=True)
class Stun:
    """A message that is well-formed and whose fingerprint, if any, is right.

    ``transaction`` are 12 bytes; ``attributes`` maps a type to its first value up to
    MESSAGE-INTEGRITY: what follows that is not signed and is left out (RFC 8489 §14.5).
    """

    kind: int
    transaction: bytes
    attributes: dict[int, bytes]
    _signed: bytes = b""
    _signature: bytes = b""

    @property
    def is_signed(self) -> bool:
        """Whether there is a MESSAGE-INTEGRITY at all."""
        return bool(self._signature)

    def is_signed_with(self, key: Key) -> bool:
        """Whether MESSAGE-INTEGRITY was made with the password ``key``."""
        return bool(self._signature) and key.has_signed(self._signed, self._signature)

    def pattern(self) -> Pattern:
        """Return what another message has to be like to say the same."""
        return Pattern(self._signed[: _TRANSACTION.start], self._signed[_TRANSACTION.stop :])

    def unknown(self) -> tuple[int, ...]:
        """Return the attributes that one must understand and that we do not (RFC 8489 §6.3.1)."""
        return tuple(
            each for each in self.attributes if each < _OPTIONAL_FROM and each not in _KNOWN_TO_ICE
        )

    @property
    def username(self) -> tuple[str, str]:
        """The two fragments of USERNAME: ours (the receiver's), theirs; empty if it has none."""
        try:
            ours, _, theirs = self.attributes.get(USERNAME, b"").decode().partition(":")
        except UnicodeDecodeError:
            return "", ""
        return ours, theirs

    @property
    def error(self) -> int:
        """The code of ERROR-CODE, 0 if there is none."""
        value = self.attributes.get(ERROR_CODE, b"")
        return (value[2] & 7) * 100 + value[3] if len(value) > 3 else 0  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Pattern:
    """A message that was read and judged, but for its transaction and the two sums over all of it.

    A viewer's checks are the same for hours. One that fits needs no reading, only its signature.
    ``head`` is as it is signed: the length is that up to MESSAGE-INTEGRITY.
    """

    head: bytes
    attributes: bytes

    @property
    def is_request(self) -> bool:
        """Whether it is a check."""
        return self.head[:2] == BINDING_REQUEST.to_bytes(2, "big")

    def fits(self, data: bytes) -> bool:
        """Whether a datagram differs in transaction and sums only; its signature is not judged."""
        at = _HEADER_BYTES + len(self.attributes)
        end = at + _INTEGRITY_BYTES
        length = end + _FINGERPRINT_BYTES - _HEADER_BYTES
        return (
            len(data) == end + _FINGERPRINT_BYTES
            and data[:2] == self.head[:2]
            and data[2:4] == length.to_bytes(2, "big")
            and data[4:8] == _COOKIE_BYTES
            and data[_HEADER_BYTES:at] == self.attributes
            and data[at : at + 4] == _INTEGRITY_HEAD
            and data[end:] == _fingerprint(data[:end])
        )

    def is_signed(self, data: bytes, key: Key) -> bool:
        """Whether one that fits was signed with the password ``key``."""
        at = _HEADER_BYTES + len(self.attributes)
        signed = self.head + data[_TRANSACTION.start : at]
        return key.has_signed(signed, data[at + 4 : at + _INTEGRITY_BYTES])


def transaction_of(data: bytes) -> bytes:
    """Return the 12 bytes that a message's answer repeats."""
    return data[_TRANSACTION]


def parse(data: bytes) -> Stun:
    """Read a datagram; raises ``NotStun`` for whatever is not exactly one message."""
    if not _HEADER_BYTES <= len(data) <= _MOST_BYTES:
        raise NotStun
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind > 0x3FFF or cookie != _COOKIE or length % 4 or length + _HEADER_BYTES != len(data):  # noqa: PLR2004
        raise NotStun
    attributes: dict[int, bytes] = {}
    signed = signature = b""
    at = _HEADER_BYTES
    for _ in range(_MOST_ATTRIBUTES):
        if at == len(data):
            return Stun(kind, transaction, attributes, signed, signature)
        name, value, following = _attribute(data, at)
        if name == FINGERPRINT:
            _check_fingerprint(data, at, value)
        elif name == MESSAGE_INTEGRITY and not signature:
            signed, signature = _signed_part(data, at), value
        elif not signature:
            attributes.setdefault(name, value)
        at = following
    raise NotStun


def _attribute(data: bytes, at: int) -> tuple[int, bytes, int]:
    """Return type and value of the attribute that begins there and where the next one does."""
    if at + 4 > len(data):
        raise NotStun
    name, size = _ATTRIBUTE.unpack_from(data, at)
    start = at + 4
    following = start + (size + 3 & ~3)
    if following > len(data):
        raise NotStun
    return name, data[start : start + size], following


def _check_fingerprint(data: bytes, at: int, value: bytes) -> None:
    # "MUST be the last attribute"; its sum is over all before it.
    if at + _FINGERPRINT_BYTES != len(data) or value != _fingerprint(data[:at])[4:]:
        raise NotStun


def _fingerprint(before: bytes) -> bytes:
    """Return the attribute that follows ``before``."""
    return _FINGERPRINT_HEAD + (zlib.crc32(before) ^ _FINGERPRINT_XOR).to_bytes(4, "big")


def _signed_part(data: bytes, at: int) -> bytes:
    # The signature is over the message as if it ended with MESSAGE-INTEGRITY (§14.5).
    length = at + _INTEGRITY_BYTES - _HEADER_BYTES
    return data[:2] + length.to_bytes(2, "big") + data[4:at]


def packed(attributes: Iterable[tuple[int, bytes]]) -> bytes:
    """Return attributes as they lie in a message."""
    return b"".join(
        _ATTRIBUTE.pack(name, len(value)) + value + bytes(-len(value) % 4)
        for name, value in attributes
    )


def build(
    kind: int, transaction: bytes, attributes: Iterable[tuple[int, bytes]], key: Key
) -> bytes:
    """Return a message with its attributes, MESSAGE-INTEGRITY by ``key`` and FINGERPRINT."""
    body = packed(attributes)
    size = len(body) + _INTEGRITY_BYTES
    head = _HEADER.pack(kind, size, _COOKIE, transaction)
    total = _HEADER.pack(kind, size + _FINGERPRINT_BYTES, _COOKIE, transaction)
    whole = total + body + _INTEGRITY_HEAD + key.sign(head + body)
    return whole + _fingerprint(whole)


def success(transaction: bytes, source: Address, key: Key) -> bytes:
    """Return the answer to a check: what address it came from (RFC 8445 §7.3.1.2)."""
    mapped = xor_address(source, transaction)
    return build(BINDING_SUCCESS, transaction, ((XOR_MAPPED_ADDRESS, mapped),), key)


def refusal(request: Stun, code: int, key: Key) -> bytes:
    """Return an error answer; no words: nobody reads them, and they would help who guesses."""
    attributes = [(ERROR_CODE, bytes((0, 0, code // 100, code % 100)))]
    if code == UNKNOWN_ATTRIBUTE:
        unknown = b"".join(name.to_bytes(2, "big") for name in request.unknown())
        attributes.append((UNKNOWN_ATTRIBUTES, unknown))
    return build(BINDING_ERROR, request.transaction, attributes, key)


def xor_address(address: Address, transaction: bytes) -> bytes:
    """Return the value of XOR-MAPPED-ADDRESS (RFC 8489 §14.2)."""
    host = _packed(address[0])
    family = _FAMILY_4 if len(host) == 4 else _FAMILY_6  # noqa: PLR2004
    return _MAPPED.pack(family, address[1] ^ _COOKIE >> 16) + _masked(host, transaction)


@lru_cache(maxsize=1024)
def _packed(host: str) -> bytes:
    return ipaddress.ip_address(host.partition("%")[0]).packed


def _masked(host: bytes, transaction: bytes) -> bytes:
    mask = (_COOKIE_BYTES + transaction)[: len(host)]
    return (int.from_bytes(host, "big") ^ int.from_bytes(mask, "big")).to_bytes(len(host), "big")


def read_xor_address(value: bytes, transaction: bytes) -> tuple[str, int]:
    """Return (host, port) of XOR-MAPPED-ADDRESS; raises ``NotStun``."""
    if len(value) < 4 or len(value) != {_FAMILY_4: 8, _FAMILY_6: 20}.get(value[1]):  # noqa: PLR2004
        raise NotStun
    host = _masked(value[4:], transaction)
    port = int.from_bytes(value[2:4], "big") ^ _COOKIE >> 16
    return str(ipaddress.ip_address(host)), port
