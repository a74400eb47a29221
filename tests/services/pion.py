"""pion, a WebRTC stack in Go, as a viewer and as a publisher: a program, built when it is needed.

Everything it is built from comes from Debian's packages; Go's cache makes the second build quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import struct
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from media.feeds.parameters import H264, units
from tests.services.program import STOPS_WITHIN
from tests.tools import GO_SOURCES, find_tool, require_pion

SOURCES = Path(__file__).parent / "pion_client"
PICTURES, SOUNDS = "seen.h264", "heard.opus"
_HEAD = struct.Struct("!QHI")
_PARAMETERS = 7  # nal_unit_type with which a key frame begins
_EACH_ALONE = {"page_duration": "1"}
BUILT_WITHIN, SAYS_WITHIN = 240, 60.0


def build(folder: Path) -> Path:
    """Build the program; return where it is."""
    go, sources, program = require_pion(), folder / "src", folder / "pion"
    sources.mkdir(parents=True)
    (sources / SOURCES.name).symlink_to(SOURCES)
    itself = {"GO111MODULE": "off", "GOFLAGS": "", "GOPATH": f"{folder}:{GO_SOURCES}"}
    itself["CGO_ENABLED"] = str(int(find_tool("cc") is not None))  # as Debian has built the library
    subprocess.run(
        [go, "build", "-o", program, SOURCES.name],
        cwd=sources / SOURCES.name,
        env={"HOME": str(folder), **os.environ, **itself},
        check=True,
        timeout=BUILT_WITHIN,
    )
    return program


@dataclass(frozen=True)
class Came:
    """What came, and when (Unix milliseconds); ``missing``: packets before it that never did."""

    at_ms: int
    missing: int
    data: bytes


async def watch(
    program: Path, url: str, pictures: int, folder: Path, seconds: float = SAYS_WITHIN
) -> dict[str, Any]:
    """Watch by WHEP until so many pictures have come, or for so long.

    ``pictures_in`` and ``sounds_in`` tell what they were.
    """
    files = [folder / PICTURES, folder / SOUNDS]
    watching = await asyncio.create_subprocess_exec(
        program, "watch", url, str(pictures), str(seconds), *files, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await watching.communicate()
    found: dict[str, Any] = json.loads(told)
    return found


def pictures_in(folder: Path) -> list[tuple[int, NDArray[np.uint8]]]:
    """Decode what a viewer saw; return when each picture came, and its luma.

    As a player does, it shows nothing between a picture that is missing and the next key frame.
    """
    decoder, shown, is_whole = av.CodecContext.create("h264", "r"), [], False
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count, decoder.flags = 1, decoder.flags | av.codec.context.Flags.low_delay
    for one in _records(folder / PICTURES):
        is_key = any(H264.kind(unit) == _PARAMETERS for unit in units(one.data))
        is_whole = is_key or (is_whole and not one.missing)
        if not is_whole:
            continue
        try:
            pictures = decoder.decode(av.Packet(one.data))
        except av.InvalidDataError:
            is_whole = False
            continue
        shown += [(one.at_ms, each.to_ndarray(format="gray").astype(np.uint8)) for each in pictures]
    return shown


def sounds_in(folder: Path) -> list[tuple[int, float]]:
    """Decode what a viewer heard; return when each part came, and how loud it is, 1 at most."""
    decoder = _opus()
    return [
        (one.at_ms, float(np.abs(sound.to_ndarray()).max()))
        for one in _records(folder / SOUNDS)
        for sound in decoder.decode(av.Packet(one.data))
    ]


def _records(file: Path) -> Iterator[Came]:
    data, at = file.read_bytes(), 0
    while at < len(data):
        at_ms, missing, size = _HEAD.unpack_from(data, at)
        begin, at = at + _HEAD.size, at + _HEAD.size + size
        yield Came(at_ms, missing, data[begin:at])


def _opus() -> av.AudioCodecContext:
    decoder = av.CodecContext.create("opus", "r")
    if not isinstance(decoder, av.AudioCodecContext):
        raise TypeError("Opus is sound")
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    return decoder


@dataclass
class Publisher:
    """One that was started; ``told`` is what it said when it was let in, or why it was not."""

    process: asyncio.subprocess.Process
    told: dict[str, Any]

    async def stop(self) -> int:
        """Have it say goodbye; return how it was answered."""
        self.process.terminate()
        told = await _line(self.process)
        await asyncio.wait_for(self.process.wait(), STOPS_WITHIN)
        ended: int = told["ended"]
        return ended

    async def vanish(self) -> None:
        """Let it die without a word, as a machine does whose power fails."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    if process.stdout is None:
        raise RuntimeError("its output was not asked for")
    told = await asyncio.wait_for(process.stdout.readline(), SAYS_WITHIN)
    found: dict[str, Any] = json.loads(told)
    return found


@contextlib.asynccontextmanager
async def publishing(program: Path, url: str, key: str, clip: Path) -> AsyncIterator[Publisher]:
    """Publish a clip by WHIP, again and again, as long as the block lasts."""
    files = [clip.with_suffix(".h264"), clip.with_suffix(".ogg")]
    if not files[0].exists():
        split(clip, *files)
    process = await asyncio.create_subprocess_exec(
        program, "publish", url, key, *files,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Publisher(process, await _line(process))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def split(clip: Path, pictures: Path, sounds: Path) -> None:
    """Write a clip's H.264 (Annex B) and its Opus (a packet on each page of Ogg) apart."""
    for kind, file in (("video", pictures), ("audio", sounds)):
        with av.open(str(clip)) as source, av.open(str(file), "w", options=_EACH_ALONE) as out:
            (stream,) = [one for one in source.streams if one.type == kind]
            copy = out.add_stream_from_template(stream)
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.stream = copy
                    out.mux(packet)
