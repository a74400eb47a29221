"""RTCP as a receiver hears and speaks it; pure.

Sources: RFC 3550 §6.1 (compound packets), §6.4.1 (sender reports), §6.4.2 (receiver reports),
§6.5 (CNAME); RFC 4585 §6.2.1, §6.3.1 (requests to send again, and for a key frame).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_HEAD = struct.Struct("!BBH")
_SENDER = struct.Struct("!IIII")
_BLOCK = struct.Struct("!IIIIII")
_NTP_EPOCH = 2_208_988_800  # 1 January 1900 in seconds before 1970
_SR, _RR, _SDES, _RTPFB, _PSFB = 200, 201, 202, 205, 206
_MOST_LOST = 0x7FFFFF
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class SenderReport:
    """The sender's wall clock (Unix, microseconds) at an RTP timestamp.

    ``middle`` is the middle half of the NTP time, which a receiver report repeats.
    """

    ssrc: int
    unix_us: int
    timestamp: int
    middle: int


class ReportBlock(NamedTuple):
    """What a receiver says of a stream: RFC 3550 §6.4.1; jitter in units of the RTP clock."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    since_report: int  # 1/65536 s


def sender_reports(data: bytes) -> Iterator[SenderReport]:
    """Yield the sender reports of a compound packet; anything else and garbage gives none."""
    at = 0
    while at + _HEAD.size <= len(data):
        first, kind, words = _HEAD.unpack_from(data, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(data):  # noqa: PLR2004 - the version
            return
        if kind == _SR and end - at >= 8 + 20:
            (ssrc,) = struct.unpack_from("!I", data, at + 4)
            seconds, fraction, timestamp, _ = _SENDER.unpack_from(data, at + 8)
            unix_us = (seconds - _NTP_EPOCH) * 1_000_000 + (fraction * 1_000_000 >> 32)
            middle = (seconds & 0xFFFF) << 16 | fraction >> 16
            yield SenderReport(ssrc, unix_us, timestamp, middle)
        at = end


def receiver_report(own_ssrc: int, block: ReportBlock | None, name: str) -> bytes:
    """Return a compound packet: receiver report and CNAME."""
    body = b""
    if block is not None:
        lost = max(-_MOST_LOST, min(block.lost, _MOST_LOST)) & 0xFFFFFF
        body = _BLOCK.pack(
            block.ssrc,
            (block.fraction_lost & 0xFF) << 24 | lost,
            block.highest_sequence & _MASK,
            block.jitter & _MASK,
            block.last_report & _MASK,
            block.since_report & _MASK,
        )
    count = int(block is not None)
    report = _HEAD.pack(0x80 | count, _RR, 1 + 6 * count) + struct.pack("!I", own_ssrc) + body
    told = name.encode()[:255]
    items = struct.pack("!IBB", own_ssrc, 1, len(told)) + told + b"\0"
    items += b"\0" * (-len(items) % 4)
    return report + _HEAD.pack(0x81, _SDES, len(items) // 4) + items


def lost_packets(own_ssrc: int, ssrc: int, numbers: list[int]) -> bytes:
    """Return a request to send packets again, by their numbers in order (RFC 4585 §6.2.1)."""
    pairs: list[list[int]] = []
    for number in numbers:
        behind = (number - pairs[-1][0] & 0xFFFF) - 1 if pairs else 16
        if 0 <= behind < 16:  # noqa: PLR2004 - bits of the mask
            pairs[-1][1] |= 1 << behind
        else:
            pairs.append([number, 0])
    body = b"".join(struct.pack("!HH", *pair) for pair in pairs)
    return _HEAD.pack(0x81, _RTPFB, 2 + len(pairs)) + struct.pack("!II", own_ssrc, ssrc) + body


def room_for(own_ssrc: int, ssrcs: list[int], bit_rate: int) -> bytes:
    """Return what a sender may send, in bit/s (REMB, draft-alvestrand-rmcat-remb-03 §2.2)."""
    exponent = max(bit_rate.bit_length() - 18, 0)
    rate = len(ssrcs) << 24 | exponent << 18 | bit_rate >> exponent
    body = struct.pack(f"!II4sI{len(ssrcs)}I", own_ssrc, 0, b"REMB", rate, *ssrcs)
    return _HEAD.pack(0x8F, _PSFB, len(body) // 4) + body


def picture_loss(own_ssrc: int, ssrc: int) -> bytes:
    """Return a request for a key frame."""
    return _HEAD.pack(0x81, _PSFB, 2) + struct.pack("!II", own_ssrc, ssrc)
