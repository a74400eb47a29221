"""What an origin reads from disk of a stream whose bytes never came through it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from media.hls.disk import key_sizes
from media.hls.stream import HeldRendition, Stream
from media.hls.window import Segment

History = Callable[[str, int], Sequence[Segment]]
"""Returns the recorded segments of a rendition before a number; blocks, for a thread."""


async def reach_back(stream: Stream, history: History) -> None:
    """Put what a snapshot leaves out before it; only before anybody has read where it begins."""
    for name, held in stream.renditions.items():
        held.reach_back(await asyncio.to_thread(history, name, held.window.media_sequence))
        for _ in held.playlists[name].blocks_written():
            await asyncio.sleep(0)  # others are served meanwhile
    stream.reaches_back = True


async def learn_key_frames(held: HeldRendition, public: Path) -> None:
    """Find out how long the key frames of segments are that only lie on disk."""
    if held.key_frames_known:
        return
    unknown = [one for one in held.window.segments if not one.key_size and not one.gap]
    if not unknown:  # all came through this origin
        held.key_frames_known = True
        return
    folder = public / held.described.id
    sizes = await asyncio.to_thread(key_sizes, folder, [one.msn for one in unknown])
    for segment, size in zip(unknown, sizes, strict=True):
        segment.key_size = size
    held.key_frames_known = True  # segments come by name only before the stream is served
    held.forget_texts()
