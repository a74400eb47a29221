"""Bodies of FLV tags, as RTMP carries them, made fit for the court's record; pure.

Sources: Adobe Flash Video File Format 10.1 §E.4.2, §E.4.3; Enhanced RTMP v2 (FourCC video and
audio). Pictures become Annex B with parameter sets at every key frame, sound becomes raw frames.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specifications

from __future__ import annotations

from dataclasses import dataclass

from media.feeds.aac import AacConfig, parse_config
from media.feeds.parameters import H264, H265, Codec, ParameterSets, annex_b, configured_sets
from media.feeds.rtmp_session import Tag
from media.feeds.timestamps import unwrapped
from media.spool.record import Stream, StreamDescription

_PERIOD_MS = 1 << 32
_AVC, _HEVC = 7, 12  # 12: what encoders in China have sent for years for H.265
_AAC, _ALAW, _MULAW = 10, 7, 8
_SEQUENCE_START, _CODED, _CODED_WITHOUT_OFFSET = 0, 1, 3
_PICTURES_OF_SEVERAL, _SOUNDS_OF_SEVERAL = 6, 5  # Enhanced RTMP: several tracks in one
_VIDEO_FOURCC = {b"avc1": H264, b"hvc1": H265}
_NAMES = {H264: "h264", H265: "hevc"}
_KEY_FRAME, _COMMAND_FRAME = 1, 5
_SLACK_US = 2_500  # timestamps are whole milliseconds; encoders round up or down
_LONGEST_US = 1_000_000


class UnknownCodec(ValueError):
    """The publisher sends what cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One picture or frame of sound; times in µs since an unknown moment, without wraps."""

    stream: Stream
    pts_us: int
    dts_us: int
    duration_us: int
    keyframe: bool
    is_lawful: bool
    payload: bytes


Found = list[StreamDescription | Unit]


class FlvStreams:
    """Picture and sound of one publisher."""

    def __init__(self) -> None:
        self._time_ms: int | None = None
        self._picture = _Picture()
        self._sound = _Sound()

    def take(self, tag: Tag) -> Found:
        """Return what a tag holds; raises ``UnknownCodec``. What is cut is passed over."""
        self._time_ms = unwrapped(
            tag.timestamp, tag.timestamp if self._time_ms is None else self._time_ms, _PERIOD_MS
        )
        if tag.kind == "video":
            return self._picture.take(tag.body, self._time_ms * 1000)
        return self._sound.take(tag.body, self._time_ms * 1000)


def _signed_24(data: bytes) -> int:
    value = int.from_bytes(data, "big")
    return value - (1 << 24) if value >> 23 else value


class _Picture:
    """The video of a publisher."""

    def __init__(self) -> None:
        self._codec: Codec | None = None
        self._sets = ParameterSets(H264, b"")
        self._length_size = 4
        self._told: StreamDescription | None = None
        self._before_us: int | None = None

    def take(self, body: bytes, time_us: int) -> Found:
        frame = body[0] >> 4 & 7
        if frame == _COMMAND_FRAME:
            return []
        if body[0] & 0x80:
            codec, kind, offset_us, data = self._enhanced(body)
        else:
            number = body[0] & 15
            if number not in (_AVC, _HEVC):
                raise UnknownCodec(f"video of kind {number}")
            codec = H264 if number == _AVC else H265
            kind, offset_us, data = (
                body[1] if len(body) > 1 else -1,
                _signed_24(body[2:5]) * 1000,
                body[5:],
            )
        if kind == _SEQUENCE_START:
            return self._configure(codec, data)
        if kind != _CODED or codec != self._codec:
            return []  # an end, or pictures that nobody could decode
        return self._coded(data, time_us, offset_us, is_key=frame == _KEY_FRAME)

    def _enhanced(self, body: bytes) -> tuple[Codec, int, int, bytes]:
        kind, fourcc = body[0] & 15, bytes(body[1:5])
        if kind == _PICTURES_OF_SEVERAL:
            raise UnknownCodec("several pictures in one stream")
        codec = _VIDEO_FOURCC.get(fourcc)
        if codec is None:
            if kind in (_SEQUENCE_START, _CODED, _CODED_WITHOUT_OFFSET):
                raise UnknownCodec("video of another kind than H.264 and H.265")
            return H264, -1, 0, b""
        if kind == _CODED:
            return codec, kind, _signed_24(body[5:8]) * 1000, body[8:]
        return codec, _CODED if kind == _CODED_WITHOUT_OFFSET else kind, 0, body[5:]

    def _configure(self, codec: Codec, record: bytes) -> Found:
        extradata = configured_sets(codec, record)
        if not extradata:
            return []
        sets = ParameterSets(codec, extradata)
        width, height = sets.size()
        if not width:
            return []
        self._codec, self._sets = codec, sets
        self._length_size = (record[21 if codec.is_hevc else 4] & 3) + 1
        return self._describe(extradata, width, height)

    def _describe(self, extradata: bytes, width: int, height: int) -> Found:
        name = _NAMES[self._codec or H264]
        told = StreamDescription("video", name, extradata, width, height, 0, 0)
        if told == self._told:
            return []  # encoders repeat it before every key frame
        self._told = told
        return [told]

    def _coded(self, data: bytes, time_us: int, offset_us: int, *, is_key: bool) -> Found:
        found = _sized_units(data, self._length_size)
        if not found:
            return []
        checked = self._sets.check(annex_b(found), is_key=is_key)
        made: Found = []
        if checked.changed is not None:
            made += self._describe(*checked.changed)
        length = 0 if self._before_us is None else time_us - self._before_us
        self._before_us = time_us
        made.append(
            Unit(
                "video",
                time_us + offset_us,
                time_us,
                min(max(length, 0), _LONGEST_US),
                checked.keyframe,
                checked.is_lawful,
                checked.payload,
            )
        )
        return made


def _sized_units(data: bytes, length_size: int) -> list[bytes]:
    """Return NAL units that stand behind their lengths; what is cut is left out."""
    found, at = list[bytes](), 0
    while at + length_size < len(data):
        size = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        if size and at + size <= len(data):
            found.append(data[at : at + size])
        at += size
    return found


class _Sound:
    """The audio of a publisher. Frames of AAC lie in a grid that whole milliseconds cannot tell."""

    def __init__(self) -> None:
        self._config: AacConfig | None = None
        self._told: StreamDescription | None = None
        self._following_us: float | None = None

    def take(self, body: bytes, time_us: int) -> Found:
        kind = body[0] >> 4
        if kind in (_ALAW, _MULAW):
            return self._telephone(kind, body[1:], time_us)
        if kind == 9:  # Enhanced RTMP
            if body[0] & 15 == _SOUNDS_OF_SEVERAL or body[1:5] != b"mp4a":
                raise UnknownCodec("sound of another kind than AAC")
            return self._aac(body[0] & 15, body[5:], time_us)
        if kind != _AAC:
            raise UnknownCodec(f"sound of kind {kind}")
        return self._aac(body[1] if len(body) > 1 else -1, body[2:], time_us)

    def _aac(self, packet: int, data: bytes, time_us: int) -> Found:
        if packet == _SEQUENCE_START:
            try:
                config = parse_config(data)
            except ValueError:
                return []
            self._config = config
            return self._describe("aac", data, config.sample_rate, config.channels)
        if packet != _CODED or self._config is None or not data:
            return []
        return [self._unit(data, time_us, self._config.frame_us)]

    def _telephone(self, kind: int, data: bytes, time_us: int) -> Found:
        if not data:
            return []
        name = "pcm_alaw" if kind == _ALAW else "pcm_mulaw"
        described = self._describe(name, b"", 8000, 1)
        return [*described, self._unit(data, time_us, len(data) * 125.0)]

    def _describe(self, codec: str, extradata: bytes, rate: int, channels: int) -> Found:
        told = StreamDescription("audio", codec, extradata, 0, 0, rate, channels)
        if told == self._told:
            return []
        self._told, self._following_us = told, None
        return [told]

    def _unit(self, payload: bytes, time_us: int, length_us: float) -> Unit:
        at = self._following_us
        if at is None or abs(at - time_us) > _SLACK_US:
            at = float(time_us)
        self._following_us = at + length_us
        place = round(at)
        return Unit("audio", place, place, round(length_us), True, True, payload)  # noqa: FBT003
