"""A picture that says "as before", written by hand: what an encoder that is late sends instead.

It is a P slice in which every macroblock is skipped (H.264 §7.3.4): the picture before it is shown
again, for a dozen bytes and no time, while x264 takes milliseconds even for a still picture. No
other picture refers to it (``nal_ref_idc`` 0), so the encoder need not know of it. With the picture
order count of type 2 two such pictures must not follow each other (§7.4.2.1.1).
"""

from __future__ import annotations

from media.cmaf.h264 import ParameterSets

_NOT_REFERENCED_SLICE = b"\0\0\0\1\x01"  # start code; nal_ref_idc 0, nal_unit_type 1
_HIGH = 100
_ORDER_BY_DECODING = 2
_SLICE_P = 5
_DEBLOCKING_OFF = 1


class SkipWriter:
    """Writes skipped pictures for one encoder that has CAVLC, one reference and no B pictures."""

    def __init__(self, sets: ParameterSets, width: int, height: int) -> None:
        """Read the parameter sets; raises ``ValueError`` if such pictures cannot be written."""
        if sets.sps[1] >= _HIGH:
            raise ValueError("only for streams without CABAC")
        fields = _Reader(sets.sps[4:])
        fields.golomb()  # seq_parameter_set_id
        self._frame_number_bits = fields.golomb() + 4
        if fields.golomb() != _ORDER_BY_DECODING:
            raise ValueError("only for streams whose pictures are shown as they are decoded")
        self._macroblocks = -(-width // 16) * -(-height // 16)
        self._referenced = 0

    def encoded(self, *, keyframe: bool) -> None:
        """Learn that the encoder has made a picture (others refer to all of its pictures)."""
        self._referenced = 0 if keyframe else self._referenced + 1

    def picture(self) -> bytes:
        """Return the access unit that repeats the picture before it, in Annex B."""
        bits = _Writer()
        bits.golomb(0)  # first_mb_in_slice
        bits.golomb(_SLICE_P)
        bits.golomb(0)  # pic_parameter_set_id
        number = (self._referenced + 1) % (1 << self._frame_number_bits)
        bits.fixed(number, self._frame_number_bits)
        bits.fixed(0, 1)  # num_ref_idx_active_override_flag
        bits.fixed(0, 1)  # ref_pic_list_modification_flag_l0
        bits.golomb(0)  # slice_qp_delta, signed: 0 is 0
        bits.golomb(_DEBLOCKING_OFF)  # the copy shall be exact
        bits.golomb(self._macroblocks)  # mb_skip_run
        return _NOT_REFERENCED_SLICE + _protected(bits.finished())


class _Writer:
    """Bits of a raw byte sequence payload."""

    def __init__(self) -> None:
        self._text = ""

    def fixed(self, value: int, count: int) -> None:
        self._text += format(value, f"0{count}b")

    def golomb(self, value: int) -> None:
        """Write ue(v), §9.1."""
        digits = format(value + 1, "b")
        self._text += "0" * (len(digits) - 1) + digits

    def finished(self) -> bytes:
        """Return the bytes with rbsp_trailing_bits."""
        text = self._text + "1"
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")


class _Reader:
    """Reads ue(v) from a parameter set."""

    def __init__(self, payload: bytes) -> None:
        plain = payload.replace(b"\0\0\3", b"\0\0")
        self._text = "".join(format(byte, "08b") for byte in plain)

    def golomb(self) -> int:
        zeros = self._text.index("1")
        end = 2 * zeros + 1
        value = int(self._text[:end], 2) - 1
        self._text = self._text[end:]
        return value


def _protected(payload: bytes) -> bytes:
    """Insert emulation prevention bytes (§7.4.1)."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros == 2 and byte <= 3:  # noqa: PLR2004
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)
