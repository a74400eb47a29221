"""What the court's record consists of, and the bytes it is written as.

A volume is a sequence of frames, and nothing else::

    frame   length u32 (of the body) · crc u32 (of all that follows) · kind u8 · 3 zero bytes
            · arrival_us i64 · body                                               little endian
    volume  VOLUME, then chunks, then END if it was closed
    chunk   CHUNK, DESCRIPTION for each stream, then PACKET, INTERRUPTION and DESCRIPTION in the
            order of arrival

A chunk is at most a second long and has a key of its own. Its first frame names version, cipher and
key, links back to the chunk before and holds the index: where the last key frame before this chunk
lies. What a camera showed and said is ciphertext (the payload of a packet, a whole description);
what tells of order and gaps is not (times, key frames, interruptions), so that whoever has no key
can still check the record. Kinds a reader does not know are skipped. Times are court time in
microseconds. ``docs/record-format.md`` tells all of it to strangers.
"""

from __future__ import annotations

import json
import mmap
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, Protocol

from media.errors import SpoolDamaged

Stream = Literal["video", "audio"]
Buffer = bytes | mmap.mmap

FORMAT_VERSION = 2
CIPHER_AES_256_GCM = 1
MAX_BODY = 32 * 1024 * 1024
VOLUME_MAGIC = b"TINGBOv\x01"
CHUNK_MAGIC = b"\xf5TBchnk\x02"  # another one than version 1 had: nobody finds its chunks
_FRAME = struct.Struct("<IIB3xq")
_CHECKED = struct.Struct("<B3xq")
_PACKET = struct.Struct("<BBHqqI")
_CHUNK = struct.Struct("<8sBBHI16sQqQQQq")
_VOLUME = struct.Struct("<8sBBHIQ")
_END = struct.Struct("<QQ")
_U32 = struct.Struct("<I")
FRAME_SIZE = _FRAME.size
END_SIZE = _FRAME.size + _END.size
_STREAMS: tuple[Stream, Stream] = ("video", "audio")


class Kind(IntEnum):
    """Kinds of frames."""

    VOLUME = 1
    CHUNK = 2
    DESCRIPTION = 3
    PACKET = 4
    INTERRUPTION = 5
    END = 6


@dataclass(frozen=True, slots=True)
class StreamDescription:
    """What a decoder must know before the packets that follow.

    ``codec`` is libav's name of it (h264, hevc, aac, pcm_mulaw, opus …). H.264 and H.265 packets
    are Annex B with parameter sets at every key frame, and so is ``extradata``; for AAC it is the
    AudioSpecificConfig, its packets are raw frames.
    """

    stream: Stream
    codec: str
    extradata: bytes
    width: int
    height: int
    sample_rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Packet:
    """One compressed picture or block of sound, as it was received.

    ``court_us`` is when it is to be shown or heard, ``decode_us`` never goes back within a stream,
    ``arrival_us`` is when the recorder had it.
    """

    stream: Stream
    court_us: int
    decode_us: int
    arrival_us: int
    duration_us: int
    keyframe: bool
    payload: bytes


@dataclass(frozen=True, slots=True)
class Interruption:
    """The line of time is broken here, for one stream or for all (None).

    ``reason`` is an issue code of ``media.feeds.issues`` (the feed was lost), ``timestamps`` (they
    jumped and were mapped anew), ``changed`` (a new description follows) or ``damaged`` (told by
    the reader where the log cannot be read).
    """

    stream: Stream | None
    court_us: int
    reason: str


Record = StreamDescription | Packet | Interruption


class Cipher(Protocol):
    """The cipher of one chunk. ``at`` is the frame's offset in its volume: never used twice."""

    def seal(self, at: int, clear: bytes, secret: bytes) -> bytes:
        """Return ``secret`` as ciphertext, 16 bytes longer, bound to ``at`` and ``clear``."""

    def open(self, at: int, clear: bytes, sealed: bytes) -> bytes:
        """Return what was sealed; raises ``SpoolDamaged`` if it is not that."""


@dataclass(frozen=True, slots=True)
class VolumeHeader:
    """First frame of a volume."""

    number: int
    cipher: int = CIPHER_AES_256_GCM


