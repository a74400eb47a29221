"""Pictures and sound frames out of RTP payloads; pure.

Sources: RFC 6184 §5.6–5.8 (H.264), RFC 7798 §4.4 (H.265), RFC 3640 §3.2–3.3 and RFC 6416 §6
(AAC), RFC 3551 §4.5.14 (G.711), RFC 7587 §4 and RFC 6716 §3.1 (Opus). Modes that no camera uses
(interleaving by decoding order numbers, MTAP, PACI) are refused like garbage.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specifications

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from media.feeds.parameters import Codec, annex_b
from media.feeds.rtp_reception import RtpPacket

MAX_PICTURE = 8 * 1024 * 1024
_MAX_UNITS = 2048
MAX_LATM = 64 * 1024
_OVERHEAD = 64  # what a piece costs besides its bytes
_STAP_A, _FU_A = 24, 28
_AP, _FU = 48, 49


class Unit(NamedTuple):
    """A picture (Annex B) or a sound frame.

    ``timestamp`` counts on the stream's RTP clock without bound below the packet's (``ticks`` have
    been added to it), ``begun_us`` is when its first packet came. ``payload`` may be empty when
    nothing of a damaged picture was left.
    """

    timestamp: int
    ticks: int  # length on the RTP clock; 0: unknown
    begun_us: int
    payload: bytes
    is_lawful: bool


class Depacketiser(Protocol):
    """Takes the packets of one stream in order."""

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:
        """Return what is complete; ``lost`` packets are missing before this one."""


class Malformed(ValueError):
    """A payload is not what its format demands."""


class Pictures:
    """Pictures of H.264 and H.265: complete at the marker, or when the timestamp moves on."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._units: list[bytes] = []
        self._size = 0
        self._fragments: list[bytes] = []
        self._fragmented = 0  # bytes of these
        self._timestamp: int | None = None
        self._begun_us = 0
        self._has_slice = self._is_broken = False
        self._given: int | None = None  # timestamp of the picture that a marker ended
        self._is_marker_true = True

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:
        """Return the pictures that are complete."""
        found: list[Unit] = []
        if lost:
            self._fragments.clear()
        if packet.timestamp != self._timestamp:
            found += self._finish()
            self._timestamp, self._begun_us = packet.timestamp, packet.arrival_us
        if self._given == packet.timestamp:
            # a camera that marks every slice: its markers tell nothing
            self._is_marker_true = False
        try:
            for unit in self._read(packet.payload):
                self._add(unit)
        except Malformed:
            self._is_broken = True
            self._fragments.clear()
        if packet.marker and self._is_marker_true:
            found += self._finish()
        return found

    def _add(self, unit: bytes) -> None:
        self._size += len(unit)
        if self._size > MAX_PICTURE or len(self._units) >= _MAX_UNITS:
            self._units.clear()
            self._size, self._has_slice = 0, False
            raise Malformed("no picture is so large")
        kind = self._codec.kind(unit)
        self._has_slice |= kind < 32 if self._codec.is_hevc else 1 <= kind <= 5
        self._units.append(unit)

    def _finish(self) -> list[Unit]:
        """Give the picture away; parameter sets without one wait for it."""
        self._fragments.clear()
        if self._timestamp is None or not (self._has_slice or self._is_broken):
            return []
        given = Unit(self._timestamp, 0, self._begun_us, annex_b(self._units), not self._is_broken)
        self._given = self._timestamp if self._has_slice else None
        self._units, self._size = [], 0
        self._has_slice = self._is_broken = False
        return [given]

    def _read(self, payload: bytes) -> Iterator[bytes]:
        if self._codec.is_hevc:
            yield from self._read_h265(payload)
        else:
            yield from self._read_h264(payload)

    def _read_h264(self, payload: bytes) -> Iterator[bytes]:
        if not payload:
            raise Malformed("empty")
        kind = payload[0] & 0x1F
        if 1 <= kind <= 23:
            yield payload
        elif kind == _STAP_A:
            yield from _aggregated(payload, 1)
        elif kind == _FU_A and len(payload) > 2:
            head = bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)])
            yield from self._fragment(payload[1], head, payload[2:])
        else:
            raise Malformed("a kind of packet that is not used")

    def _read_h265(self, payload: bytes) -> Iterator[bytes]:
        if len(payload) < 3:
            raise Malformed("too short")
        kind = (payload[0] >> 1) & 0x3F
        if kind < _AP:
            yield payload
        elif kind == _AP:
            yield from _aggregated(payload, 2)
        elif kind == _FU and len(payload) > 3:
            head = bytes([(payload[0] & 0x81) | (payload[2] & 0x3F) << 1, payload[1]])
            yield from self._fragment(payload[2], head, payload[3:])
        else:
            raise Malformed("a kind of packet that is not used")

    def _fragment(self, flags: int, head: bytes, data: bytes) -> Iterator[bytes]:
        if flags & 0x80:
            self._fragments, self._fragmented = [head], 0
        elif not self._fragments:
            return  # its beginning is lost
        self._fragments.append(data)
        self._fragmented += len(data) + _OVERHEAD
        if self._fragmented > MAX_PICTURE:
            raise Malformed("no picture is so large")
        if flags & 0x40:
            unit = b"".join(self._fragments)
            self._fragments.clear()
            yield unit


def _aggregated(payload: bytes, at: int) -> Iterator[bytes]:
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 2], "big")
        at += 2
        if size < 2 or at + size > len(payload):
            raise Malformed("a unit that is longer than its packet")
        yield payload[at : at + size]
        at += size


