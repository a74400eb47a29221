"""A picture that says "as before", written by hand: what stands for a picture nobody need encode.

It is a P slice in which every macroblock is skipped (H.264 §7.3.4): the picture before it is shown
again, for a few dozen bytes and no time, while x264 takes milliseconds even for a still picture.

Usually no other picture refers to it (``nal_ref_idc`` 0), so the encoder need not know of it; with
the picture order count of type 2 two such pictures must not follow each other (§7.4.2.1.1). One
that may be referred to (``reference``) may follow any other, but the encoder does not count it:
the encoder's next picture must be a key frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from media.cmaf.h264 import ParameterSets

_START_CODE = b"\0\0\0\1"
_SLICE_OF_NO_REFERENCE, _SLICE_OF_REFERENCE = 0x01, 0x41  # nal_ref_idc 0 or 2, nal_unit_type 1
_HIGH = 100
_ORDER_BY_DECODING = 2
_SLICE_P = 5
_DEBLOCKING_OFF = 1
_INITIAL_QP = 26
# CABAC: with these two the context of mb_skip_flag (ctxIdx 11) begins in state 44 and leans to 1:
# PreCtxState = (29 * 51 >> 4) + 16 = 108 (§9.3.1.1, Table 9-13).
_CABAC_INIT, _CABAC_QP = 2, 51
_FIRST_STATE, _LAST_STATE = 44, 62
# Table 9-44, rangeTabLPS, from the first of these states to the last.
_RANGES = (
    (14, 18, 21, 24), (14, 17, 20, 23), (13, 16, 19, 22), (12, 15, 18, 21), (12, 14, 17, 20),
    (11, 14, 16, 19), (11, 13, 15, 18), (10, 12, 15, 17), (10, 12, 14, 16), (9, 11, 13, 15),
    (9, 11, 12, 14), (8, 10, 12, 14), (8, 9, 11, 13), (7, 9, 11, 12), (7, 9, 10, 12),
    (7, 8, 10, 11), (6, 8, 9, 11), (6, 7, 9, 10), (6, 7, 8, 9),
)  # fmt: skip


class SkipWriter:
    """Writes skipped pictures for one encoder that has one reference and no B pictures."""

    def __init__(self, sets: ParameterSets, width: int, height: int) -> None:
        """Read the parameter sets; raises ``ValueError`` if such pictures cannot be written."""
        self._form = _Form.read(sets)
        self._macroblocks = -(-width // 16) * -(-height // 16)
        self._data = _skipped_by_cabac(self._macroblocks) if self._form.cabac else b""
        self._referenced = 0

    def encoded(self, *, keyframe: bool) -> None:
        """Learn that the encoder has made a picture (others refer to all of its pictures)."""
        self._referenced = 0 if keyframe else self._referenced + 1

    def picture(self, *, reference: bool = False) -> bytes:
        """Return the access unit that repeats the picture before it, in Annex B."""
        form = self._form
        bits = _Writer()
        bits.golomb(0)  # first_mb_in_slice
        bits.golomb(_SLICE_P)
        bits.golomb(0)  # pic_parameter_set_id
        number = (self._referenced + 1) % (1 << form.frame_number_bits)
        bits.fixed(number, form.frame_number_bits)
        bits.fixed(0, 1)  # num_ref_idx_active_override_flag
        bits.fixed(0, 1)  # ref_pic_list_modification_flag_l0
        if reference:
            bits.fixed(0, 1)  # adaptive_ref_pic_marking_mode_flag
            self._referenced += 1
        if form.cabac:
            bits.golomb(_CABAC_INIT)
            bits.signed(_CABAC_QP - form.initial_qp)  # slice_qp_delta; no residual ever uses it
        else:
            bits.signed(0)
        bits.golomb(_DEBLOCKING_OFF)  # the copy shall be exact
        if form.cabac:
            payload = bits.aligned_by_ones() + self._data
        else:
            bits.golomb(self._macroblocks)  # mb_skip_run
            payload = bits.finished()
        head = _SLICE_OF_REFERENCE if reference else _SLICE_OF_NO_REFERENCE
        return _START_CODE + bytes((head,)) + _protected(payload)


@dataclass(frozen=True, slots=True)
class _Form:
    """What the parameter sets say about the heads of slices."""

    frame_number_bits: int
    cabac: bool
    initial_qp: int

    @classmethod
    def read(cls, sets: ParameterSets) -> _Form:
        """Read §7.3.2.1.1 and §7.3.2.2; raises ``ValueError`` for what x264 is not told to make."""
        fields = _Reader(sets.sps[4:])
        fields.golomb()  # seq_parameter_set_id
        if sets.sps[1] >= _HIGH:
            for _ in range(3):  # chroma_format_idc, bit depths
                fields.golomb()
            fields.bit()  # qpprime_y_zero_transform_bypass_flag
            if fields.bit():
                raise ValueError("only for streams without scaling matrices")
        frame_number_bits = fields.golomb() + 4
        if fields.golomb() != _ORDER_BY_DECODING:
            raise ValueError("only for streams whose pictures are shown as they are decoded")
        fields = _Reader(sets.pps[1:])
        fields.golomb(), fields.golomb()  # pic_parameter_set_id, seq_parameter_set_id
        cabac = bool(fields.bit())
        fields.bit()  # bottom_field_pic_order_in_frame_present_flag
        if fields.golomb() or fields.golomb():  # slice groups, references by default
            raise ValueError("only for streams with one reference and no slice groups")
        fields.golomb()  # num_ref_idx_l1_default_active_minus1
        if fields.bit():
            raise ValueError("only for streams without weighted prediction")
        fields.bit(), fields.bit()  # weighted_bipred_idc
        return cls(frame_number_bits, cabac, _INITIAL_QP + fields.signed())


@lru_cache(maxsize=16)
def _skipped_by_cabac(macroblocks: int) -> bytes:
    """Return the slice data of so many skipped macroblocks (§9.3.4.2), with the stop bit.

    For each mb_skip_flag 1, which is always the more probable symbol, and end_of_slice_flag.
    """
    coder = _Arithmetic()
    for left in reversed(range(macroblocks)):
        coder.probable()
        coder.terminate(ended=left == 0)
    return coder.finished()


class _Arithmetic:
    """The arithmetic coder of §9.3.4.2 for one context and its more probable symbol."""

    def __init__(self) -> None:
        self._low, self._range, self._state = 0, 510, _FIRST_STATE
        self._outstanding = 0
        self._bits: list[int] = []
        self._is_first = True

    def probable(self) -> None:
        """Encode the more probable symbol (Figure 9-8)."""
        self._range -= _RANGES[self._state - _FIRST_STATE][self._range >> 6 & 3]
        self._state = min(self._state + 1, _LAST_STATE)
        self._renormalise()

    def terminate(self, *, ended: bool) -> None:
        """Encode end_of_slice_flag (Figures 9-11 and 9-12)."""
        self._range -= 2
        if not ended:
            self._renormalise()
            return
        self._low += self._range
        self._range = 2
        self._renormalise()
        self._put(self._low >> 9 & 1)
        self._bits += (self._low >> 8 & 1, 1)  # the last bit is rbsp_stop_one_bit

    def finished(self) -> bytes:
        """Return whole bytes."""
        text = "".join(map(str, self._bits))
        text += "0" * (-len(text) % 8)
        return int(text, 2).to_bytes(len(text) // 8, "big")

    def _renormalise(self) -> None:
        while self._range < 256:  # noqa: PLR2004  (Figure 9-9)
            if self._low < 256:  # noqa: PLR2004
                self._put(0)
            elif self._low >= 512:  # noqa: PLR2004
                self._low -= 512
                self._put(1)
            else:
                self._low -= 256
                self._outstanding += 1
            self._range <<= 1
            self._low <<= 1

    def _put(self, bit: int) -> None:
        if self._is_first:
            self._is_first = False
        else:
            self._bits.append(bit)
        self._bits += [1 - bit] * self._outstanding
        self._outstanding = 0


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

    def signed(self, value: int) -> None:
        """Write se(v), §9.1.1."""
        self.golomb(2 * value - 1 if value > 0 else -2 * value)

    def finished(self) -> bytes:
        """Return the bytes with rbsp_trailing_bits."""
        self._text += "1"
        self._text += "0" * (-len(self._text) % 8)
        return self._bytes()

    def aligned_by_ones(self) -> bytes:
        """Return the bytes with cabac_alignment_one_bit."""
        self._text += "1" * (-len(self._text) % 8)
        return self._bytes()

    def _bytes(self) -> bytes:
        return int(self._text, 2).to_bytes(len(self._text) // 8, "big")


class _Reader:
    """Reads the fields of a parameter set."""

    def __init__(self, payload: bytes) -> None:
        plain = payload.replace(b"\0\0\3", b"\0\0")
        self._text = "".join(format(byte, "08b") for byte in plain)

    def bit(self) -> int:
        value, self._text = int(self._text[0]), self._text[1:]
        return value

    def golomb(self) -> int:
        zeros = self._text.index("1")
        end = 2 * zeros + 1
        value = int(self._text[:end], 2) - 1
        self._text = self._text[end:]
        return value

    def signed(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value % 2 else -(value // 2)


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