@dataclass(frozen=True, slots=True)
class ChunkHeader:
    """First frame of a chunk.

    Offsets are of frames in the same volume; 0 means there is none in it. ``previous`` is the
    chunk before this one; ``key_offset``, ``key_chunk`` and ``key_court_us`` tell of the last video
    key frame before this chunk. ``commitment`` binds the sealed bytes to the chunk's key, and
    ``key_id`` names the recording's key under which that was wrapped first.
    """

    sequence: int
    court_us: int
    previous: int = 0
    key_chunk: int = 0
    key_offset: int = 0
    key_court_us: int = 0
    cipher: int = CIPHER_AES_256_GCM
    key_id: int = 0
    commitment: bytes = bytes(16)


@dataclass(frozen=True, slots=True)
class VolumeEnd:
    """Last frame of a volume that was closed."""

    last_chunk: int
    frames: int


@dataclass(frozen=True, slots=True)
class FrameHead:
    """The fixed front of a frame: what is needed to skip it."""

    kind: int
    arrival_us: int
    size: int  # of the whole frame in bytes


def frame(kind: Kind, arrival_us: int, *body: bytes) -> bytes:
    """Return a frame as it goes into the volume."""
    checked = _CHECKED.pack(kind, arrival_us)
    crc = zlib.crc32(checked)
    for piece in body:
        crc = zlib.crc32(piece, crc)
    length = sum(map(len, body))
    if length > MAX_BODY:
        raise ValueError(f"a record of {length} bytes is too large")
    return b"".join((_FRAME.pack(length, crc, kind, arrival_us), *body))


def peek(buffer: Buffer, at: int) -> FrameHead | None:
    """Return the front of the frame at ``at``; None if it is not complete or cannot be one."""
    if len(buffer) - at < _FRAME.size:
        return None
    length, _, kind, arrival_us = _FRAME.unpack_from(buffer, at)
    if length > MAX_BODY or kind == 0:
        return None
    return FrameHead(kind, arrival_us, _FRAME.size + length)


def is_sound(buffer: Buffer, at: int, head: FrameHead) -> bool:
    """Whether the frame lies complete in the buffer and its sum is right."""
    end = at + head.size
    if end > len(buffer):
        return False
    with memoryview(buffer)[at + 8 : end] as checked:
        return zlib.crc32(checked) == int(_U32.unpack_from(buffer, at + 4)[0])


def encode(record: Record, arrival_us: int, at: int, cipher: Cipher) -> bytes:
    """Return a record as the frame that will lie at ``at``; a packet carries its own arrival."""
    if isinstance(record, Packet):
        front = _PACKET.pack(
            _STREAMS.index(record.stream),
            record.keyframe,
            0,
            record.court_us,
            record.decode_us,
            min(max(record.duration_us, 0), 0xFFFFFFFF),
        )
        clear = _CHECKED.pack(Kind.PACKET, record.arrival_us) + front
        return frame(Kind.PACKET, record.arrival_us, front, cipher.seal(at, clear, record.payload))
    if isinstance(record, Interruption):
        told = {"stream": record.stream, "court_us": record.court_us, "reason": record.reason}
        return frame(Kind.INTERRUPTION, arrival_us, json.dumps(told).encode())
    described = json.dumps(
        {
            "stream": record.stream,
            "codec": record.codec,
            "width": record.width,
            "height": record.height,
            "sample_rate": record.sample_rate,
            "channels": record.channels,
        }
    ).encode()
    secret = _U32.pack(len(described)) + described + record.extradata
    clear = _CHECKED.pack(Kind.DESCRIPTION, arrival_us)
    return frame(Kind.DESCRIPTION, arrival_us, cipher.seal(at, clear, secret))


def encode_volume(header: VolumeHeader, arrival_us: int) -> bytes:
    """Return the first frame of a volume."""
    body = _VOLUME.pack(VOLUME_MAGIC, FORMAT_VERSION, header.cipher, 0, 0, header.number)
    return frame(Kind.VOLUME, arrival_us, body)


def encode_chunk(header: ChunkHeader, arrival_us: int) -> bytes:
    """Return the first frame of a chunk."""
    body = _CHUNK.pack(
        CHUNK_MAGIC,
        FORMAT_VERSION,
        header.cipher,
        0,
        header.key_id,
        header.commitment,
        header.sequence,
        header.court_us,
        header.previous,
        header.key_chunk,
        header.key_offset,
        header.key_court_us,
    )
    return frame(Kind.CHUNK, arrival_us, body)


def encode_end(end: VolumeEnd, arrival_us: int) -> bytes:
    """Return the last frame of a volume."""
    return frame(Kind.END, arrival_us, _END.pack(end.last_chunk, end.frames))


