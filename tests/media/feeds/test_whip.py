"""Browsers that publish: sent by WebRTC, taken as a feed takes them, without a codec."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import aioice.ice
import imageio_ffmpeg
import pytest

from media.errors import FeedLost
from media.feeds import issues
from media.feeds.arrival import Arrived, Item, Notice, Reception
from media.feeds.clip import Clip, load_clip
from media.feeds.doors import Doors
from media.feeds.parameters import H264, units
from media.feeds.whip import WhipSource
from media.own_addresses import gather_on
from media.session_messages import Answer, CloseSession, FeedOffer
from media.sockets import connect
from media.spool.record import Interruption, StreamDescription
from tests.media.feeds.browser import Browser
from tests.media.feeds.cameras import code_of, make_clip
from tests.media.feeds.whip_endpoint import endpoint
from tests.media.processes import heard, started
from tests.media.records import assigned, everything, issue, packets, receiving, recorded
from tests.services import pion

pytestmark = pytest.mark.media
WITHIN = 60.0
KEY = "Right-key-0123456789"
URL = f"whip-listen:///{KEY}"


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    return make_clip(path, seconds=0.96, sound="libopus")


@pytest.fixture(scope="module")
def clip(clip_file: Path) -> Clip:
    return load_clip(clip_file)


@pytest.fixture(autouse=True)
def on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", aioice.ice.get_host_addresses)
    gather_on(["127.0.0.1"])  # undone with what monkeypatch has noted


def now_us() -> int:
    return time.monotonic_ns() // 1000


async def published(doors: Doors, browser: Browser, session: str = "s1") -> Answer:
    answer = await doors.answer(FeedOffer(session, "c1", await browser.offer()))
    if answer.status == 201:
        await browser.accept(answer.sdp)
    return answer


async def opened(source: WhipSource) -> list[StreamDescription]:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                return await asyncio.to_thread(source.open)
            except Exception as problem:
                if getattr(problem, "code", "") != issues.NOBODY_PUSHES:
                    raise


async def reads(source: WhipSource, until: Callable[[list[Item]], bool]) -> list[Item]:
    found: list[Item] = []
    async with asyncio.timeout(WITHIN):
        while not until(found):
            found += await asyncio.to_thread(source.read)
    return found


def pictures(items: list[Item]) -> list[Arrived]:
    return [item for item in items if isinstance(item, Arrived) and item.timing.stream == "video"]


def slices(payload: bytes) -> bytes:
    return b"".join(unit for unit in units(payload) if H264.kind(unit) in (1, 5))


def place() -> tuple[Doors, WhipSource]:
    doors, source = Doors(), WhipSource(URL, now_us)
    doors.add("c1", source)
    return doors, source


async def test_what_a_browser_sends_is_taken_whole_and_in_time(clip: Clip) -> None:
    doors, source = place()
    assert await asyncio.to_thread(code_of, source.open) == issues.NOBODY_PUSHES
    browser = Browser(clip)
    assert (await published(doors, browser)).status == 201
    assert [known.codec for known in await opened(source)] == ["h264", "opus"]
    # at the start, and every two seconds
    found = await reads(
        source, lambda items: len(pictures(items)) >= 60 and browser.asked_for_keys >= 2
    )
    described = next(item for item in found if isinstance(item, StreamDescription))
    assert (described.width, described.height) == (320, 180)
    known = [slices(one.payload) for one in clip.packets if one.stream == "video"]
    numbers = [known.index(slices(one.payload)) for one in pictures(found)]
    begun = numbers[0]
    assert numbers == [(begun + index) % len(known) for index in range(len(numbers))]
    sounds = [item for item in found if isinstance(item, Arrived) and item.timing.stream == "audio"]
    assert {item.timing.duration_us for item in sounds} == {20_000}
    assert sounds[-1].timing.is_shared
    doors.end("somebody else's")
    doors.end("s1")
    with pytest.raises(FeedLost) as lost:
        await reads(source, lambda _: False)
    assert lost.value.code == issues.CLOSED
    await browser.close()


async def test_what_ffmpeg_publishes_is_taken_as_it_is(clip: Clip, clip_file: Path) -> None:
    """An encoder that is no browser: it names no candidates and another profile, and is passive."""
    doors, source = place()
    assert await asyncio.to_thread(code_of, source.open) == issues.NOBODY_PUSHES
    async with endpoint(doors) as door:
        publishing = await asyncio.create_subprocess_exec(
            imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re", "-stream_loop", "-1",
            "-i", clip_file, "-c", "copy", "-f", "whip", "-authorization", KEY, door.address,
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert {known.codec for known in await opened(source)} == {"h264", "opus"}
            found = await reads(source, lambda items: len(pictures(items)) >= 40)
        finally:
            publishing.terminate()
            await publishing.wait()
        with pytest.raises(FeedLost) as lost:
            await reads(source, lambda _: False)
    assert lost.value.code == issues.CLOSED
    known = [slices(one.payload) for one in clip.packets if one.stream == "video"]
    numbers = [known.index(slices(one.payload)) for one in pictures(found)]
    assert numbers == [(numbers[0] + index) % len(known) for index in range(len(numbers))]
    sounds = [item for item in found if isinstance(item, Arrived) and item.timing.stream == "audio"]
    assert {item.timing.duration_us for item in sounds} == {20_000}


def make_high(clip_file: Path) -> Path:
    """Encode the clip's picture as OBS does by itself: H.264 high, no B-frames."""
    path = clip_file.with_name("high.mkv")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", clip_file, "-c:a", "copy"]
    picture = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-bf", "0"]
    subprocess.run([*command, *picture, "-g", "25", path], check=True, timeout=60)
    return path


