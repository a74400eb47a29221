"""H.264 access units into RTP payloads (RFC 6184, packetization-mode 1); pure.

Fragments of a unit are of one size, the last at most a few bytes shorter: a socket that cuts one
large datagram into equal ones (UDP segmentation offload) can then send all of them at once.
"""

from __future__ import annotations

import struct

from media.feeds.parameters import H264, units

_STAP_A, _FU_A = 24, 28
_START, _END = 0x80, 0x40
_LEAST_ROOM = 3  # indicator, header and one byte of a fragment


def h264_payloads(data: bytes, most: int) -> list[bytes]:
    """Return the payloads of one access unit (Annex B), of ``most`` bytes at most.

    Parameter sets go first and together (STAP-A, §5.7.1), small units alone (§5.6), large ones in
    fragments (FU-A, §5.8). Raises ``ValueError`` when ``most`` has no room for a fragment.
    """
    if most < _LEAST_ROOM:
        raise ValueError("no room for a fragment")
    sets: list[bytes] = []
    rest: list[bytes] = []
    for unit in units(data):
        (sets if H264.is_parameter_set(unit) else rest).append(unit)
    together = _together(sets)
    if len(sets) > 1 and len(together) <= most:
        payloads = [together]
    else:
        payloads, rest = [], sets + rest
    for unit in rest:
        payloads += [unit] if len(unit) <= most else _fragments(unit, most - 2)
    return payloads


def _together(sets: list[bytes]) -> bytes:
    """Aggregate; the indicator takes the highest importance of those within (§5.7)."""
    importance = max((unit[0] & 0x60 for unit in sets), default=0)
    return bytes([importance | _STAP_A]) + b"".join(
        struct.pack("!H", len(unit)) + unit for unit in sets
    )


def _fragments(unit: bytes, room: int) -> list[bytes]:
    indicator, kind = (unit[0] & 0xE0) | _FU_A, unit[0] & 0x1F
    count = -(-(len(unit) - 1) // room)
    size = -(-(len(unit) - 1) // count)
    starts = range(1, len(unit), size)
    last = starts[-1]
    return [
        bytes([indicator, kind | _START * (at == 1) | _END * (at == last)]) + unit[at : at + size]
        for at in starts
    ]
