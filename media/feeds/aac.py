"""AAC's configuration and ADTS headers; pure.

Sources: ISO/IEC 14496-3 §1.6.2.1 (AudioSpecificConfig), §1.A.2.2 (ADTS).
"""

# ruff: noqa: PLR2004 - the numbers are those of the specifications

from __future__ import annotations

from dataclasses import dataclass

_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip
_CHANNELS = (2, 1, 2, 3, 4, 5, 6, 8)  # by channel configuration; 0: told elsewhere, mostly stereo
_SBR, _PS = 5, 29
_FRAME = 1024
_ADTS_HEADER = 7


@dataclass(frozen=True, slots=True)
class AacConfig:
    """What an AudioSpecificConfig says; a frame is 1024 samples of ``core_rate``."""

    sample_rate: int
    core_rate: int
    channels: int

    @property
    def frame_us(self) -> float:
        """How long a frame is."""
        return _FRAME * 1_000_000 / self.core_rate


def parse_config(config: bytes) -> AacConfig:
    """Return what the configuration says; raises ``ValueError`` if it says nothing of use."""
    bits, at = int.from_bytes(config[:16].ljust(16, b"\0"), "big"), 0

    def take(count: int) -> int:
        nonlocal at
        at += count
        return bits >> (128 - at) & ((1 << count) - 1)

    def rate() -> int:
        index = take(4)
        found = take(24) if index == 15 else _RATES[index] if index < len(_RATES) else 0
        if not 7_350 <= found <= 96_000:
            raise ValueError("no such sampling rate")
        return found

    kind = take(5)
    if kind == 31:
        kind = 32 + take(6)
    core = full = rate()
    configuration = take(4)
    if kind == 0 or len(config) < 2 or configuration >= len(_CHANNELS):
        raise ValueError("not a configuration of AAC")
    if kind in (_SBR, _PS):
        full = rate()
    return AacConfig(full, core, 2 if kind == _PS else _CHANNELS[configuration])


def split_adts(frame: bytes) -> tuple[bytes, bytes] | None:
    """Return the AudioSpecificConfig in an ADTS frame and the raw frame; None if it is not one."""
    if len(frame) <= _ADTS_HEADER or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        return None
    kind = (frame[2] >> 6) + 1
    index = frame[2] >> 2 & 15
    configuration = (frame[2] & 1) << 2 | frame[3] >> 6
    size = (frame[3] & 3) << 11 | frame[4] << 3 | frame[5] >> 5
    header = _ADTS_HEADER if frame[1] & 1 else _ADTS_HEADER + 2  # with a check sum
    if index >= len(_RATES) or size != len(frame) or size <= header:
        return None
    config = kind << 11 | index << 7 | configuration << 3
    return config.to_bytes(2, "big"), frame[header:]
