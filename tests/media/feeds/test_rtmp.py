"""Cameras that push by RTMP, with the ffmpeg program as the encoder."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from media.errors import FeedLost, FeedUnavailable
from media.feeds import rtmp
from media.feeds.arrival import Arrived, Item, Notice
from media.feeds.rtmp import RtmpSource
from media.spool.record import StreamDescription
from tests.media.feeds.cameras import code_of, make_clip
from tests.media.feeds.publisher import KEY, SAYS_WITHIN, publish, tag
from tests.services.program import free_port


def now_us() -> int:
    return time.monotonic_ns() // 1000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=1.2)


@contextmanager
def pushing(clip: Path, url: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Push a clip with the ffmpeg program."""
    command = ["ffmpeg", "-v", "error", "-re", "-i", str(clip), *options, "-f", "flv", url]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def opened(source: RtmpSource) -> list[StreamDescription]:
    deadline = time.monotonic() + SAYS_WITHIN
    while True:
        try:
            return source.open()
        except FeedUnavailable:
            assert time.monotonic() < deadline


def until_lost(read: Callable[[], list[Item]]) -> tuple[list[Item], str]:
    found: list[Item] = []
    try:
        while True:
            found += read()
    except FeedLost as problem:
        return found, problem.code


@pytest.mark.media
def test_ffmpeg_pushes_and_everything_arrives(clip: Path) -> None:
    port = free_port()
    source = RtmpSource(f"rtmp-listen://127.0.0.1:{port}/live/{KEY}", now_us)
    assert code_of(source.open) == "nobody_pushes"
    with pushing(clip, f"rtmp://127.0.0.1:{port}/live/{KEY}", "-c", "copy") as process:
        described = opened(source)
        found, code = until_lost(source.read)
        assert process.wait(SAYS_WITHIN) == 0
    assert code == "closed"
    assert [(known.codec, known.width, known.sample_rate) for known in described] == [
        ("h264", 320, 0), ("aac", 0, 48_000),
    ]  # fmt: skip
    arrived = [item for item in found if isinstance(item, Arrived)]
    pictures = [item for item in arrived if item.timing.stream == "video"]
    assert len(pictures) == 30
    assert [item.keyframe for item in pictures].count(True) == 2
    steps = [b.timing.pts_us - a.timing.pts_us for a, b in itertools.pairwise(pictures)]
    assert set(steps) == {40_000}
    decoder = av.CodecContext.create("h264", "r")
    assert sum(len(decoder.decode(av.Packet(item.payload))) for item in pictures) >= 28
    heard = [item.timing for item in arrived if item.timing.stream == "audio"]
    steps = [b.pts_us - a.pts_us for a, b in itertools.pairwise(heard)]
    assert len(heard) > 50
    assert set(steps) <= {21_333, 21_334}


@pytest.mark.media
def test_ffmpeg_is_told_that_its_key_is_wrong(clip: Path) -> None:
    port = free_port()
    source = RtmpSource(f"rtmp-listen://127.0.0.1:{port}/live/{KEY}", now_us)
    assert code_of(source.open) == "nobody_pushes"
    with pushing(clip, f"rtmp://127.0.0.1:{port}/live/wrong", "-c", "copy") as process:
        assert process.wait(SAYS_WITHIN) != 0
        assert process.stderr is not None
        assert "this key is not for you" in process.stderr.read()
    assert code_of(source.open) == "wrong_key"


def test_unknown_codecs_are_told_and_the_rest_is_heard() -> None:
    port = free_port()
    source = RtmpSource(f"rtmp-listen://127.0.0.1:{port}/live/{KEY}", now_us)
    assert code_of(source.open) == "nobody_pushes"
    with publish(port) as peer:
        peer.sendall(tag(b"\x2f" + bytes(20), kind=8) + tag(b"\x72" + bytes(160), kind=8))
        assert [known.codec for known in opened(source)] == ["pcm_alaw"]
        first, second = source.read()
        assert first == Notice("sound_unsupported")
        assert isinstance(second, Arrived)
        source.close()
        assert peer.recv(65536)
        while peer.recv(65536):
            pass
    assert code_of(source.open) == "nobody_pushes"


def test_a_second_encoder_is_told_of_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmp, "TOLD_US", 0)
    port = free_port()
    source = RtmpSource(f"rtmp-listen://127.0.0.1:{port}/live/{KEY}", now_us)
    assert code_of(source.open) == "nobody_pushes"
    with publish(port) as first:
        first.sendall(tag(b"\x72" + bytes(160), kind=8))
        opened(source)
        with publish(port) as second:
            while second.recv(65536):
                pass
        found: list[Item] = []
        while not any(item == Notice("") for item in found):
            first.sendall(tag(b"\x72" + bytes(160), kind=8))
            found += source.read()
        notices = [item.code for item in found if isinstance(item, Notice)]
        assert notices == ["second_publisher", ""]
        source.close()


def test_a_key_belongs_to_one_camera() -> None:
    url = f"rtmp-listen://127.0.0.1:{free_port()}/live/{KEY}"
    first, second = RtmpSource(url, now_us), RtmpSource(url, now_us)
    assert code_of(first.open) == "nobody_pushes"
    assert code_of(second.open) == "port_taken"
    assert code_of(RtmpSource("rtmp-listen://h/x", now_us).open) == "unsupported"
    assert second.read() == []
