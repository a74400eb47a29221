"""H.264 as it lies in a byte stream (Annex B) and in a file (ISO 14496-15)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

IDR, SPS, PPS, AUD = 5, 7, 8, 9
_NOT_IN_SAMPLES = frozenset({SPS, PPS, AUD})
# Profiles whose SPS and avcC carry chroma format and bit depth (H.264 §7.3.2.1.1).
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SPS_HEAD = 4  # NAL header, profile, compatibility, level
_START = b"\0\0\1"


def nal_units(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of an Annex B byte stream, without start codes or trailing zeros."""
    at = data.find(_START)
    while at >= 0:
        start = at + 3
        at = data.find(_START, start)
        unit = data[start:] if at < 0 else data[start:at]
        # A NAL unit never ends in a zero byte (H.264 §7.4.1): zeros belong to the next start code.
        if unit.endswith(b"\0"):
            unit = unit.rstrip(b"\0")
        if unit:
            yield unit


def to_length_prefixed(data: bytes) -> bytes:
    """Return an access unit with 4-byte lengths; parameter sets and delimiters are left out.

    They lie in the sample entry (``avc1``): "parameter sets shall not be in the samples".
    """
    pieces: list[bytes] = []
    for unit in nal_units(data):
        if unit[0] & 0x1F not in _NOT_IN_SAMPLES:
            pieces += (len(unit).to_bytes(4, "big"), unit)
    return b"".join(pieces)


class _Bits:
    """Reads the bits of a raw byte sequence payload (emulation prevention removed)."""

    def __init__(self, unit: bytes) -> None:
        payload = unit.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(payload, "big")
        self._left = len(payload) * 8

    def read(self, count: int) -> int:
        if count > self._left:
            raise ValueError("parameter set too short")
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """One SPS and one PPS, as NAL units."""

    sps: bytes
    pps: bytes

    @classmethod
    def find(cls, data: bytes) -> ParameterSets:
        """Take the first SPS and PPS out of an Annex B stream or extradata; else ValueError."""
        found = {unit[0] & 0x1F: unit for unit in reversed(list(nal_units(data)))}
        if SPS not in found or PPS not in found:
            raise ValueError("no parameter sets")
        if len(found[SPS]) < _SPS_HEAD:
            raise ValueError("parameter set too short")
        return cls(found[SPS], found[PPS])

    @property
    def codecs(self) -> str:
        """The codec string ``avc1.PPCCLL`` (RFC 6381 §3.3)."""
        return f"avc1.{self.sps[1:4].hex()}"

    @property
    def configuration(self) -> bytes:
        """The AVCDecoderConfigurationRecord (ISO 14496-15 §5.3.3.1.2), 4-byte lengths."""
        profile, compatibility, level = self.sps[1:4]
        record = [
            bytes((1, profile, compatibility, level, 0xFF, 0xE1)),
            struct.pack(">H", len(self.sps)), self.sps,
            struct.pack(">BH", 1, len(self.pps)), self.pps,
        ]  # fmt: skip
        if profile in _HIGH_PROFILES:
            bits = _Bits(self.sps[4:])
            bits.golomb()  # seq_parameter_set_id
            chroma = bits.golomb()
            if chroma == 3:  # noqa: PLR2004  (4:4:4 has separate_colour_plane_flag)
                bits.read(1)
            luma, chroma_depth = bits.golomb(), bits.golomb()
            record.append(bytes((0xFC | chroma, 0xF8 | luma, 0xF8 | chroma_depth, 0)))
        return b"".join(record)
