"""Parameter sets of H.264 and H.265 in Annex B streams, and the picture size they tell.

Sources: ITU-T H.264 §7.3.2.1.1, Annex B; ITU-T H.265 §7.3.2.2, §7.3.3.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specifications

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_START = re.compile(rb"\x00\x00\x01")
_PROFILES = frozenset({66, 77, 88, 100, 110, 122, 244, 44})
_LEVELS = frozenset({9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})
_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def units(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of Annex B bytes without their start codes."""
    starts = [found.end() for found in _START.finditer(data)]
    for start, following in zip(starts, [*starts[1:], len(data) + 3], strict=False):
        unit = data[start : following - 3].rstrip(b"\0")
        if unit:
            yield unit


def annex_b(nal_units: list[bytes]) -> bytes:
    """Return NAL units as Annex B bytes."""
    return b"".join(b"\0\0\0\1" + unit for unit in nal_units)


@dataclass(frozen=True, slots=True)
class Codec:
    """How NAL units of a codec are told apart."""

    is_hevc: bool

    def kind(self, unit: bytes) -> int:
        """Return nal_unit_type."""
        return (unit[0] >> 1) & 0x3F if self.is_hevc else unit[0] & 0x1F

    def is_parameter_set(self, unit: bytes) -> bool:
        """Whether the unit is a VPS, SPS or PPS."""
        return self.kind(unit) in ((32, 33, 34) if self.is_hevc else (7, 8))

    def is_sps(self, unit: bytes) -> bool:
        """Whether the unit is a sequence parameter set."""
        return self.kind(unit) == (33 if self.is_hevc else 7)

    def is_key(self, unit: bytes) -> bool:
        """Whether the unit is a slice of a picture at which decoding can begin."""
        return self.kind(unit) in (range(16, 22) if self.is_hevc else (5,))

    def is_lawful(self, unit: bytes) -> bool:
        """Whether the unit can be what the specification allows: a cheap look for garbage."""
        if unit[0] & 0x80:  # forbidden_zero_bit
            return False
        if self.is_hevc:
            return len(unit) > 2 and self.kind(unit) < 48 and unit[1] & 7 != 0
        kind = self.kind(unit)
        # data partitions (2 to 4) no camera sends: a camera that changed to H.265 looks like them
        return (
            0 < kind < 24
            and kind not in (2, 3, 4)
            and not (kind in (5, 7, 8) and not unit[0] & 0x60)
        )


H264 = Codec(is_hevc=False)
H265 = Codec(is_hevc=True)
CODECS = {"h264": H264, "hevc": H265}


class _Bits:
    """Reads bits of an RBSP (emulation prevention taken out)."""

    def __init__(self, unit: bytes, skip: int) -> None:
        clean = unit.replace(b"\0\0\3", b"\0\0")[skip:]
        self._value = int.from_bytes(clean, "big")
        self._left = len(clean) * 8

    def u(self, count: int) -> int:
        if count > self._left:
            raise ValueError("parameter set is cut")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def ue(self) -> int:
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("not an Exp-Golomb number")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        value = self.ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def picture_size(codec: Codec, sps: bytes) -> tuple[int, int]:
    """Return width and height that an SPS tells; raises ``ValueError`` if it is not one."""
    return _size_h265(sps) if codec.is_hevc else _size_h264(sps)


def _skip_scaling_lists(bits: _Bits, count: int) -> None:
    for index in range(count):
        if not bits.u(1):
            continue
        last = following = 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _high_profile_front(bits: _Bits) -> int:
    chroma = bits.ue()
    separate = bits.u(1) if chroma == 3 else 0
    bits.ue()
    bits.ue()
    bits.u(1)
    if bits.u(1):  # seq_scaling_matrix_present_flag
        _skip_scaling_lists(bits, 12 if chroma == 3 else 8)
    return 0 if separate else chroma


