"""A playlist as it is sent: in pieces, of which those that no longer change are compressed once.

Nine hours of a hearing are two megabytes of text. Writing and compressing all of it for each new
version would stop the server; so the old segments stand in blocks whose compressed forms lie ready,
and a version costs its newest minutes. The pieces make one gzip member (RFC 1952), because browsers
read no second one.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

_LEVEL = 5
_RAW = -zlib.MAX_WBITS
_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no time, no name (§2.3)
_LAST_BLOCK = b"\x03\x00"  # empty and final (RFC 1951 §3.2.3)
_MODULO = 1 << 32


class Piece:
    """Some lines of a playlist, in UTF-8."""

    __slots__ = ("_deflated", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._deflated: bytes | None = None

    @property
    def deflated(self) -> bytes:
        """The text compressed so that others can stand before and after it (RFC 1951)."""
        if self._deflated is None:
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
            self._deflated = packer.compress(self.text) + packer.flush(zlib.Z_FULL_FLUSH)
        return self._deflated


class Reply:
    """A playlist; the same object, with the same bytes, for all who get this version."""

    __slots__ = ("_body", "_gzipped", "_pieces")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = tuple(pieces)
        self._body: bytes | None = None
        self._gzipped: bytes | None = None

    @property
    def body(self) -> bytes:
        """The playlist in UTF-8."""
        if self._body is None:
            self._body = b"".join([piece.text for piece in self._pieces])
        return self._body

    @property
    def gzipped(self) -> bytes:
        """The playlist compressed, once ("playlists MUST be delivered with gzip", App. B.1)."""
        if self._gzipped is None:
            check = size = 0
            for piece in self._pieces:
                check = zlib.crc32(piece.text, check)
                size += len(piece.text)
            packed = [piece.deflated for piece in self._pieces]
            end = struct.pack("<II", check, size % _MODULO)
            self._gzipped = b"".join([_HEAD, *packed, _LAST_BLOCK, end])
        return self._gzipped


@dataclass(frozen=True, slots=True)
class PlaylistReply:
    """The answer to a playlist request; ``max_age`` in seconds for Cache-Control."""

    reply: Reply
    max_age: int

    @property
    def body(self) -> bytes:
        """The playlist in UTF-8."""
        return self.reply.body

    @property
    def gzipped(self) -> bytes:
        """The playlist compressed with gzip."""
        return self.reply.gzipped