class AacFrames:
    """RFC 3640 in the modes of AAC: headers of size and index, whole frames or pieces of one."""

    def __init__(self, size_bits: int, index_bits: int, delta_bits: int, ticks: int) -> None:
        self._size_bits, self._index_bits = size_bits, index_bits
        self._delta_bits, self._ticks = delta_bits, ticks
        self._pieces: list[bytes] = []
        self._wanted = 0
        self._timestamp, self._begun_us = 0, 0

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:
        """Return the frames that are complete."""
        if lost or packet.timestamp != self._timestamp:
            self._pieces.clear()
        try:
            sizes, data = self._headers(packet.payload)
            if len(sizes) == 1 and sizes[0] > len(data):
                return self._piece(packet, sizes[0], data)
            return list(self._frames(packet, sizes, data))
        except Malformed:
            self._pieces.clear()
            return [Unit(packet.timestamp, 0, packet.arrival_us, b"", is_lawful=False)]

    def _headers(self, payload: bytes) -> tuple[list[int], bytes]:
        bits = int.from_bytes(payload[:2], "big")
        start = 2 + (bits + 7) // 8
        first, other = self._size_bits + self._index_bits, self._size_bits + self._delta_bits
        if len(payload) < start or bits < first or (bits - first) % max(other, 1):
            raise Malformed("headers that are longer than their packet")
        count = 1 + (bits - first) // other
        value = int.from_bytes(payload[2:start], "big") >> ((start - 2) * 8 - bits)
        sizes = []
        for number in range(count):
            bits -= first if number == 0 else other
            rest = self._index_bits if number == 0 else self._delta_bits
            field = value >> bits
            if field & ((1 << rest) - 1):
                raise Malformed("interleaved")
            sizes.append((field >> rest) & ((1 << self._size_bits) - 1))
        return sizes, payload[start:]

    def _frames(self, packet: RtpPacket, sizes: list[int], data: bytes) -> Iterator[Unit]:
        if not all(sizes) or sum(sizes) > len(data):
            raise Malformed("a frame that is longer than its packet")
        at = 0
        for number, size in enumerate(sizes):
            stamp = packet.timestamp + number * self._ticks
            yield Unit(stamp, self._ticks, packet.arrival_us, data[at : at + size], is_lawful=True)
            at += size

    def _piece(self, packet: RtpPacket, size: int, data: bytes) -> list[Unit]:
        if not self._pieces:
            self._timestamp, self._begun_us = packet.timestamp, packet.arrival_us
            self._wanted = size
        if not data:
            raise Malformed("a piece of nothing")
        self._pieces.append(data)
        held = sum(map(len, self._pieces))
        if held < self._wanted and not packet.marker:
            return []
        frame = b"".join(self._pieces)
        self._pieces.clear()
        if held != self._wanted:
            raise Malformed("pieces that are not one frame")
        return [Unit(self._timestamp, self._ticks, self._begun_us, frame, is_lawful=True)]


class LatmFrames:
    """RFC 6416 without configuration in band: a length and one frame, perhaps in pieces."""

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._pieces: list[bytes] = []
        self._size = self._timestamp = self._begun_us = 0

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:
        """Return the frame that is complete at a marker."""
        if lost or packet.timestamp != self._timestamp:
            self._pieces.clear()
        if not self._pieces:
            self._size, self._timestamp = 0, packet.timestamp
            self._begun_us = packet.arrival_us
        self._pieces.append(packet.payload)
        self._size += len(packet.payload) + _OVERHEAD
        if not packet.marker and self._size <= MAX_LATM:
            return []
        frame = _latm_frame(b"".join(self._pieces))
        self._pieces.clear()
        ticks = self._ticks if frame else 0
        return [Unit(self._timestamp, ticks, self._begun_us, frame, bool(frame))]


def _latm_frame(data: bytes) -> bytes:
    """Return the frame behind PayloadLengthInfo (ISO/IEC 14496-3 §1.7.3); empty if it is cut."""
    at = size = 0
    for value in data:
        at, size = at + 1, size + value
        if value != 255:
            break
    return data[at : at + size] if at + size <= len(data) else b""


class Samples:
    """Uncompressed or companded sound: every packet stands for itself."""

    def __init__(self, bytes_per_tick: int) -> None:
        self._bytes_per_tick = bytes_per_tick

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:  # noqa: ARG002 - as its kin
        """Return the packet's sound."""
        size = len(packet.payload)
        ticks, rest = divmod(size, self._bytes_per_tick)
        is_lawful = bool(ticks) and not rest
        payload = packet.payload if is_lawful else b""
        return [Unit(packet.timestamp, ticks, packet.arrival_us, payload, is_lawful)]


class OpusPackets:
    """Opus: every packet stands for itself and says how long it is."""

    def take(self, packet: RtpPacket, lost: int) -> list[Unit]:  # noqa: ARG002 - as its kin
        """Return the packet's sound."""
        ticks = opus_ticks(packet.payload)
        payload = packet.payload if ticks else b""
        return [Unit(packet.timestamp, ticks, packet.arrival_us, payload, bool(ticks))]


def opus_ticks(payload: bytes) -> int:
    """Return how many samples at 48 kHz an Opus packet holds; 0 if it is none (RFC 6716 §3.1)."""
    if not payload:
        return 0
    config, code = payload[0] >> 3, payload[0] & 3
    if config < 12:
        length = (480, 960, 1920, 2880)[config & 3]
    elif config < 16:
        length = (480, 960)[config & 1]
    else:
        length = (120, 240, 480, 960)[config & 3]
    told = payload[1] & 0x3F if len(payload) > 1 else 0
    count = (1, 2, 2, told)[code]
    return length * count if length * count <= 5760 else 0
