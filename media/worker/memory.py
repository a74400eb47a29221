"""What a worker must know again after a crash: ``worker.json`` in the broadcast's directory.

Written when the broadcast's first worker starts, when its delay changes and when it has ended. The
numbers of the stream (first tick, size, rungs) never change in its life.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from media.ladder.plan import Rung
from media.timeline import Piece, Timeline

NAME = "worker.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """``pieces`` map ticks to court time; ``parameter_sets`` maps rung to (SPS, PPS) hex."""

    spool: str
    pieces: tuple[Piece, ...]
    frame_rate: int
    size: tuple[int, int]
    rungs: tuple[Rung, ...]
    parameter_sets: dict[str, tuple[str, str]]
    ended: bool = False

    @property
    def timeline(self) -> Timeline:
        """Which court time each tick shows."""
        return Timeline(self.pieces, 1_000_000 // self.frame_rate)


_ADAPTER: TypeAdapter[Memory] = TypeAdapter(Memory)


def remember(directory: Path) -> Memory | None:
    """Read what an earlier worker left; None if this is the first. Raises ``ValueError``."""
    try:
        raw = (directory / NAME).read_bytes()
    except FileNotFoundError:
        return None
    return _ADAPTER.validate_json(raw)


def keep(directory: Path, memory: Memory) -> None:
    """Write it as a whole or not at all; what is known already needs no room on the disk."""
    text = json.dumps(dataclasses.asdict(memory))
    path = directory / NAME
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    draft = directory / f"{NAME}.draft"
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def has_ended(directory: Path) -> bool:
    """Tell whether a broadcast's stream is over and its recording complete."""
    try:
        memory = remember(directory)
    except (OSError, ValueError):
        return False
    return memory is not None and memory.ended
