"""Publishing on a bad line: ``python -m tests.bench.bad_publisher --publisher pion --seconds 60``.

A publisher (``pion``, which does what OBS does, or ``chromium``) sends the clock and a tone by WHIP
to a recorder's own process, by a line that loses and delays datagrams both ways, as ``tc netem``
would. Afterwards the court's record is read: how many of the pictures that were sent lie in it and
are decoded with their clock, how even their times are, how much of the sound there is, and how far
the tone, which begins and ends with certain pictures, is beside them. Prints a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from media.session_messages import Answer, CloseSession, FeedOffer
from media.sockets import MessageStream, connect
from media.spool.record import Interruption, Packet, Record
from tests.media.feeds.whip_endpoint import endpoint
from tests.media.processes import heard, started
from tests.media.records import assigned, everything, issue, packets
from tests.media.relay.lossy import Line, bad_line
from tests.player.publishing import PUBLISH
from tests.player.viewing import freezes
from tests.player.webrtc import running_in
from tests.services import chromium, pion
from tests.story import clock_strip
from tests.story.clock_camera import FRAME_RATE, SHORT_FRAMES, make_clip
from tests.tools import require_tool

KEY = "Right-key-0123456789"
LOUD = 0.03
_FARTHEST = 250  # pictures, between two that were read
GATED = "volume='if(lt(mod(t,2),1),1,0)':eval=frame"
_CANDIDATE = re.compile(r"a=candidate:\S+ \d+ udp \d+ 127\.0\.0\.1 (\d+) typ host.*")


class Through:
    """Answers offers by the recorder, which is found behind the line and nowhere else."""

    def __init__(self, recorder: MessageStream, asked: argparse.Namespace) -> None:
        self.line: Line | None = None
        self._recorder, self._asked = recorder, asked
        self._stack = contextlib.AsyncExitStack()

    async def answer(self, offer: FeedOffer) -> Answer:
        """Hand on an offer without addresses; put the line's in the answer's place."""
        without = re.sub(r"a=candidate:.*\r?\n", "", offer.sdp)
        here = dataclasses.replace(offer, camera="c0", sdp=without, addresses=("127.0.0.1",))
        self._recorder.send(here)
        answer = await anext(aiter(self._recorder))
        if not isinstance(answer, Answer):
            raise TypeError("an offer is answered")
        found = _CANDIDATE.search(answer.sdp)
        if found is None:
            return answer
        asked, behind = self._asked, ("127.0.0.1", int(found[1]))
        line = bad_line(behind, asked.loss, asked.jitter_ms / 1000, asked.seed)
        self.line, (_, port) = await self._stack.enter_async_context(line)
        sdp = answer.sdp.replace(f" {found[1]} typ host", f" {port} typ host")
        return dataclasses.replace(answer, sdp=sdp)

    def end(self, session: str) -> None:
        """The publisher has said that it is done."""
        self._recorder.send(CloseSession(session))

    async def close(self) -> None:
        """Carry nothing more."""
        await self._stack.aclose()


def make_gated(folder: Path) -> Path:
    """Make the clock camera's clip with Opus, the tone only in even seconds."""
    ffmpeg = str(require_tool("ffmpeg"))
    picture, clip = make_clip(folder / "clock.mp4", frames=SHORT_FRAMES), folder / "gated.mp4"
    sound = ["-af", f"asetnsamples=240,{GATED}", "-c:a", "libopus", "-ar", "48000"]
    command = [ffmpeg, "-v", "error", "-i", str(picture), "-c:v", "copy", *sound]
    subprocess.run([*command, "-t", str(SHORT_FRAMES / FRAME_RATE), clip], check=True, timeout=60)
    return clip


@contextlib.asynccontextmanager
async def by_pion(url: str, folder: Path) -> AsyncIterator[int]:
    """Publish the clip; gives how many pictures there are until their numbers begin again."""
    program = await asyncio.to_thread(pion.build, folder / "pion")
    clip = await asyncio.to_thread(make_gated, folder)
    async with pion.publishing(program, url, KEY, clip) as publisher:
        if publisher.told["status"] != 201:
            raise RuntimeError(str(publisher.told))
        yield SHORT_FRAMES
        await publisher.stop()


@contextlib.asynccontextmanager
async def by_chromium(url: str, _: Path) -> AsyncIterator[int]:
    """Publish what a page draws."""
    async with chromium.browsing() as browser:
        page = await browser.new_page()
        await page.goto(url.replace("/whip", "/"))
        if await running_in(page)(PUBLISH, KEY) != 201:
            raise RuntimeError("the publisher was refused")
        yield clock_strip.MOST + 1
        await page.evaluate("fetch(session, { method: 'DELETE' })")


PUBLISHERS = {"pion": by_pion, "chromium": by_chromium}


