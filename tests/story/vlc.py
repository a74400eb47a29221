"""VLC as a viewer: what it decodes of an address, as pictures and sound in a folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.story import clock_strip
from tests.story.clock_camera import FRAME_RATE, SAMPLE_RATE
from tests.story.waiting import until_true
from tests.tools import require_tool

EVERY = 5
"""Of so many pictures one is looked at."""
_WAVE_HEAD = 44
_SOUND_BYTES = SAMPLE_RATE * 2 * 2  # a second
_UNPRIVILEGED = "nobody"  # VLC does not run as root


@dataclass(frozen=True)
class Seen:
    """The numbers in the strips of the pictures, None for those without; sound in -1 … 1.

    ``said`` is the end of what VLC had to say.
    """

    numbers: Sequence[int | None]
    sound: np.ndarray
    said: str


async def watch(address: str, seconds: int, folder: Path) -> Seen:
    """Play an address for some seconds with VLC's own network, demuxer and decoders."""
    program = require_tool("cvlc")
    folder.chmod(0o777)
    wave, log = folder / "sound.wav", folder / "vlc.log"
    log.touch()
    log.chmod(0o666)
    is_root = os.geteuid() == 0
    process = await asyncio.create_subprocess_exec(
        program, "--intf=dummy", "--no-interact", "--file-logging", f"--logfile={log}",
        "--vout=dummy", "--video-filter=scene", "--adaptive-logic=highest",
        "--scene-format=png", f"--scene-ratio={EVERY}", f"--scene-path={folder}", "--aout=afile",
        f"--audiofile-file={wave}", address,
        env={"HOME": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8"},
        user=_UNPRIVILEGED if is_root else None,
        group="nogroup" if is_root else None,
        extra_groups=[] if is_root else None,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        # (Its own --run-time counts from the stream's beginning, not from where it began.)
        await until_true(lambda: _has_come(folder, wave, seconds), "what VLC decodes")
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    return await asyncio.to_thread(_seen, folder, wave, log)


async def _has_come(folder: Path, wave: Path, seconds: int) -> bool:
    pictures = len(list(folder.glob("scene*.png")))
    sound = wave.stat().st_size if wave.exists() else 0
    return pictures * EVERY >= seconds * FRAME_RATE and sound >= seconds * _SOUND_BYTES


def _seen(folder: Path, wave: Path, log: Path) -> Seen:
    pictures = sorted(folder.glob("scene*.png"))
    numbers = [clock_strip.read(np.asarray(Image.open(one).convert("L"))) for one in pictures]
    raw = wave.read_bytes()[_WAVE_HEAD:] if wave.exists() else b""
    return Seen(numbers, np.frombuffer(raw[: len(raw) // 2 * 2], "<i2") / 32768, log.read_text())
