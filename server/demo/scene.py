"""The demonstration's cameras: clips drawn once, sent by RTSP as real cameras do."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from media import die_with_parent

DRAW_SECONDS = 150
READY_SECONDS = 20
DRAW_NICE = 5


class SceneFailed(Exception):
    """The demonstration's pictures could not be made or sent."""


async def draw(folder: Path, positions: tuple[str, ...]) -> dict[str, Path]:
    """Return the clip of each camera position, drawn when it is not there yet."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media.scene",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr,
        preexec_fn=_in_the_background,
    )
    try:
        async with asyncio.timeout(DRAW_SECONDS):
            code = await process.wait()
    except (TimeoutError, asyncio.CancelledError):
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    clips = {position: folder / f"{position}.mp4" for position in positions}
    if code != 0 or not all(clip.exists() for clip in clips.values()):
        raise SceneFailed(f"the demonstration's courtroom could not be drawn ({code})")
    return clips


def _in_the_background() -> None:
    """What the drawing process does first: give way to others, and end with this one."""
    die_with_parent()
    os.nice(DRAW_NICE)


@asynccontextmanager
async def sending(clips: Mapping[str, Path], listen: str) -> AsyncIterator[dict[str, str]]:
    """Send the clips as long as the block lasts; gives the RTSP address of each."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media.feeds.rtsp_sender",
        "--listen",
        listen,
        *(f"{name}={clip}" for name, clip in clips.items()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(READY_SECONDS):
            if process.stdout is None or not (line := await process.stdout.readline()):
                raise SceneFailed("the demonstration's cameras did not start")
        yield json.loads(line)["urls"]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
