"""What a track needs to be packaged: init section, codec string, the form of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from media.cmaf import boxes
from media.cmaf.h264 import ParameterSets, to_length_prefixed

VIDEO_TIMESCALE = 90_000


class Track(Protocol):
    """A track as segmenter and worker see it."""

    @property
    def timescale(self) -> int:
        """Media time units in a second."""

    @property
    def codecs(self) -> str:
        """The codec string of RFC 6381."""

    def init_section(self) -> bytes:
        """Return ``ftyp`` and ``moov``."""

    def sample(self, data: bytes) -> bytes:
        """Return encoded data as it is written into ``mdat``."""


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """H.264; samples come as Annex B access units. Sizes in pixels, ``bit_rate`` in bit/s."""

    parameter_sets: ParameterSets
    width: int
    height: int
    bit_rate: int = 0
    timescale: int = VIDEO_TIMESCALE

    @property
    def codecs(self) -> str:
        """The codec string ``avc1.PPCCLL``."""
        return self.parameter_sets.codecs

    def init_section(self) -> bytes:
        """Return ``ftyp`` and ``moov``."""
        entry = boxes.avc1(
            width=self.width,
            height=self.height,
            configuration=self.parameter_sets.configuration,
            bit_rate=self.bit_rate,
        )
        return boxes.ftyp() + boxes.moov(
            timescale=self.timescale,
            handler=b"vide",
            width=self.width,
            height=self.height,
            sample_entry=entry,
        )

    def sample(self, data: bytes) -> bytes:
        """Return the access unit with lengths, without parameter sets and delimiter."""
        return to_length_prefixed(data)


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """AAC; samples come raw, without ADTS. ``configuration`` is the AudioSpecificConfig."""

    configuration: bytes
    sample_rate: int
    channels: int
    bit_rate: int = 0

    @property
    def timescale(self) -> int:
        """The sampling rate."""
        return self.sample_rate

    @property
    def codecs(self) -> str:
        """The codec string ``mp4a.40.<audio object type>``."""
        return f"mp4a.40.{self.configuration[0] >> 3}"

    def init_section(self) -> bytes:
        """Return ``ftyp`` and ``moov``."""
        entry = boxes.mp4a(
            channels=self.channels,
            sample_rate=self.sample_rate,
            configuration=self.configuration,
            bit_rate=self.bit_rate,
        )
        return boxes.ftyp() + boxes.moov(
            timescale=self.sample_rate, handler=b"soun", width=0, height=0, sample_entry=entry
        )

    def sample(self, data: bytes) -> bytes:
        """Return the packet unchanged."""
        return data