@pytest.mark.timeout(400)  # what it is built from may have to be compiled first
async def test_what_an_encoder_like_obs_publishes_is_taken(clip_file: Path, tmp_path: Path) -> None:
    """And whoever comes while it is there is refused, until it has vanished without a word."""
    program, high = pion.build(tmp_path), make_high(clip_file)
    doors, source = place()
    known = [slices(one.payload) for one in load_clip(high).packets if one.stream == "video"]
    async with endpoint(doors) as door:
        moved = door.address.replace("/whip", "/moved")
        async with pion.publishing(program, moved, KEY, high) as first:
            assert first.told == {"status": 201, "session": f"{door.address}/s1"}
            assert door.asked[0]["Authorization"] == f"Bearer {KEY}"
            await opened(source)
            found = await reads(source, lambda items: len(pictures(items)) >= 40)
            async with pion.publishing(program, door.address, KEY, high) as second:
                assert second.told["status"] == 409
            await first.vanish()
            while True:  # an encoder that comes back tries again and again
                async with pion.publishing(program, door.address, KEY, high) as third:
                    if third.told["status"] == 409:
                        continue
                    await reads_end(source)
                    await opened(source)
                    await reads(source, lambda items: len(pictures(items)) >= 10)
                    assert await third.stop() == 200
                break
            await reads_end(source)
    numbers = [known.index(slices(one.payload)) for one in pictures(found)]
    assert numbers == [(numbers[0] + index) % len(known) for index in range(len(numbers))]
    described = next(item for item in found if isinstance(item, StreamDescription))
    assert described.width == 320
    sounds = [item for item in found if isinstance(item, Arrived) and item.timing.stream == "audio"]
    assert {item.timing.duration_us for item in sounds} == {20_000}


async def reads_end(source: WhipSource) -> None:
    """Read until the publisher is gone."""
    with pytest.raises(FeedLost) as lost:
        await reads(source, lambda _: False)
    assert lost.value.code == issues.CLOSED


async def test_there_is_one_publisher_at_a_time(clip: Clip) -> None:
    doors, source = place()
    first, second = Browser(clip), Browser(clip)
    assert (await published(doors, first)).status == 201
    await opened(source)
    assert (await published(doors, second, "s2")).status == 409
    await reads(source, lambda items: Notice(issues.SECOND_PUBLISHER) in items)
    await first.close()
    with pytest.raises(FeedLost):
        await reads(source, lambda _: False)
    third = Browser(clip)
    async with asyncio.timeout(WITHIN):
        while (await published(doors, third, "s3")).status != 201:
            await asyncio.sleep(0.05)  # the first one's end is on its way
    await opened(source)
    await asyncio.to_thread(source.close)  # the feed has no more use for it
    async with asyncio.timeout(WITHIN):
        while source._session:
            await asyncio.sleep(0.02)
    for browser in (second, third):
        await browser.close()


async def test_what_the_network_loses_is_asked_for_again(clip: Clip) -> None:
    doors, source = place()
    browser = Browser(clip)
    await published(doors, browser)
    await opened(source)
    browser.lose(every=25)
    found = await reads(source, lambda items: len(pictures(items)) >= 60)
    known = [slices(one.payload) for one in clip.packets if one.stream == "video"]
    assert all(slices(one.payload) in known for one in pictures(found))
    lost = sum(item.lost for item in found if isinstance(item, Reception))
    assert lost <= 2  # five in a hundred were
    await doors.close()
    await browser.close()


async def test_offers_that_make_no_sense_are_refused() -> None:
    doors, source = place()
    for sdp, status in (("v=0", 422), ("hello", 400), ("v=0\r\nm=video", 400)):
        assert (await doors.answer(FeedOffer("s", "c1", sdp))).status == status
    assert (await doors.answer(FeedOffer("s", "c2", "v=0"))).status == 409
    assert not source._session
    unfit = WhipSource("whip-listen:///short", now_us)
    assert await asyncio.to_thread(code_of, unfit.open) == issues.UNSUPPORTED


async def test_a_browser_that_publishes_is_recorded(tmp_path: Path, clip: Clip) -> None:
    assignment = assigned(tmp_path, URL)
    async with started("media.recorder", assignment, tmp_path) as recorder:
        async with heard(assignment.socket) as stream:
            await issue(stream, "nobody_pushes")
            browser = Browser(clip)
            door = await connect(assignment.socket)
            door.send(FeedOffer("s1", "c0", await browser.offer(), ("127.0.0.1",)))
            answer = await anext(aiter(door))
            assert isinstance(answer, Answer)
            assert (answer.session, answer.status) == ("s1", 201)
            await browser.accept(answer.sdp)
            await receiving(stream)
            found = await recorded(tmp_path, 40)
            door.send(CloseSession("s1"))
            await issue(stream, "nobody_pushes")
            await door.close()
        await browser.close()
        assert await recorder.stop() == 0
    pictures, sounds = packets(found, "video"), packets(found, "audio")
    assert pictures[0].keyframe
    steps = [after.court_us - before.court_us for before, after in itertools.pairwise(pictures)]
    assert 39_000 <= statistics.median(steps) <= 41_000
    assert abs(sum(steps) - 40_000 * len(steps)) < 250_000  # the first were late, at the worst
    assert {sound.duration_us for sound in sounds} == {20_000}
    assert ("h264", 320) in {
        (known.codec, known.width) for known in found if isinstance(known, StreamDescription)
    }
    assert "closed" in [
        known.reason for known in everything(tmp_path) if isinstance(known, Interruption)
    ]
