"""The recorder as a process, with real RTSP cameras and what can be wrong with them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from media.feeds.clip import Clip, load_clip
from media.feeds.parameters import H264, units
from media.feeds.rtsp_auth import Credentials
from media.feeds.rtsp_sender import RtspSender
from media.messages import FeedStatus, Message, RecorderStatus
from media.recorder import Room
from media.spool.head import BEAT_SECONDS, Head
from media.spool.mirror import Mirror
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Record, StreamDescription
from media.spool.verify import verify
from tests.media import hurried
from tests.media.feeds.cameras import make_clip, until
from tests.media.processes import heard, started
from tests.media.records import (
    FOREVER,
    assigned,
    everything,
    issue,
    packets,
    receiving,
    recorded,
)
from tests.services.program import free_port, hears_datagrams

pytestmark = pytest.mark.media
BEAT_US = round(BEAT_SECONDS * 1_000_000)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=0.96))


async def test_cameras_are_recorded_without_a_gap(tmp_path: Path, clip: Clip) -> None:
    async with RtspSender({"a": clip, "b": clip}) as sender:
        assignment = assigned(tmp_path, sender.url("a"), sender.url("b"))
        async with started("media.recorder", assignment, tmp_path) as recorder:
            found = await recorded(tmp_path, 60)
            other = await recorded(tmp_path, 30, "c1")
            assert await recorder.stop() == 0
    pictures, sounds = packets(found, "video"), packets(found, "audio")
    steps = [after.court_us - before.court_us for before, after in itertools.pairwise(pictures)]
    assert all(39_000 <= step <= 41_000 for step in steps[1:])  # over the clip's border too
    steps = [after.court_us - before.court_us for before, after in itertools.pairwise(sounds)]
    assert all(20_000 <= step <= 23_000 for step in steps[1:])
    keys = [picture for picture in pictures if picture.keyframe]
    assert len(keys) >= 2
    assert all({H264.kind(unit) for unit in units(key.payload)} >= {5, 7, 8} for key in keys)
    described = {known.stream: known for known in found if isinstance(known, StreamDescription)}
    assert (described["video"].codec, described["video"].width) == ("h264", 320)
    assert described["audio"].codec == "aac"
    assert described["audio"].extradata[:1] == b"\x11"
    # cameras that are in step stay in step: the same picture at the same court time
    apart = [
        a.court_us - b.court_us
        for a in keys
        for b in packets(other, "video")
        if a.payload == b.payload
    ]
    assert min(map(abs, apart)) < 20_000
    assert len(everything(tmp_path)) >= len(found)


async def test_the_court_clock_runs_although_no_camera_ever_came(tmp_path: Path) -> None:
    assignment = assigned(tmp_path, f"rtsp://127.0.0.1:{free_port()}/nobody")
    async with started("media.recorder", assignment, tmp_path), heard(assignment.socket):
        with Head.open(tmp_path / "spool") as head:
            first_us = head.heartbeat_us
            await until(lambda: head.heartbeat_us >= first_us + 3 * BEAT_US)
            assert head.alive


async def test_a_killed_recorder_loses_nothing_and_goes_on(tmp_path: Path, clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        assignment = assigned(tmp_path, sender.url("a"))
        with SpoolReader(tmp_path / "spool", "c0") as live:
            seen: list[Record] = []

            def sees(count: int) -> bool:
                seen.extend(live.read(FOREVER))
                return len(packets(seen, "video")) >= count

            async with started("media.recorder", assignment, tmp_path) as recorder:
                await until(lambda: sees(30))
                await recorder.kill()
            before = len(packets(seen, "video"))
            async with started("media.recorder", assignment, tmp_path) as recorder:
                await until(lambda: sees(before + 30))
                assert await recorder.stop() == 0
            seen.extend(live.read(FOREVER, 100_000))
            assert live.damaged == 0
    pictures = packets(seen, "video")
    assert pictures == packets(everything(tmp_path), "video")
    decode = [picture.decode_us for picture in pictures]
    assert decode == sorted(set(decode))


async def test_keys_lie_elsewhere_and_the_second_store_has_the_same_record(tmp_path: Path) -> None:
    assignment = replace(
        assigned(tmp_path, "testcard:?size=64x64", "testcard:?size=64x64"),
        keys=str(tmp_path / "vault" / "1"),
        closed_keys=str(tmp_path / "safe" / "1"),
        court_key=str(tmp_path / "vault" / "court.pem"),
        second_spool=str(tmp_path / "second"),
    )
    for turn in (1, 2):
        async with started("media.recorder", assignment, tmp_path) as recorder:
            for camera in ("c0", "c1"):
                await recorded(tmp_path, 30 * turn, camera)
            await recorder.kill()
    async with started("media.recorder", assignment, tmp_path) as recorder:
        for camera in ("c0", "c1"):
            await recorded(tmp_path, 90, camera)
        assert await recorder.stop() == 0
    Mirror(tmp_path / "spool", tmp_path / "second").catch_up()
    first, second = (verify(tmp_path / name, []) for name in ("spool", "second"))
    assert first["ok"], first["findings"]
    assert first == second
    assert [one["volumes"] for one in first["cameras"]] == [3, 3]
    assert sorted(path.name for path in (tmp_path / "vault" / "1" / "c0").iterdir()) == [
        f"{number:08d}.key" for number in (1, 2, 3)
    ]
    assert not list((tmp_path / "spool").rglob("*.pem"))


async def test_nothing_is_recorded_without_keys(tmp_path: Path) -> None:
    (tmp_path / "vault").write_bytes(b"no folder")
    assignment = replace(assigned(tmp_path, "testcard:?size=64x64"), keys=str(tmp_path / "vault/1"))
    async with (
        started("media.recorder", assignment, tmp_path) as recorder,
        heard(assignment.socket) as stream,
    ):
        await issue(stream, "no_keys")
        assert not list((tmp_path / "spool").rglob("*.spool"))
        assert await recorder.stop() == 0


async def test_keys_that_vanish_are_told_while_the_recorder_still_has_them(tmp_path: Path) -> None:
    assignment = replace(
        assigned(tmp_path, "testcard:?size=64x64"), keys=str(tmp_path / "vault" / "1")
    )

    def tells(issue: str) -> Callable[[Message], bool]:
        return lambda told: isinstance(told, RecorderStatus) and told.issue == issue

    async with (
        started(hurried.MODULE, assignment, tmp_path) as recorder,
        heard(assignment.socket) as stream,
    ):
        await recorded(tmp_path, 30)
        (tmp_path / "vault").rename(tmp_path / "unmounted")
        status = await stream.first(tells("keys_lost"))
        assert isinstance(status, RecorderStatus)
        assert status.recording
        (tmp_path / "unmounted").rename(tmp_path / "vault")
        await stream.first(tells(""))
        assert await recorder.stop() == 0
        assert "keys/c0/00000001.key" in recorder.log


async def test_a_camera_that_goes_comes_back(tmp_path: Path, clip: Clip) -> None:
    other = load_clip(make_clip(tmp_path / "other.mp4", seconds=0.96, size=(640, 360)))
    async with contextlib.AsyncExitStack() as stack:
        sender = RtspSender({"a": clip})
        await sender.__aenter__()
        assignment = assigned(tmp_path, sender.url("a"), "testcard:?size=64x64")
        recorder = await stack.enter_async_context(started("media.recorder", assignment, tmp_path))
        stream = await stack.enter_async_context(heard(assignment.socket))
        await receiving(stream)
        await sender.__aexit__()
        assert (await issue(stream, "refused")).next_attempt_s > 0
        async with RtspSender({"a": other}, port=sender.port):
            await receiving(stream)
            assert (await issue(stream, "")).width == 640
        assert await recorder.stop() == 0
    found = everything(tmp_path)
    assert "closed" in [known.reason for known in found if isinstance(known, Interruption)]
    widths = [known.width for known in found if isinstance(known, StreamDescription)]
    assert [width for width in widths if width] == [320, 640]
    # the other camera noticed nothing
    steady = packets(everything(tmp_path, "c1"), "video")
    steps = [after.court_us - before.court_us for before, after in itertools.pairwise(steady)]
    assert max(steps) < 100_000


async def test_another_size_in_mid_stream_is_told_and_recorded(tmp_path: Path, clip: Clip) -> None:
    other = load_clip(make_clip(tmp_path / "other.mp4", seconds=0.96, size=(640, 360), sound=None))
    end = max(packet.pts + packet.duration for packet in clip.packets if packet.stream == "video")
    moved = [replace(item, pts=item.pts + end, dts=item.dts + end) for item in other.packets]
    video = tuple(item for item in clip.packets if item.stream == "video")
    both = Clip(clip.descriptions[:1], (*video, *moved))
    async with RtspSender({"a": both}) as sender:
        assignment = assigned(tmp_path, sender.url("a"))
        async with started("media.recorder", assignment, tmp_path) as recorder:
            async with heard(assignment.socket) as stream:
                await issue(stream, "changed")
            found = await recorded(tmp_path, 60)
            assert await recorder.stop() == 0
    widths = [known.width for known in found if isinstance(known, StreamDescription)]
    assert {320, 640} <= set(widths)
    assert all(one != two for one, two in itertools.pairwise(widths))


async def _pushed(clip: Path, url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("ffmpeg", "-v", "error", "-re", "-stream_loop", "-1", "-i", str(clip)),
        *("-c", "copy", "-f", "flv", url),
    )


async def test_cameras_that_push_share_a_port_and_nothing_is_left_of_a_killed_recorder(
    tmp_path: Path,
) -> None:
    path, port, call = make_clip(tmp_path / "clip.mp4", seconds=2), free_port(), free_port()
    keys = ["first-camera-0123456789", "second-camera-0123456789"]
    assignment = assigned(
        tmp_path,
        *(f"rtmp-listen://127.0.0.1:{port}/live/{key}" for key in keys),
        f"srt-listen://127.0.0.1:{call}?passphrase=s3cret-s3cret",
    )
    async with started("media.recorder", assignment, tmp_path) as recorder:
        async with heard(assignment.socket) as stream:
            for number in range(3):
                await issue(stream, "nobody_pushes", f"c{number}")
            senders = [await _pushed(path, f"rtmp://127.0.0.1:{port}/live/{key}") for key in keys]
            try:
                found = await recorded(tmp_path, 30)
                await recorded(tmp_path, 10, "c1")
                await until(lambda: hears_datagrams(call))
            finally:
                await recorder.kill()
                for sender in senders:
                    with contextlib.suppress(ProcessLookupError):  # it may have noticed by itself
                        sender.kill()
                    await sender.wait()
        assert not any(key in recorder.log for key in (*keys, "s3cret"))
    steps = [
        after.court_us - before.court_us
        for before, after in itertools.pairwise(packets(found, "video"))
    ]
    assert all(39_000 <= step <= 41_000 for step in steps[:30])
    await until(lambda: not hears_datagrams(call))


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_jumps_by_an_hour_leaves_no_gap(
    tmp_path: Path, clip: Clip, hours: int
) -> None:
    clocks, seen = {"video": 90_000, "audio": 48_000}, {"video": 0, "audio": 0}

    def jump(stream: str, data: bytes) -> tuple[bytes, ...]:
        seen[stream] += 1
        if seen[stream] < 60:
            return (data,)
        stamp = int.from_bytes(data[4:8], "big") + hours * 3600 * clocks[stream]
        return (data[:4] + (stamp % (1 << 32)).to_bytes(4, "big") + data[8:],)

    async with RtspSender({"a": clip}) as sender:
        sender.disturb = jump
        assignment = assigned(tmp_path, sender.url("a"))
        async with started("media.recorder", assignment, tmp_path) as recorder:
            async with heard(assignment.socket) as stream:
                await issue(stream, "timestamps")
            found = await recorded(tmp_path, 75)
            assert await recorder.stop() == 0
    steps = [
        after.court_us - before.court_us
        for before, after in itertools.pairwise(packets(found, "video"))
    ]
    assert all(30_000 <= step <= 50_000 for step in steps[1:])
    assert {known.stream for known in found if isinstance(known, Interruption)} == {
        "video",
        "audio",
    }


async def _babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(100)
        writer.write(b"\x80\x00 this is no camera \r\n\r\n" * 20)
        await writer.drain()
    writer.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1000):
            pass
    writer.close()


@contextlib.asynccontextmanager
async def _bad_cameras(clip: Clip, folder: Path) -> AsyncIterator[dict[str, str]]:
    sound = load_clip(make_clip(folder / "sound.mov", video=None, sound="pcm_mulaw"))
    async with contextlib.AsyncExitStack() as stack:
        enter = stack.enter_async_context
        sender = await enter(RtspSender({"a": clip, "sound": sound}))
        locked = await enter(RtspSender({"a": clip}, credentials=Credentials("user", "right")))
        garbage = await enter(await asyncio.start_server(_babble, "127.0.0.1", 0))
        silent = await enter(await asyncio.start_server(_say_nothing, "127.0.0.1", 0))
        ports = [server.sockets[0].getsockname()[1] for server in (garbage, silent)]
        (folder / "rubbish.mp4").write_bytes(b"no film " * 1000)
        yield {
            f"rtsp://user:s3cret-wrong@127.0.0.1:{locked.port}/a": "unauthorised",
            f"rtsp://user:right@127.0.0.1:{locked.port}/a": "",
            sender.url("none"): "not_found",
            sender.url("sound"): "no_video",
            "rtsp://user:s3cret-two@127.0.0.1:9/a": "refused",
            f"rtsp://user:s3cret-three@127.0.0.1:{ports[0]}/a": "garbage",
            f"rtsp://user:s3cret-four@127.0.0.1:{ports[1]}/a": "unreachable",
            "carrier-pigeon://user:s3cret-five@coop": "unsupported",
            f"rtmp-listen://127.0.0.1:{free_port()}/live/s3cret-s3cret-six": "nobody_pushes",
            f"rtmp-listen://127.0.0.1:{ports[0]}/live/s3cret-s3cret-seven": "port_taken",
            f"file:{folder}/none.mp4": "not_found",
            f"file:{folder}/rubbish.mp4": "garbage",
        }


async def test_what_can_be_wrong_with_a_camera_is_told(tmp_path: Path, clip: Clip) -> None:
    async with _bad_cameras(clip, tmp_path) as cameras:
        assignment = assigned(tmp_path, *cameras)
        missing = {f"c{number}": code for number, code in enumerate(cameras.values())}
        told: dict[str, str] = {}

        def is_all(message: Message) -> bool:
            # who listens goes on doing so, and says what is missing
            if isinstance(message, FeedStatus) and (message.issue or message.state == "receiving"):
                told[message.camera] = message.issue
            return told == missing

        async with started("media.recorder", assignment, tmp_path) as recorder:
            async with heard(assignment.socket) as stream:
                try:
                    await stream.first(is_all)
                except TimeoutError:
                    assert told == missing
            await recorder.stop()
            assert "s3cret" not in recorder.log
    sound = everything(tmp_path, "c3")
    assert [known.codec for known in sound if isinstance(known, StreamDescription)] == ["pcm_mulaw"]
    assert packets(sound, "audio")


async def test_a_full_disk_stops_new_recordings_with_an_alarm(tmp_path: Path, clip: Clip) -> None:
    async with RtspSender({"a": clip}) as sender:
        assignment = assigned(tmp_path, sender.url("a"), keep_free=1 << 60)
        async with started("media.recorder", assignment, tmp_path) as recorder:
            async with heard(assignment.socket) as stream:
                status = await stream.first(lambda told: isinstance(told, RecorderStatus))
                assert isinstance(status, RecorderStatus)
                assert (status.recording, status.issue) == (False, "disk_full")
                assert status.written_bytes == 0
                assert (await issue(stream, "disk_full")).state == "waiting"
            await recorder.stop()
    assert everything(tmp_path) == []


def test_what_runs_may_use_a_part_of_what_is_kept_free() -> None:
    room = Room(1000, is_continuing=False)
    assert not room.has_room()
    for free, is_recording, alarm in (
        (999, False, "disk_full"),
        (1000, True, ""),
        (999, True, "disk_full"),
        (250, True, "disk_full"),
        (249, False, "disk_full"),
        (999, False, "disk_full"),
        (1000, True, ""),
    ):
        room.update(free)
        assert (room.has_room(), room.issue) == (is_recording, alarm)
    again = Room(1000, is_continuing=True)
    again.update(500)
    assert again.has_room()
