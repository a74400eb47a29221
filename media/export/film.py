"""Writes packets of the record into an MP4 as they are.

Court time ``zero_us`` is zero of the film. Pictures begin at the key frame before it; what lies
before zero has negative times, which libav's muxer turns into an edit list: a player decodes it and
does not show it. G.711 has no place in MP4, so a camera with it gives a QuickTime film (.mov).
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Stream as Track

from media.spool.record import Packet, Stream, StreamDescription

VIDEO_SCALE = 90_000
# Court times of sound jitter by fractions of a sample. Steps are laid end to end as long as that
# stays within this of the truth, far below what anybody sees of lips.
SOUND_TOLERANCE_US = 10_000
_ENCODERS = {"opus": "libopus"}
_QUICKTIME = frozenset({"pcm_mulaw", "pcm_alaw"})


def suffix_for(described: dict[Stream, StreamDescription]) -> str:
    """Return the film's suffix: ``.mp4``, or ``.mov`` where the sound needs it."""
    audio = described.get("audio")
    return ".mov" if audio is not None and audio.codec in _QUICKTIME else ".mp4"


class Film:
    """A film that is being written. Times are relative to ``zero_us``, in microseconds."""

    def __init__(
        self, path: Path, described: dict[Stream, StreamDescription], zero_us: int
    ) -> None:
        self.path, self._zero_us = path, zero_us
        self._out = av.open(str(path), "w", format=path.suffix.removeprefix("."))
        self._tracks = {
            stream: _Track(self._out, description) for stream, description in described.items()
        }

    def takes(self, stream: Stream) -> bool:
        """Whether the film has a track for a stream."""
        return stream in self._tracks

    def write(self, packet: Packet) -> None:
        """Add a packet; raises ``av.FFmpegError`` or ``OSError``."""
        self._out.mux(self._tracks[packet.stream].packet(packet, self._zero_us))

    def close(self) -> None:
        """Write the film's index and close it."""
        self._out.close()


class _Track:
    """One track: its stream in the film, and where the last packet ended."""

    def __init__(self, out: OutputContainer, described: StreamDescription) -> None:
        self._is_sound = described.stream == "audio"
        self._scale = described.sample_rate if self._is_sound else VIDEO_SCALE
        self._last: int | None = None  # decoding time of the last packet
        self._following: int | None = None  # where the next block of sound begins
        self._front = adts_front(described.extradata) if described.codec == "aac" else None
        if self._is_sound:
            layout = "stereo" if described.channels == 2 else "mono"  # noqa: PLR2004
            encoder = _ENCODERS.get(described.codec, described.codec)
            # Opened for what it says of itself in the film's header; it never encodes.
            self._stream: Track = out.add_stream(encoder, rate=self._scale, layout=layout)
        else:
            self._stream = out.add_mux_stream(
                described.codec, width=described.width, height=described.height
            )
        self._stream.time_base = Fraction(1, self._scale)

    def packet(self, packet: Packet, zero_us: int) -> av.Packet[Track]:
        """Return the packet as the muxer takes it, decoding times growing."""
        shown = self._ticks(packet.court_us - zero_us)
        decoded = self._ticks(packet.decode_us - zero_us)
        payload = packet.payload
        if self._is_sound:
            shown = decoded = self._laid_end_to_end(shown, packet)
            if self._front is not None:
                payload = _with_adts(self._front, payload)
        if self._last is not None:
            decoded = max(decoded, self._last + 1)
        self._last = decoded
        made = av.Packet(payload)
        made.stream, made.time_base = self._stream, Fraction(1, self._scale)
        made.dts, made.pts = decoded, max(shown, decoded)
        made.duration = self._ticks(packet.duration_us)
        made.is_keyframe = packet.keyframe
        return made

    def _laid_end_to_end(self, shown: int, packet: Packet) -> int:
        following = self._following
        tolerance = self._ticks(SOUND_TOLERANCE_US)
        at = shown if following is None or abs(shown - following) > tolerance else following
        self._following = at + self._ticks(packet.duration_us)
        return at

    def _ticks(self, duration_us: int) -> int:
        return round(duration_us * self._scale / 1_000_000)


def adts_front(config: bytes) -> bytes:
    """Return the two bytes of an ADTS header that an AudioSpecificConfig decides.

    libav's muxer makes the film's AudioSpecificConfig from ADTS (ISO/IEC 13818-7 §6.2), so each
    frame gets such a header and loses it again. Profile, sampling rate and channels are at the same
    widths in both; Annex: an explicit frequency or an object type beyond four has no place there.
    """
    if len(config) < 2:  # noqa: PLR2004
        raise ValueError("an AudioSpecificConfig of less than two bytes")
    bits = int.from_bytes(config[:2], "big")
    kind, rate, channels = bits >> 11, bits >> 7 & 15, bits >> 3 & 15
    if not 1 <= kind <= 4 or rate == 15 or not 1 <= channels <= 7:  # noqa: PLR2004
        raise ValueError(f"AAC of object type {kind} has no ADTS form")
    return ((kind - 1) << 14 | rate << 10 | channels << 6).to_bytes(2, "big")


def _with_adts(front: bytes, frame: bytes) -> bytes:
    size = len(frame) + 7
    rest = (size << 13 | 0x1FFC).to_bytes(4, "big")
    head = bytes([0xFF, 0xF1, front[0], front[1] | rest[0], *rest[1:]])
    return head + frame
