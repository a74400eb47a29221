"""What a viewer gets of a public recording: decoded pictures with their times, and the sound."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from media.recording.entry import Entry, parse_index
from tests.media.worker.room import read_clock


@dataclass(frozen=True)
class Shown:
    """A picture: its tick and the clock in it (court time in ms; None: slate)."""

    tick: int
    clock_ms: int | None


def entries(public: Path, rendition: str) -> list[Entry]:
    """Return the published parts of a rendition."""
    parsed, _ = parse_index((public / rendition / "index.log").read_bytes())
    return parsed


def stream(public: Path, rendition: str) -> bytes:
    """Return all of a rendition as one file."""
    folder = public / rendition
    segments = sorted(folder.glob("*.m4s"), key=lambda path: int(path.stem))
    return b"".join(path.read_bytes() for path in [folder / "init-1.mp4", *segments])


def pictures(public: Path, rendition: str) -> list[Shown]:
    """Decode a rendition from end to end; what lasts for several ticks is shown at each of them."""
    seen = {}
    with av.open(io.BytesIO(stream(public, rendition)), "r") as file:
        for frame in file.decode(video=0):
            assert frame.pts is not None
            luma = frame.to_ndarray(format="gray")
            seen[frame.pts // 3600] = read_clock(luma)
    shown: list[Shown] = []
    for tick in range(sum(entry.duration for entry in entries(public, rendition)) // 3600):
        clock_ms = seen[tick] if tick in seen else shown[-1].clock_ms
        shown.append(Shown(tick, clock_ms))
    return shown


def sound(public: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Decode the sound from sample 0 on; one channel."""
    with av.open(io.BytesIO(stream(public, "audio")), "r") as file:
        frames = [frame.to_ndarray()[0] for frame in file.decode(audio=0)]
    return np.concatenate(frames)
