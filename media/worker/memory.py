"""What a worker must know again after a crash: ``worker.json`` in the broadcast's directory.

Written once when the broadcast's first worker starts, and when a broadcast has ended. The numbers
of the stream (first tick, size, rungs, delay) never change in its life.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from media.ladder.plan import Rung

NAME = "worker.json"


@dataclass(frozen=True, slots=True)
class Memory:
    """``origin_us`` is the court time of tick 0; ``parameter_sets`` maps rung to (SPS, PPS) hex."""

    spool: str
    origin_us: int
    frame_rate: int
    delay_ms: int
    size: tuple[int, int]
    rungs: tuple[Rung, ...]
    parameter_sets: dict[str, tuple[str, str]]
    ended: bool = False


_ADAPTER: TypeAdapter[Memory] = TypeAdapter(Memory)


def remember(directory: Path) -> Memory | None:
    """Read what an earlier worker left; None if this is the first. Raises ``ValueError``."""
    try:
        raw = (directory / NAME).read_bytes()
    except FileNotFoundError:
        return None
    return _ADAPTER.validate_json(raw)


def keep(directory: Path, memory: Memory) -> None:
    """Write it as a whole or not at all."""
    draft = directory / f"{NAME}.draft"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(memory), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(directory / NAME)


def has_ended(directory: Path) -> bool:
    """Tell whether a broadcast's stream is over and its recording complete."""
    try:
        memory = remember(directory)
    except (OSError, ValueError):
        return False
    return memory is not None and memory.ended
