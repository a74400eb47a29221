"""The boxes of an init section (ISO 14496-12, -14, -15; CMAF ISO 23000-19).

Only what one fragmented track needs: ``ftyp`` and a ``moov`` whose sample tables are empty.
There is never an edit list: media time 0 is tick 0 of the program for every track.
"""

from __future__ import annotations

import struct

TRACK_ID = 1  # one track per file
_UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SELF_CONTAINED = 1
_DESCRIPTOR_MAX = 0x7F  # longest whose length fits in one byte


def box(kind: bytes, *payload: bytes) -> bytes:
    """Return a box of ``kind`` around the payload."""
    body = b"".join(payload)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *payload: bytes) -> bytes:
    """Return a box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *payload)


def ftyp() -> bytes:
    """Return the brands: fragments with default-base-is-moof (iso6), CMAF track (cmfc)."""
    return box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"cmfc", b"mp41")


def moov(*, timescale: int, handler: bytes, width: int, height: int, sample_entry: bytes) -> bytes:
    """Return a movie of one track; ``handler`` is ``vide`` or ``soun``, sizes are in pixels.

    "The moov box ... sample counts MUST be zero", with an mvex box (rfc8216bis §3.1.2).
    """
    mvhd = full_box(
        b"mvhd", 0, 0,
        struct.pack(">IIIIIHH8x", 0, 0, timescale, 0, 0x10000, 0x0100, 0),
        _UNITY, bytes(24), struct.pack(">I", TRACK_ID + 1),
    )  # fmt: skip
    trex = full_box(b"trex", 0, 0, struct.pack(">5I", TRACK_ID, 1, 0, 0, 0))
    return box(
        b"moov",
        mvhd,
        _trak(timescale, handler, width, height, sample_entry),
        box(b"mvex", trex),
    )


def _trak(timescale: int, handler: bytes, width: int, height: int, sample_entry: bytes) -> bytes:
    sound = handler == b"soun"
    enabled_in_movie = 0x3
    tkhd = full_box(
        b"tkhd", 0, enabled_in_movie,
        struct.pack(">IIIII8xhhHH", 0, 0, TRACK_ID, 0, 0, 0, 0, 0x0100 if sound else 0, 0),
        _UNITY, struct.pack(">II", width << 16, height << 16),
    )  # fmt: skip
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, timescale, 0, 0x55C4, 0))  # "und"
    name = b"SoundHandler\0" if sound else b"VideoHandler\0"
    hdlr = full_box(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), name)
    media_header = full_box(b"smhd", 0, 0, bytes(4)) if sound else full_box(b"vmhd", 0, 1, bytes(8))
    dref = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, _SELF_CONTAINED))
    stbl = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), sample_entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )
    minf = box(b"minf", media_header, box(b"dinf", dref), stbl)
    return box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf))


def avc1(*, width: int, height: int, configuration: bytes, bit_rate: int = 0) -> bytes:
    """Return the sample entry of H.264 whose parameter sets lie in it (``avc1``, not ``avc3``).

    Colour is BT.709 limited range, pixels are square; ``bit_rate`` in bit/s, 0 if unknown.
    """
    visual = struct.pack(
        ">6xH16xHHIII H32sHh",
        1, width, height, 0x480000, 0x480000, 0, 1, bytes(32), 24, -1,
    )  # fmt: skip
    extra = [
        box(b"avcC", configuration),
        box(b"colr", b"nclx", struct.pack(">HHHB", 1, 1, 1, 0)),
        box(b"pasp", struct.pack(">II", 1, 1)),
    ]
    if bit_rate:
        extra.append(box(b"btrt", struct.pack(">III", 0, bit_rate, bit_rate)))
    return box(b"avc1", visual, *extra)


def mp4a(*, channels: int, sample_rate: int, configuration: bytes, bit_rate: int = 0) -> bytes:
    """Return the sample entry of AAC; ``configuration`` is the AudioSpecificConfig."""
    sound = struct.pack(">6xH8xHHHHI", 1, channels, 16, 0, 0, sample_rate << 16)
    specific = _descriptor(0x05, configuration)
    aac, audio_stream = 0x40, 0x15
    decoder = _descriptor(
        0x04, struct.pack(">BB3xII", aac, audio_stream, bit_rate, bit_rate), specific
    )
    stream = _descriptor(0x03, struct.pack(">HB", 0, 0), decoder, _descriptor(0x06, b"\x02"))
    return box(b"mp4a", sound, full_box(b"esds", 0, 0, stream))


def _descriptor(tag: int, *payload: bytes) -> bytes:
    body = b"".join(payload)
    if len(body) > _DESCRIPTOR_MAX:
        raise ValueError("descriptor too long")
    return bytes((tag, len(body))) + body
