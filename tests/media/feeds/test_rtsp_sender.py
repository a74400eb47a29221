"""The project's own sender against libav, and against bad readers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sys
import time
from pathlib import Path

import av
import pytest

from media.feeds.arrival import Arrived
from media.feeds.clip import Clip, load_clip
from media.feeds.rtsp import RtspSource
from media.feeds.rtsp_auth import Credentials
from media.feeds.rtsp_sender import RtspSender
from media.spool.record import StreamDescription
from tests.media.feeds.cameras import code_of, make_clip

pytestmark = pytest.mark.media
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=0.96))


def now_us() -> int:
    return time.monotonic_ns() // 1000


def watch(url: str, pictures: int) -> tuple[list[StreamDescription], list[Arrived]]:
    source = RtspSource(url, now_us)
    try:
        described, found = source.open(), list[Arrived]()
        while sum(item.timing.stream == "video" for item in found) < pictures:
            found += [item for item in source.read() if isinstance(item, Arrived)]
        return described, found
    finally:
        source.close()


async def test_two_readers_see_the_clip_again_and_again(clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        both = (asyncio.to_thread(watch, sender.url("a"), 50) for _ in range(2))
        for described, found in await asyncio.gather(*both):
            assert [known.codec for known in described] == ["h264", "aac"]
            video = [item for item in found if item.timing.stream == "video"]
            assert video[0].keyframe
            decoder = av.CodecContext.create("h264", "r")
            shown = [len(decoder.decode(av.Packet(item.payload))) for item in video]
            assert sum(shown) >= 48
            audio = [item.timing for item in found if item.timing.stream == "audio"]
            steps = {b.pts_us - a.pts_us for a, b in itertools.pairwise(audio)}
            assert steps <= {21_333, 21_334}
            assert all(item.timing.is_shared for item in found[-20:])


async def test_readers_prove_who_they_are(clip: Clip) -> None:
    async with RtspSender({"a": clip}, credentials=Credentials("me", "p@ss")) as sender:
        good = f"rtsp://me:p%40ss@127.0.0.1:{sender.port}/a"
        assert len((await asyncio.to_thread(watch, good, 2))[1]) >= 2
        for bad in (sender.url("a"), f"rtsp://me:wrong@127.0.0.1:{sender.port}/a"):
            source = RtspSource(bad, now_us)
            assert await asyncio.to_thread(code_of, source.open) == "unauthorised"


async def test_bad_readers_are_answered_and_dropped(clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        for said, status in (
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"x" * 100_000, b"400"),
            (b"DESCRIBE rtsp://h/none RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"404"),
            (b"PLAY rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"455"),
            (b"RECORD rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"405"),
            (
                b"SETUP rtsp://h/a/track=video RTSP/1.0\r\nCSeq: 1\r\n"
                b"Transport: RTP/AVP;multicast;port=1-2\r\n\r\n",
                b"461",
            ),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", sender.port)
            writer.write(said)
            async with asyncio.timeout(30):
                assert (await reader.readline()).split()[1] == status
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_the_command_says_when_it_is_ready(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=0.32)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "media.feeds.rtsp_sender", "--listen", "127.0.0.1:0"),
        f"judge={path}",
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        ready = json.loads(await process.stdout.readline())
    assert ready["ready"]
    assert await asyncio.to_thread(watch, ready["urls"]["judge"], 2)
    process.terminate()
    async with asyncio.timeout(30):
        assert await process.wait() == 0
