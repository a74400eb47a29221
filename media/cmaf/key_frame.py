"""Where the key frame at the beginning of a segment ends: for I-frame playlists (§4.4.3.6).

A byte range from the segment's first byte to there holds ``moof``, the head of ``mdat`` and the
first picture, which is all that a player needs to show it with the init section.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

HEAD_BYTES = 4096  # more than the ``moof`` of any part we write
_NOT_SYNC = 0x00010000
_TFHD_OPTIONAL = ((0x01, 8), (0x02, 4), (0x08, 4))  # before the default sample size
_TFHD_SIZE, _TFHD_FLAGS = 0x10, 0x20
_TRUN_OFFSET, _TRUN_FIRST_FLAGS = 0x001, 0x004
_TRUN_DURATION, _TRUN_SIZE, _TRUN_FLAGS = 0x100, 0x200, 0x400


def key_frame_end(head: bytes) -> int | None:
    """Return where the first sample ends, in bytes from the start of the segment.

    ``head`` is the segment's beginning, with its first ``moof`` as a whole. None if that is no
    fragment, or its first sample no key frame.
    """
    try:
        for kind, start, end in _boxes(head, 0, len(head)):
            if kind == b"moof":
                return _first_sample_end(head, start, end)
    except struct.error:
        return None
    return None


def _first_sample_end(data: bytes, start: int, end: int) -> int | None:
    moof = start - 8
    for kind, traf, traf_end in _boxes(data, start, end):
        if kind != b"traf":
            continue
        boxes = {name: at for name, at, _ in _boxes(data, traf, traf_end)}
        if b"tfhd" not in boxes or b"trun" not in boxes:
            return None
        return _sample(data, moof, *_defaults(data, boxes[b"tfhd"]), boxes[b"trun"])
    return None


def _defaults(data: bytes, at: int) -> tuple[int, int]:
    """Size and flags that samples have unless ``trun`` says otherwise."""
    (flags,) = struct.unpack_from(">I", data, at)
    at += 8
    at += sum(size for bit, size in _TFHD_OPTIONAL if flags & bit)
    size = sample_flags = 0
    if flags & _TFHD_SIZE:
        (size,) = struct.unpack_from(">I", data, at)
        at += 4
    if flags & _TFHD_FLAGS:
        (sample_flags,) = struct.unpack_from(">I", data, at)
    return size, sample_flags


def _sample(data: bytes, moof: int, size: int, sample_flags: int, at: int) -> int | None:
    flags, count = (int(one) for one in struct.unpack_from(">II", data, at))
    at += 8
    if not count or not flags & _TRUN_OFFSET:
        return None
    (offset,) = struct.unpack_from(">i", data, at)
    at += 4
    if flags & _TRUN_FIRST_FLAGS:
        (sample_flags,) = struct.unpack_from(">I", data, at)
        at += 4
    at += 4 * bool(flags & _TRUN_DURATION)
    if flags & _TRUN_SIZE:
        (size,) = struct.unpack_from(">I", data, at)
        at += 4
    if flags & _TRUN_FLAGS:
        (sample_flags,) = struct.unpack_from(">I", data, at)
    if sample_flags & _NOT_SYNC or not size:
        return None
    return moof + int(offset) + size


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, beginning and end of the content of each box that is here as a whole."""
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8 or start + size > end:  # noqa: PLR2004  (a box head)
            return
        yield kind, start + 8, start + size
        start += size
