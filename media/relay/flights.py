"""The order in which OpenSSL takes a client's datagrams while keys are agreed on; pure.

A client that sends small datagrams (GStreamer's are 256 bytes) spreads its second flight over eight
of them: certificate, key exchange, CertificateVerify, ChangeCipherSpec, Finished. OpenSSL puts
messages in order by their numbers (RFC 6347 §4.2.2), but ChangeCipherSpec has none: one that
overtakes a message is dropped, and the client repeats its flight after one second, then two. So it
is kept back here until all that has to come before it has come, whichever flight it came in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_CHANGE_CIPHER_SPEC, _HANDSHAKE = 20, 22
_CERTIFICATE_VERIFY = 15
"""The last message of a client that shows a certificate before its ChangeCipherSpec."""
_RECORD = struct.Struct("!B2xH6xH")  # type, epoch, length (RFC 6347 §4.1)
_MESSAGE = struct.Struct("!B3sH3s3s")  # type, length, number, offset and length of the fragment
_MOST_MESSAGES, _MOST_FRAGMENTS = 8, 64
"""A client sends four or five messages; each fragment of 256 bytes of 16 KiB."""


class Flights:
    """What has come of a client's messages, and the ChangeCipherSpec that is kept back."""

    def __init__(self) -> None:
        self._pieces: dict[int, dict[int, int]] = {}  # number of message → offset → end
        self._lengths: dict[int, int] = {}
        self._last: int | None = None
        self._kept = b""
        self._is_beyond = False  # more than is kept account of: nothing is held back

    def take(self, datagram: bytes) -> list[bytes]:
        """Take a datagram; return what OpenSSL is to have now, in order."""
        ready, at, end = b"", 0, 0
        for at, end in _records(datagram):
            kind, epoch, _ = _RECORD.unpack_from(datagram, at)
            if epoch == 0 and kind == _HANDSHAKE:
                self._note(datagram[at + _RECORD.size : end])
            if epoch == 0 and kind == _CHANGE_CIPHER_SPEC and not self._is_whole():
                self._kept = datagram[at:end]  # what is behind it OpenSSL keeps itself
            else:
                ready += datagram[at:end]
        ready += datagram[end:]  # no record at all: for OpenSSL to judge
        found = [ready] if ready else []
        if self._kept and self._is_whole():
            found.append(self._kept)
            self._kept = b""
        return found

    def _note(self, body: bytes) -> None:
        at = 0
        while at + _MESSAGE.size <= len(body):
            kind, *rest = _MESSAGE.unpack_from(body, at)
            whole, number, offset, size = (
                one if isinstance(one, int) else int.from_bytes(one, "big") for one in rest
            )
            at += _MESSAGE.size + size
            pieces = self._pieces.get(number, {})
            self._is_beyond |= number >= _MOST_MESSAGES or len(pieces) >= _MOST_FRAGMENTS
            if at > len(body) or self._is_beyond:
                return
            self._pieces[number] = pieces
            self._lengths[number] = whole
            pieces[offset] = max(pieces.get(offset, 0), offset + size)
            if kind == _CERTIFICATE_VERIFY:
                self._last = number

    def _is_whole(self) -> bool:
        """Whether all messages up to the last before ChangeCipherSpec have come."""
        if self._is_beyond or self._last is None:
            return self._is_beyond
        numbers = range(self._last + 1)
        return all(self._reach(number) >= self._lengths.get(number, 1) for number in numbers)

    def _reach(self, number: int) -> int:
        reach = 0
        for offset, end in sorted(self._pieces.get(number, {}).items()):
            if offset > reach:
                break
            reach = max(reach, end)
        return reach


def _records(datagram: bytes) -> Iterator[tuple[int, int]]:
    """Yield where whole records begin and end."""
    at = 0
    while at + _RECORD.size <= len(datagram):
        end = at + _RECORD.size + _RECORD.unpack_from(datagram, at)[2]
        if end > len(datagram):
            return
        yield at, end
        at = end