def decode(buffer: Buffer, at: int, head: FrameHead, offset: int, cipher: Cipher) -> Record | None:
    """Return the record in a frame whose sum was checked; None for kinds that are no records.

    The frame lies at ``at`` in the buffer and at ``offset`` in its volume.
    """
    try:
        if head.kind == Kind.PACKET:
            return _decode_packet(buffer, at, head, offset, cipher)
        if head.kind == Kind.DESCRIPTION:
            clear = _CHECKED.pack(head.kind, head.arrival_us)
            sealed = bytes(buffer[at + FRAME_SIZE : at + head.size])
            secret = cipher.open(offset, clear, sealed)
            (size,) = _U32.unpack_from(secret)
            fields = json.loads(secret[_U32.size : _U32.size + size])
            return StreamDescription(extradata=secret[_U32.size + size :], **fields)
        if head.kind == Kind.INTERRUPTION:
            return decode_interruption(buffer, at, head)
    except (ValueError, TypeError, IndexError, struct.error) as problem:
        raise SpoolDamaged(f"a frame of kind {head.kind} cannot be understood") from problem
    return None


def _decode_packet(buffer: Buffer, at: int, head: FrameHead, offset: int, cipher: Cipher) -> Packet:
    body = at + FRAME_SIZE
    stream, flags, _, court, decode_at, duration = _PACKET.unpack_from(buffer, body)
    front_end = body + _PACKET.size
    clear = _CHECKED.pack(head.kind, head.arrival_us) + bytes(buffer[body:front_end])
    payload = cipher.open(offset, clear, bytes(buffer[front_end : at + head.size]))
    return Packet(
        _STREAMS[stream], court, decode_at, head.arrival_us, duration, bool(flags & 1), payload
    )


def decode_interruption(buffer: Buffer, at: int, head: FrameHead) -> Interruption:
    """Return the INTERRUPTION frame at ``at``; raises ``SpoolDamaged`` if it cannot be one."""
    try:
        return Interruption(**json.loads(bytes(buffer[at + FRAME_SIZE : at + head.size])))
    except (ValueError, TypeError) as problem:
        raise SpoolDamaged("an interruption cannot be understood") from problem


def packet_front(buffer: Buffer, at: int) -> tuple[Stream, bool, int]:
    """Return stream, key frame and court time of the PACKET frame at ``at`` without its bytes."""
    stream, flags, _, court, _, _ = _PACKET.unpack_from(buffer, at + FRAME_SIZE)
    return _STREAMS[stream & 1], bool(flags & 1), court


def decode_chunk(buffer: Buffer, at: int) -> ChunkHeader:
    """Return the chunk header in the frame at ``at``; raises ``SpoolDamaged`` if it is none."""
    try:
        fields = _CHUNK.unpack_from(buffer, at + FRAME_SIZE)
    except struct.error as problem:
        raise SpoolDamaged("a chunk's first frame is cut") from problem
    magic, version, cipher, _, key_id, commitment, sequence, court, previous, *key = fields
    if magic != CHUNK_MAGIC or version != FORMAT_VERSION:
        raise SpoolDamaged("not a chunk of a known version")
    return ChunkHeader(
        sequence, court, previous, key[0], key[1], key[2], cipher, key_id, commitment
    )


def volume_version(buffer: Buffer, at: int) -> int:
    """Return the format of the volume whose first frame is at ``at``; raises ``SpoolDamaged``."""
    try:
        magic, version, *_ = _VOLUME.unpack_from(buffer, at + FRAME_SIZE)
    except struct.error as problem:
        raise SpoolDamaged("a volume's first frame is cut") from problem
    if magic != VOLUME_MAGIC:
        raise SpoolDamaged("not a volume of a record")
    return int(version)


def decode_end(buffer: Buffer, at: int) -> VolumeEnd:
    """Return the END frame at ``at``."""
    return VolumeEnd(*_END.unpack_from(buffer, at + FRAME_SIZE))


def find_chunk(buffer: bytes | mmap.mmap, at: int) -> int:
    """Return where the next chunk that begins at ``at`` or later does, or -1 (after damage)."""
    place = buffer.find(CHUNK_MAGIC, at + FRAME_SIZE)
    while place >= 0:
        start = place - FRAME_SIZE
        head = peek(buffer, start)
        if head is not None and head.kind == Kind.CHUNK and is_sound(buffer, start, head):
            return start
        place = buffer.find(CHUNK_MAGIC, place + 1)
    return -1
