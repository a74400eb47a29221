"""RTCP as a sender hears and speaks it; pure.

Sources: RFC 3550 §6.4 (reports), §6.5 (CNAME); RFC 4585 §6.2.1, §6.3.1 (requests to send again, for
a key frame); RFC 5104 §4.3.1 (FIR); draft-alvestrand-rmcat-remb-03 §2.2. What a viewer says is
hostile: anything malformed ends the reading, and all is bounded.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from media.feeds.rtcp import ReportBlock

_SR, _RR, _SDES, _RTPFB, _PSFB = 200, 201, 202, 205, 206
_NACK, _PLI, _FIR, _ALFB = 1, 1, 4, 15
_HEAD = struct.Struct("!BBH")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")
_REPORT = struct.Struct("!BBHIQIII")
_VERSION = 2
_NTP_EPOCH_US = 2_208_988_800_000_000  # 1 January 1900 in microseconds before 1970
_MASK = 0xFFFFFFFF
MOST_NACKED = 1_000
"""Numbers of one compound packet that are looked at: half a second of the largest rung."""
_MOST_BLOCKS = 16


@dataclass(slots=True)
class Feedback:
    """What one compound packet says, of which stream (by SSRC)."""

    blocks: list[ReportBlock] = field(default_factory=list)
    nacked: list[tuple[int, int]] = field(default_factory=list)
    """SSRC and sequence number."""
    keyframes: set[int] = field(default_factory=set)
    bit_rate: int | None = None
    """What the viewer can take in all (REMB), in bit/s."""
    is_malformed: bool = False


def read(data: bytes) -> Feedback:
    """Read a compound packet (RFC 3550 §6.1), or one alone (RFC 5506)."""
    found = Feedback()
    at = 0
    while at < len(data):
        if len(data) - at < _HEAD.size:
            found.is_malformed = True
            break
        first, kind, words = _HEAD.unpack_from(data, at)
        end = at + 4 * (words + 1)
        if first >> 6 != _VERSION or end > len(data):
            found.is_malformed = True
            break
        if kind == _RR:
            _read_blocks(data, at + 8, end, first & 0x1F, found)
        elif kind == _SR:
            _read_blocks(data, at + 28, end, first & 0x1F, found)
        elif kind == _RTPFB and first & 0x1F == _NACK:
            _read_nack(data, at, end, found)
        elif kind == _PSFB:
            _read_picture(data, at, end, first & 0x1F, found)
        at = end
    return found


def _read_blocks(data: bytes, at: int, end: int, count: int, found: Feedback) -> None:
    for _ in range(count):
        if at + _BLOCK.size > end or len(found.blocks) >= _MOST_BLOCKS:
            found.is_malformed = True
            return
        ssrc, lost, highest, jitter, last, since = _BLOCK.unpack_from(data, at)
        total = lost & 0xFFFFFF
        total -= (total & 0x800000) << 1  # 24 bits with a sign
        found.blocks.append(ReportBlock(ssrc, lost >> 24, total, highest, jitter, last, since))
        at += _BLOCK.size


def _read_nack(data: bytes, at: int, end: int, found: Feedback) -> None:
    if at + 12 > end:
        found.is_malformed = True
        return
    ssrc = int.from_bytes(data[at + 8 : at + 12], "big")
    for place in range(at + 12, end, 4):
        number, mask = _PAIR.unpack_from(data, place)
        if len(found.nacked) >= MOST_NACKED:
            return
        found.nacked.append((ssrc, number))
        while mask:
            lowest = mask & -mask
            found.nacked.append((ssrc, (number + lowest.bit_length()) & 0xFFFF))
            mask ^= lowest


def _read_picture(data: bytes, at: int, end: int, form: int, found: Feedback) -> None:
    if at + 12 > end:
        found.is_malformed = True
    elif form == _PLI:
        found.keyframes.add(int.from_bytes(data[at + 8 : at + 12], "big"))
    elif form == _FIR:
        for place in range(at + 12, min(end - 7, at + 12 + 8 * _MOST_BLOCKS), 8):
            found.keyframes.add(int.from_bytes(data[place : place + 4], "big"))
    elif form == _ALFB and data[at + 12 : at + 16] == b"REMB" and at + 20 <= end:
        word = int.from_bytes(data[at + 17 : at + 20], "big")
        found.bit_rate = min((word & 0x3FFFF) << (word >> 18), 1 << 40)


class Sent(NamedTuple):
    """What a sender report says of a stream; ``timestamp`` is that of the report's own time."""

    ssrc: int
    timestamp: int
    packets: int
    octets: int


def sender_reports(ntp: int, streams: Sequence[Sent], names: bytes) -> bytes:
    """Return a compound packet: a report for each stream, all of one time, and their ``names``.

    One time and one name for all is what lets a receiver play them in step.
    """
    reports = [
        _REPORT.pack(
            0x80,
            _SR,
            6,
            stream.ssrc,
            ntp,
            stream.timestamp & _MASK,
            stream.packets & _MASK,
            stream.octets & _MASK,
        )
        for stream in streams
    ]
    return b"".join((*reports, names))


def names(ssrcs: Sequence[int], name: bytes) -> bytes:
    """Return a packet that gives all streams one name (CNAME, RFC 3550 §6.5)."""
    chunks = b""
    for ssrc in ssrcs:
        items = struct.pack("!IBB", ssrc, 1, len(name)) + name
        chunks += items + b"\0" * (4 - len(items) % 4)
    return _HEAD.pack(0x80 | len(ssrcs), _SDES, len(chunks) // 4) + chunks


def ntp_time(unix_us: int) -> int:
    """Return a time as NTP has it: seconds since 1900 in 32.32 bits."""
    return ((unix_us + _NTP_EPOCH_US) << 32) // 1_000_000 & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """Return the half of an NTP time that a receiver repeats in its report."""
    return ntp >> 16 & _MASK
