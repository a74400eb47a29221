"""What went on the air before a snapshot begins, for a live playlist that reaches farther back."""

from __future__ import annotations

import os
from pathlib import Path

from media.hls.resource import segment_name
from media.hls.window import Segment
from media.recording.entry import agree, parse_index, segments_of
from media.recording.index import PUBLIC
from media.recording.rendition import INDEX


def read_history(directory: Path, rendition: str, before: int) -> list[Segment]:
    """Return the recorded segments of a rendition up to number ``before``, without their parts.

    ``directory`` is the broadcast's. What cannot be read is not there: the stream goes on without.
    Blocks: about 2 µs for a part, 0.2 s for nine hours.
    """
    folder = directory / PUBLIC / rendition
    try:
        data = (folder / INDEX).read_bytes()
        with os.scandir(folder) as found:
            sizes = {one.name: one.stat().st_size for one in found if one.name.endswith(".m4s")}
    except OSError:
        return []
    entries = agree(parse_index(data)[0], lambda msn: sizes.get(segment_name(msn), 0))
    segments = segments_of(entry for entry in entries if entry.msn < before)
    for segment in segments:
        segment.parts = []
    return segments
