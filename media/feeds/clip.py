"""A short file read whole, to be sent again and again without touching the disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import av

from media.errors import FeedUnavailable
from media.feeds import issues
from media.feeds.demuxer import Demuxer, translated
from media.feeds.loop import ClipPacket
from media.spool.record import StreamDescription

MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Clip:
    """What a file holds: streams, and packets in the order of sending (flicks from its start)."""

    descriptions: tuple[StreamDescription, ...]
    packets: tuple[ClipPacket, ...]


def load_clip(path: Path) -> Clip:
    """Read a file; raises ``FeedUnavailable`` if it is no clip or larger than 256 MiB."""
    try:
        demuxer = Demuxer(av.open(str(path)))
    except (av.error.FFmpegError, OSError, ValueError) as problem:
        raise translated(problem, while_open=False) from None
    descriptions = {known.stream: known for known in demuxer.descriptions()}
    packets: list[ClipPacket] = []
    size = 0
    while (found := demuxer.read()) is not None:
        for item in found:
            if isinstance(item, StreamDescription):
                descriptions[item.stream] = item
                continue
            size += len(item.packet.payload)
            packets.append(item.packet)
        if size > MAX_BYTES:
            raise FeedUnavailable(issues.UNSUPPORTED, "the clip is too large")
    demuxer.close()
    first = min((packet.dts for packet in packets if packet.stream == "video"), default=None)
    if first is None:
        first = min((packet.dts for packet in packets), default=0)
    moved = (replace(item, pts=item.pts - first, dts=item.dts - first) for item in packets)
    # what is sent when: sound when it is over, as a camera does
    kept = [packet for packet in moved if packet.stream == "video" or packet.pts >= 0]
    kept.sort(key=due)
    return Clip(tuple(descriptions.values()), tuple(kept))


def due(packet: ClipPacket) -> int:
    """Return when a packet is to be sent, in flicks."""
    return packet.dts + (packet.duration if packet.stream == "audio" else 0)
