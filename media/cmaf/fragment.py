"""One fragment: ``moof`` and ``mdat`` of one track; a fragment is a part."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from media.cmaf.boxes import TRACK_ID

SYNC = 0x02000000  # sample_depends_on 2: an I picture, or sound
NOT_SYNC = 0x01010000  # depends on others, is not a sync sample
_DEFAULT_BASE_IS_MOOF = 0x020000
_TFHD_FLAGS = _DEFAULT_BASE_IS_MOOF | 0x20  # default sample flags
_TFHD_DURATION = 0x08
_TRUN_OFFSET, _TRUN_FIRST_FLAGS = 0x001, 0x004
_TRUN_DURATION, _TRUN_SIZE, _TRUN_FLAGS, _TRUN_COMPOSITION = 0x100, 0x200, 0x400, 0x800


@dataclass(frozen=True, slots=True)
class Sample:
    """An encoded picture or sound frame; times in units of the track's timescale."""

    data: bytes
    dts: int
    pts: int
    duration: int
    sync: bool


def fragment(sequence: int, samples: Sequence[Sample]) -> bytes:
    """Return ``moof`` + ``mdat`` of at least one sample, whose data is in the file's form.

    Decode times follow each other without holes. What all samples share stands once in ``tfhd``
    (durations and flags of a constant frame rate), so a sample usually costs 4 bytes.
    """
    first = samples[0]
    flags = [SYNC if sample.sync else NOT_SYNC for sample in samples]
    tfhd_flags, tfhd = _TFHD_FLAGS, struct.pack(">I", flags[-1])
    trun_flags, trun = _TRUN_OFFSET | _TRUN_SIZE, b""
    if any(sample.duration != first.duration for sample in samples):
        trun_flags |= _TRUN_DURATION
    else:
        tfhd_flags |= _TFHD_DURATION
        tfhd = struct.pack(">I", first.duration) + tfhd
    if any(flag != flags[-1] for flag in flags[1:]):
        trun_flags |= _TRUN_FLAGS
    elif flags[0] != flags[-1]:
        trun_flags |= _TRUN_FIRST_FLAGS
        trun = struct.pack(">I", flags[0])
    if any(sample.pts != sample.dts for sample in samples):
        trun_flags |= _TRUN_COMPOSITION
    rows = b"".join(
        _row(sample, trun_flags, flag) for sample, flag in zip(samples, flags, strict=True)
    )
    tfhd_size, trun_size = 16 + len(tfhd), 20 + len(trun) + len(rows)
    traf_size = 8 + tfhd_size + 20 + trun_size
    moof_size = 8 + 16 + traf_size
    body = b"".join([sample.data for sample in samples])
    return b"".join(
        (
            struct.pack(">I4sI4sII", moof_size, b"moof", 16, b"mfhd", 0, sequence),
            struct.pack(">I4s", traf_size, b"traf"),
            struct.pack(">I4sII", tfhd_size, b"tfhd", tfhd_flags, TRACK_ID), tfhd,
            struct.pack(">I4sIQ", 20, b"tfdt", 1 << 24, first.dts),
            struct.pack(">I4sI", trun_size, b"trun", 1 << 24 | trun_flags),
            struct.pack(">II", len(samples), moof_size + 8),
            trun, rows,
            struct.pack(">I4s", 8 + len(body), b"mdat"), body,
        )
    )  # fmt: skip


def _row(sample: Sample, trun_flags: int, flags: int) -> bytes:
    row = b""
    if trun_flags & _TRUN_DURATION:
        row += struct.pack(">I", sample.duration)
    row += struct.pack(">I", len(sample.data))
    if trun_flags & _TRUN_FLAGS:
        row += struct.pack(">I", flags)
    if trun_flags & _TRUN_COMPOSITION:
        row += struct.pack(">i", sample.pts - sample.dts)
    return row
