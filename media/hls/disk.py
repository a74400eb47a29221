"""What the origin reads of segments that lie on disk; each call blocks, for a thread."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from media.cmaf.key_frame import HEAD_BYTES, key_frame_end
from media.errors import UnknownResource
from media.hls.resource import segment_name


def key_size(path: Path) -> int:
    """Return where the first picture of a segment ends, in bytes; -1 if that cannot be told."""
    try:
        with path.open("rb") as file:
            return key_frame_end(file.read(HEAD_BYTES)) or -1
    except OSError:
        return -1


def key_sizes(folder: Path, msns: Iterable[int]) -> list[int]:
    """Return the same of several segments of a rendition's folder."""
    return [key_size(folder / segment_name(msn)) for msn in msns]


def read_part(path: Path, offset: int, size: int) -> bytes:
    """Return a part's bytes; raises ``UnknownResource`` if they are not there any more."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UnknownResource("part is gone") from None
    try:
        data = os.pread(descriptor, size, offset)
    finally:
        os.close(descriptor)
    if len(data) != size:
        raise UnknownResource("part is gone")
    return data