def _skip_order_count(bits: _Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.u(1)
        bits.se()
        bits.se()
        for _ in range(min(bits.ue(), 255)):
            bits.se()


def _size_h264(sps: bytes) -> tuple[int, int]:
    bits = _Bits(sps, 1)
    profile, _, level = bits.u(8), bits.u(8), bits.u(8)
    if profile not in _PROFILES or level not in _LEVELS or bits.ue() > 31:
        raise ValueError("no SPS has such a profile")
    chroma = _high_profile_front(bits) if profile in _HIGH_PROFILES else 1
    bits.ue()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.ue()  # max_num_ref_frames
    bits.u(1)
    width = (bits.ue() + 1) * 16
    map_units = (bits.ue() + 1) * 16
    frames_only = bits.u(1)
    height = map_units * (2 - frames_only)
    if not frames_only:
        bits.u(1)
    bits.u(1)  # direct_8x8_inference_flag
    if bits.u(1):  # frame_cropping_flag
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= (left + right) * unit_x
        height -= (top + bottom) * unit_y
    return _plausible(width, height)


def _size_h265(sps: bytes) -> tuple[int, int]:
    bits = _Bits(sps, 2)
    bits.u(4)
    layers = bits.u(3)  # sps_max_sub_layers_minus1
    bits.u(1)
    bits.u(96)  # general profile, tier and level
    present = [(bits.u(1), bits.u(1)) for _ in range(layers)]
    if layers:
        bits.u(2 * (8 - layers))
    for profile, level in present:
        bits.u(88 * profile + 8 * level)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.u(1)
    width, height = bits.ue(), bits.ue()
    if bits.u(1):  # conformance_window_flag
        left, right, top, bottom = bits.ue(), bits.ue(), bits.ue(), bits.ue()
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1)
    return _plausible(width, height)


def _plausible(width: int, height: int) -> tuple[int, int]:
    if not (48 <= width <= 16384 and 48 <= height <= 16384):
        raise ValueError(f"no picture is {width}x{height}")
    return width, height


def configured_sets(codec: Codec, record: bytes) -> bytes:
    """Return the parameter sets in a decoder configuration record of MP4 as Annex B.

    Sources: ISO/IEC 14496-15 §5.3.3.1 (avcC), §8.3.3.1 (hvcC). Empty if the record is cut.
    """
    found: list[bytes] = []
    try:
        if codec.is_hevc:
            at = 23
            for _ in range(record[22]):
                count, at = int.from_bytes(record[at + 1 : at + 3], "big"), at + 3
                at = _take_units(record, at, count, found)
        else:
            at = _take_units(record, 6, record[5] & 0x1F, found)
            _take_units(record, at + 1, record[at], found)
    except IndexError:
        return b""
    return annex_b(found)


def _take_units(record: bytes, at: int, count: int, found: list[bytes]) -> int:
    for _ in range(count):
        size = int.from_bytes(record[at : at + 2], "big")
        if not size or at + 2 + size > len(record):
            raise IndexError
        found.append(record[at + 2 : at + 2 + size])
        at += 2 + size
    return at


@dataclass(frozen=True, slots=True)
class Checked:
    """A packet made fit for the record."""

    payload: bytes
    keyframe: bool
    is_lawful: bool
    changed: tuple[bytes, int, int] | None  # new parameter sets as Annex B, width, height


class ParameterSets:
    """Keeps the parameter sets of one stream and puts them before key frames that lack them."""

    def __init__(self, codec: Codec, extradata: bytes) -> None:
        self._codec = codec
        self._sets = [unit for unit in units(extradata) if codec.is_parameter_set(unit)]

    @property
    def annex_b(self) -> bytes:
        """The sets known now."""
        return annex_b(self._sets)

    def size(self) -> tuple[int, int]:
        """Return the picture size they tell; (0, 0) if they do not."""
        for unit in self._sets:
            if self._codec.is_sps(unit):
                try:
                    return picture_size(self._codec, unit)
                except ValueError:
                    return 0, 0
        return 0, 0

    def check(self, payload: bytes, *, is_key: bool = False) -> Checked:
        """Look at a packet; ``changed`` tells of sets that are not those known before.

        ``is_key``: who received it knows that decoding can begin here (a recovery point).
        """
        found = list(units(payload))
        lawful = bool(found) and all(map(self._codec.is_lawful, found))
        key = lawful and (is_key or any(map(self._codec.is_key, found)))
        sets = [unit for unit in found if self._codec.is_parameter_set(unit)] if key else []
        changed = self._changed(sets)
        if key and not any(map(self._codec.is_sps, sets)):
            payload = self.annex_b + payload
        return Checked(payload, key, lawful, changed)

    def _changed(self, sets: list[bytes]) -> tuple[bytes, int, int] | None:
        """Take sets that came with a key frame; garbage must never replace what is known."""
        if not any(map(self._codec.is_sps, sets)) or set(sets) <= set(self._sets):
            return None
        before, self._sets = self._sets, sets
        width, height = self.size()
        if not width:
            self._sets = before
            return None
        return self.annex_b, width, height
