"""Packets of a container that libav opens, made fit for the court's record. Decodes nothing."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.stream import Stream as LibavStream

from media.errors import FeedLost, FeedUnavailable
from media.feeds import issues
from media.feeds.loop import ClipPacket, flicks
from media.feeds.parameters import CODECS, ParameterSets, configured_sets
from media.spool.record import Stream, StreamDescription

_CODES: tuple[tuple[type[BaseException], str], ...] = (
    (av.error.HTTPUnauthorizedError, issues.UNAUTHORISED),
    (av.error.HTTPForbiddenError, issues.UNAUTHORISED),
    (av.error.HTTPNotFoundError, issues.NOT_FOUND),
    (av.error.HTTPServerError, issues.REFUSED),
    (av.error.HTTPClientError, issues.UNSUPPORTED),
    (av.error.ProtocolNotFoundError, issues.UNSUPPORTED),
    (av.error.DemuxerNotFoundError, issues.UNSUPPORTED),
    (av.error.InvalidDataError, issues.GARBAGE),
    (av.error.EOFError, issues.CLOSED),
    (FileNotFoundError, issues.NOT_FOUND),
    (PermissionError, issues.UNAUTHORISED),
    (ConnectionRefusedError, issues.REFUSED),
    (ConnectionError, issues.CLOSED),
)
_MOST_TIMELESS = 8
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EIO)


def translated(problem: Exception, *, while_open: bool) -> FeedUnavailable:
    """Return libav's error as the feed's own: a stable code, and nothing of the address."""
    code = next((code for kind, code in _CODES if isinstance(problem, kind)), issues.FAILED)
    number = problem.errno if isinstance(problem, OSError) else None
    if isinstance(problem, (TimeoutError, av.error.ExitError)) or number in _UNREACHABLE:
        code = issues.STALLED if while_open else issues.UNREACHABLE
    detail = issues.redact(getattr(problem, "strerror", None) or type(problem).__name__)
    return FeedLost(code, detail) if while_open else FeedUnavailable(code, detail)


@dataclass(frozen=True, slots=True)
class Demuxed:
    """A packet as it came, on its container's line of time.

    ``has_sender_time``: the camera's report ties its stream to the sender's wall clock.
    """

    packet: ClipPacket
    has_dts: bool
    is_lawful: bool
    has_sender_time: bool


class _Track:
    """One stream on its way into the record."""

    def __init__(self, stream: LibavStream, kind: Stream) -> None:
        self.kind = kind
        self.codec = stream.codec_context.codec.canonical_name
        self._stream = stream
        self._extradata = stream.codec_context.extradata or b""
        self._filter: BitStreamFilterContext | None = None
        self._sets: ParameterSets | None = None
        self._timeless: deque[Demuxed] = deque(maxlen=_MOST_TIMELESS)
        codec = CODECS.get(self.codec)
        if codec is not None:
            name = "h264_mp4toannexb" if self.codec == "h264" else "hevc_mp4toannexb"
            if self._extradata[:1] == b"\1":  # avcC or hvcC: lengths instead of start codes
                self._filter = BitStreamFilterContext(name, stream)
                self._extradata = configured_sets(codec, self._extradata)
            self._sets = ParameterSets(codec, self._extradata)
            self._extradata = self._sets.annex_b

    def description(self) -> StreamDescription:
        """Return what a decoder must know."""
        context = self._stream.codec_context
        if isinstance(context, av.VideoCodecContext):
            width, height = self._sets.size() if self._sets else (0, 0)
            return StreamDescription(
                "video",
                self.codec,
                self._extradata,
                width or context.width,
                height or context.height,
                0,
                0,
            )
        rate, channels = getattr(context, "sample_rate", 0), getattr(context, "channels", 0)
        return StreamDescription("audio", self.codec, self._extradata, 0, 0, rate, channels)

    def take(self, packet: av.Packet[Any]) -> Iterator[Demuxed | StreamDescription]:
        """Yield the packet, with a description before it if it changes one."""
        base, has_sender_time = packet.time_base, packet.has_sidedata("prft")
        for part in self._filter.filter(packet) if self._filter else (packet,):
            payload, key, lawful = bytes(part), part.is_keyframe, True
            if self._sets is not None:
                checked = self._sets.check(payload, is_key=key)
                payload, key, lawful = checked.payload, checked.keyframe, checked.is_lawful
                if checked.changed is not None:
                    extradata, width, height = checked.changed
                    self._extradata = extradata
                    yield StreamDescription("video", self.codec, extradata, width, height, 0, 0)
            pts = part.pts if part.pts is not None else part.dts
            found = Demuxed(
                ClipPacket(
                    self.kind,
                    flicks(pts or 0, base),
                    flicks(part.dts if part.dts is not None else pts or 0, base),
                    flicks(part.duration or 0, base),
                    bool(key),
                    payload,
                ),
                part.dts is not None,
                lawful,
                has_sender_time,
            )
            if pts is None:
                self._timeless.append(found)
            else:
                yield from self._before(found)
                yield found

    def _before(self, following: Demuxed) -> Iterator[Demuxed]:
        """Yield packets that libav gave no time: the first picture of a stream often has none."""
        waiting, length = list(self._timeless), following.packet.duration
        self._timeless.clear()
        for number, found in enumerate(waiting):
            at = following.packet.pts - (len(waiting) - number) * length
            packet = replace(found.packet, pts=at, dts=at, duration=length)
            yield replace(found, packet=packet, has_dts=following.has_dts)


class Demuxer:
    """The first picture and the first sound of a container."""

    def __init__(self, container: InputContainer) -> None:
        self._container = container
        self._tracks: dict[int, _Track] = {}
        streams = container.streams
        kinds: tuple[tuple[Stream, tuple[LibavStream, ...]], ...] = (
            ("video", streams.video),
            ("audio", streams.audio),
        )
        for kind, found in kinds:
            # a stream whose codec libav does not know has no context
            known = next(
                (stream for stream in found if getattr(stream, "codec_context", None)), None
            )
            if known is not None:
                self._tracks[known.index] = _Track(known, kind)
        if not self._tracks:
            raise FeedUnavailable(issues.NO_MEDIA)
        self._packets = container.demux(*(streams[index] for index in self._tracks))

    def descriptions(self) -> list[StreamDescription]:
        """Return what the container says of its streams."""
        return [track.description() for track in self._tracks.values()]

    def read(self) -> list[Demuxed | StreamDescription] | None:
        """Return what the next packet holds, None at the end; raises ``FeedLost``."""
        try:
            packet = next(self._packets, None)
            if packet is None or (packet.size == 0 and packet.dts is None):
                return None
            return list(self._tracks[packet.stream_index].take(packet))
        except (av.error.FFmpegError, OSError) as problem:
            raise translated(problem, while_open=True) from None

    def close(self) -> None:
        """Close the container."""
        self._container.close()