def decoded(pictures: list[Packet]) -> list[tuple[Packet, int | None]]:
    """Decode the record's pictures, one for one; return the number read in each, if any."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count, decoder.flags = 1, decoder.flags | av.codec.context.Flags.low_delay
    found: list[tuple[Packet, int | None]] = []
    for one in pictures:
        number = None
        with contextlib.suppress(av.InvalidDataError):
            for shown in decoder.decode(av.Packet(one.payload)):
                number = clock_strip.read(shown.to_ndarray(format="gray").astype(np.uint8))
        found.append((one, number))
    return found


def edges(sounds: list[Packet]) -> list[tuple[int, bool]]:
    """Return when the tone begins (True) and ends, on the record's line of time (µs)."""
    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = 48_000, "stereo"
    found: list[tuple[int, bool]] = []
    was: bool | None = None
    for packet in sounds:
        for part in decoder.decode(av.Packet(packet.payload)):
            levels = np.abs(part.to_ndarray()).max(axis=0)
            for at in range(0, len(levels) - 119, 120):  # 2.5 ms
                is_loud = bool(levels[at : at + 120].max() > LOUD)
                if was is not None and is_loud != was:
                    found.append((packet.court_us + at * 1_000_000 // 48_000, is_loud))
                was = is_loud
    return found


def beside(shown: list[tuple[Packet, int | None]], sounds: list[Packet]) -> list[float]:
    """Return by how many milliseconds each edge of the tone is later than its picture."""
    starts = [
        (one.court_us, number // FRAME_RATE % 2 == 0)
        for one, number in shown
        if number is not None and number % FRAME_RATE == 0
    ]
    found = []
    for at_us, is_loud in edges(sounds):
        near = [at_us - court_us for court_us, begins in starts if begins == is_loud]
        nearest = min(near, key=abs, default=None)
        if nearest is not None and abs(nearest) < 500_000:
            found.append(nearest / 1000)
    return found


def told(records: list[Record], turn: int) -> dict[str, Any]:
    """Return what the record has of what was sent."""
    pictures, sounds = packets(records, "video"), packets(records, "audio")
    shown = decoded(pictures)
    shown = _without_wrong(shown, turn)
    numbers = [number for _, number in shown if number is not None]
    steps = [(after - before) % turn for before, after in itertools.pairwise(numbers)]
    sent = sum(steps) + 1
    times = [one.court_us / 1000 for one, number in shown if number is not None]
    apart = beside(shown, sounds)
    heard_s = sum(one.duration_us for one in sounds) / 1e6
    whole_s = (sounds[-1].court_us - sounds[0].court_us) / 1e6 if sounds else 0.0
    return {
        "sent": sent,
        "pictures": len(pictures),
        "read": len(numbers),
        "missing": sum(max(step - 1, 0) for step in steps),
        "unreadable": len(pictures) - len(numbers),
        "freezes": len(freezes(times)),
        "keyframes": sum(one.keyframe for one in pictures),
        "sound_s": round(heard_s, 2),
        "sound_percent": round(100 * heard_s / max(whole_s, 0.02), 1),
        "sound_later_ms_p50": round(statistics.median(apart), 1) if apart else None,
        "sound_later_ms_most": round(max(map(abs, apart)), 1) if apart else None,
        "edges": len(apart),
        "late_ms_p50": round(statistics.median(_late(pictures)), 1),
        "late_ms_most": round(max(_late(pictures)), 1),
        "interruptions": [one.reason for one in records if isinstance(one, Interruption)],
    }


def _without_wrong(
    shown: list[tuple[Packet, int | None]], turn: int
) -> list[tuple[Packet, int | None]]:
    """Call unreadable what a decoder made up where a picture before was missing."""
    found: list[tuple[Packet, int | None]] = []
    last: int | None = None
    for one, number in shown:
        is_wrong = number is not None and last is not None and (number - last) % turn > _FARTHEST
        last = last if number is None or is_wrong else number
        found.append((one, None if is_wrong else number))
    return found


def _late(pictures: list[Packet]) -> list[float]:
    return [(one.arrival_us - one.court_us) / 1000 for one in pictures]


async def run(asked: argparse.Namespace, folder: Path) -> None:
    """Measure, and print."""
    assignment = assigned(folder, f"whip-listen:///{KEY}")
    async with started("media.recorder", assignment, folder) as recorder:
        async with heard(assignment.socket) as stream:
            await issue(stream, "nobody_pushes")
            through = Through(await connect(assignment.socket), asked)
            publishing = PUBLISHERS[asked.publisher]
            async with endpoint(through) as door, publishing(door.address, folder) as turn:
                await asyncio.sleep(asked.seconds)
            await through.close()
        await recorder.stop()
    found = told(everything(folder), turn)
    lost = through.line.lost if through.line else 0
    sys.stdout.write(json.dumps({"publisher": asked.publisher, **found, "line_lost": lost}) + "\n")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publisher", choices=PUBLISHERS, default="pion")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--loss", type=float, default=0.05)
    parser.add_argument("--jitter-ms", type=float, default=50)
    parser.add_argument("--seed", type=int, default=1)
    with tempfile.TemporaryDirectory(prefix="tingbo-whip-") as folder:
        asyncio.run(run(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
