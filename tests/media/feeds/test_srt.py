"""Cameras by SRT over loopback, with a real sender at the other end."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import imageio_ffmpeg
import pytest

from media.errors import FeedLost, FeedUnavailable
from media.feeds import srt_bridge, transport
from media.feeds.arrival import Arrived, Item
from media.feeds.srt import SrtSource
from media.spool.record import StreamDescription
from tests.media.feeds.cameras import code_of, make_clip
from tests.services.program import free_port, hears_datagrams

pytestmark = pytest.mark.media
SOON_S = 60
PASSPHRASE = "right-passphrase"  # noqa: S105 - of the test


def now_us() -> int:
    return time.monotonic_ns() // 1000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.ts", seconds=1.2)


def until_taken(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + SOON_S
    while not hears_datagrams(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)  # nothing tells when another program listens


@contextmanager
def sending(clip: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-re", "-i", str(clip)]
    with subprocess.Popen([*command, "-c", "copy", "-f", "mpegts", url]) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def camera(url: str) -> Iterator[SrtSource]:
    source = SrtSource(url, now_us)
    try:
        yield source
    finally:
        if source._bridge is not None:
            source._bridge.end()
            source._bridge = None


def opened(source: SrtSource) -> list[StreamDescription]:
    deadline = time.monotonic() + SOON_S
    while True:
        try:
            return source.open()
        except FeedUnavailable:
            source.close()
            assert time.monotonic() < deadline


def heard(source: SrtSource) -> tuple[list[Arrived], str]:
    found: list[Item] = []
    while True:
        try:
            found += source.read()
        except FeedLost as problem:
            return [item for item in found if isinstance(item, Arrived)], problem.code


def pictures_of(found: list[Arrived]) -> int:
    pictures = [item for item in found if item.timing.stream == "video"]
    decoder = av.CodecContext.create("h264", "r")
    return sum(len(decoder.decode(av.Packet(item.payload))) for item in pictures)


def test_who_calls_with_the_right_passphrase_is_heard_and_may_come_again(clip: Path) -> None:
    port = free_port()
    with camera(f"srt-listen://127.0.0.1:{port}?passphrase={PASSPHRASE}") as source:
        assert code_of(source.open) == "nobody_pushes"
        source.close()
        until_taken(port)
        assert code_of(SrtSource(f"srt-listen://127.0.0.1:{port}?passphrase={PASSPHRASE}",
                                 now_us).open) == "port_taken"  # fmt: skip
        call = f"srt://127.0.0.1:{port}?connect_timeout=9000&passphrase="
        with sending(clip, call + "wrong-passphrase") as stranger:
            assert stranger.wait(SOON_S) != 0
            assert code_of(source.open) == "wrong_key"
            source.close()
        with sending(clip, call + PASSPHRASE):
            described = {known.stream: known for known in opened(source)}
            assert (described["video"].codec, described["video"].width) == ("h264", 320)
            found, code = heard(source)
            source.close()
        assert pictures_of(found) >= 20
        assert len([item for item in found if item.timing.stream == "audio"]) > 35
        assert code == "closed"
        assert code_of(source.open) == "nobody_pushes"


# What a sender sent in its last 120 ms is still on its way when it ends without lingering.
def test_who_is_called_is_heard(clip: Path) -> None:
    port = free_port()
    listen = f"srt://127.0.0.1:{port}?mode=listener&passphrase={PASSPHRASE}"
    with (
        sending(clip, listen),
        camera(f"srt://127.0.0.1:{port}?passphrase={PASSPHRASE}&streamid=court/1") as source,
    ):
        opened(source)
        found, code = heard(source)
        source.close()
    assert (pictures_of(found) >= 20, code) == (True, "closed")


def without_late_sound(stream: bytes) -> bytes:
    """Take the sound out of the second half of a transport stream; libav's gives it PID 257."""
    packets = [stream[at : at + 188] for at in range(0, len(stream), 188)]
    return b"".join(
        packet
        for at, packet in enumerate(packets)
        if at < len(packets) // 2 or (packet[1] & 31) << 8 | packet[2] != 257
    )


@contextmanager
def holding(stream: bytes, url: str) -> Iterator[None]:
    """Send bytes and then nothing, without ending."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "data", "-i", "pipe:0"]
    with subprocess.Popen(
        [*command, "-map", "0", "-c", "copy", "-f", "data", url], stdin=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(stream)
            process.stdin.flush()
            yield
        finally:
            process.kill()


def test_pictures_do_not_wait_for_the_sound_beside_them(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Senders put a quarter of a second of sound into one packet: pictures came in heaps."""
    monkeypatch.setattr(transport, "READ_US", 1_000_000)
    port = free_port()
    with camera(f"srt-listen://127.0.0.1:{port}?passphrase={PASSPHRASE}") as source:
        assert code_of(source.open) == "nobody_pushes"
        source.close()
        until_taken(port)
        stream = without_late_sound(clip.read_bytes())
        with holding(stream, f"srt://127.0.0.1:{port}?passphrase={PASSPHRASE}"):
            opened(source)
            found, code = heard(source)
            source.close()
    pictures = [item for item in found if item.timing.stream == "video"]
    assert code == "stalled"
    assert len(pictures) >= 30 - 4  # of what is sent, each program on the way may hold one


def test_what_is_no_transport_stream_is_not_looked_into(tmp_path: Path) -> None:
    """Another container, or a list of files, would have libav open whatever it names."""
    film = make_clip(tmp_path / "film.mkv", seconds=0.6).read_bytes()
    port = free_port()
    with camera(f"srt-listen://127.0.0.1:{port}?passphrase={PASSPHRASE}") as source:
        assert code_of(source.open) == "nobody_pushes"
        source.close()
        until_taken(port)
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "data", "-i", "pipe:0"]
        call = f"srt://127.0.0.1:{port}?passphrase={PASSPHRASE}"
        with subprocess.Popen(
            [*command, "-map", "0", "-c", "copy", "-f", "data", call], stdin=subprocess.PIPE
        ) as sender:
            assert sender.stdin is not None
            sender.stdin.write(film)
            sender.stdin.flush()
            deadline = time.monotonic() + SOON_S
            while (code := code_of(source.open)) == "nobody_pushes":
                source.close()
                assert time.monotonic() < deadline
            sender.kill()
        assert code == "garbage"
        source.close()


def test_who_does_not_answer_or_refuses_is_told(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(srt_bridge, "CONNECT_MS", 700)
    with camera(f"srt://127.0.0.1:{free_port()}") as source:
        assert code_of(source.open) == "unreachable"
        source.close()
    port = free_port()
    listen = f"srt://127.0.0.1:{port}?mode=listener&passphrase={PASSPHRASE}"
    with (
        sending(clip, listen),
        camera(f"srt://127.0.0.1:{port}?passphrase=wrong-passphrase") as source,
    ):
        until_taken(port)
        assert code_of(source.open) == "unauthorised"
        source.close()
    assert code_of(SrtSource("srt://h", now_us).open) == "unsupported"
