"""A camera in the worker: what is shown of it, and how it comes back from waiting undecoded."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.codec.context import Flags
from av.video.frame import PictureType

from media.assignment import Camera
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet, StreamDescription
from media.worker import cameras
from media.worker.cameras import CameraFeed
from tests.media.worker.room import BASE_MS, FRAME_US, SIZE, clock_picture, read_clock

pytestmark = pytest.mark.media
FROM_US = (BASE_MS + 5_000_000_000) * 1000
GOP, PICTURES = 25, 80


class Silence:
    """Takes sound and forgets it."""

    def push(self, camera: str, frame: av.AudioFrame, court_us: int) -> None:
        """Forget it."""


def coded(count: int, gop: int) -> Iterator[Packet]:
    """Yield pictures that tell their court time, a key frame at each ``gop``-th."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
    encoder.thread_count = 1
    encoder.flags |= Flags.global_header
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "1000"}
    encoder.open()
    for number in range(count):
        court_us = FROM_US + number * FRAME_US
        frame = av.VideoFrame.from_ndarray(clock_picture(court_us, number), format="yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        key = number % gop == 0
        frame.pict_type = PictureType.I if key else PictureType.NONE
        for packet in encoder.encode(frame):
            data = bytes(encoder.extradata or b"") + bytes(packet) if key else bytes(packet)
            yield Packet("video", court_us, court_us, court_us, FRAME_US, key, data)


def feed(folder: Path, gop: int = GOP) -> CameraFeed:
    """Return an opened camera that has sent all its pictures."""
    with Head.create(folder) as head:
        writer = SpoolWriter(folder, "one", head)
        writer.append(StreamDescription("video", "h264", b"", *SIZE, 0, 0))
        for packet in coded(PICTURES, gop):
            writer.append(packet)
        writer.close()
    camera = CameraFeed(folder, Camera("one", "one", "testcard:"), Silence())
    camera.open(Head.open(folder), FROM_US)
    return camera


def read_until(camera: CameraFeed, number: int) -> None:
    while camera.advance(FROM_US + number * FRAME_US):
        pass


def shown(camera: CameraFeed, number: int) -> int | None:
    """Return how many ticks old the picture is that is seen at a tick."""
    view = camera.view(FROM_US + number * FRAME_US, FRAME_US // 2)
    if view.picture is None:
        return None
    clock_ms = read_clock(view.picture.to_ndarray(format="gray"))
    assert clock_ms is not None
    return number - (clock_ms * 1000 - FROM_US) // FRAME_US


def test_each_tick_has_its_picture(tmp_path: Path) -> None:
    camera = feed(tmp_path)
    for number in range(0, PICTURES, 7):
        read_until(camera, number)
        assert shown(camera, number) == 0
    camera.close()


@pytest.mark.parametrize("gop", [GOP, 1000])
def test_a_camera_without_a_place_is_there_as_soon_as_it_has_one(tmp_path: Path, gop: int) -> None:
    camera = feed(tmp_path, gop)
    camera.attend(attended=False)
    for number in range(70):
        camera.advance(FROM_US + number * FRAME_US)
        at_us = FROM_US + number * FRAME_US
        assert camera.view(at_us, FRAME_US // 2).lost  # nobody waits for it
        assert camera.state(at_us, placed=False) == "ready"
    camera.attend(attended=True)
    read_until(camera, 70)
    assert shown(camera, 70) == 0
    read_until(camera, 77)
    assert shown(camera, 77) == 0
    assert camera.errors == 0
    camera.close()


def test_it_goes_on_where_it_was_if_it_is_wanted_again_at_once(tmp_path: Path) -> None:
    camera = feed(tmp_path)
    read_until(camera, 30)
    camera.attend(attended=False)
    read_until(camera, 33)
    camera.attend(attended=True)
    read_until(camera, 36)
    assert shown(camera, 36) == 0
    assert camera.errors == 0
    camera.close()


def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera with rare key frames is decoded all the same, and loses nothing by it."""
    monkeypatch.setattr(cameras, "_MOST_BACKLOG", 10)
    camera = feed(tmp_path, 1000)
    camera.attend(attended=False)
    read_until(camera, 70)
    camera.attend(attended=True)
    for _ in range(3):  # four each time, so that ten were left to decode
        camera.advance(FROM_US + 70 * FRAME_US)
    assert shown(camera, 70) == 0
    assert camera.errors == 0
    camera.close()


def test_a_camera_that_falls_silent_is_lost_whether_it_is_shown_or_not(tmp_path: Path) -> None:
    camera = feed(tmp_path)
    read_until(camera, PICTURES)
    shown(camera, PICTURES - 1)
    last_us = FROM_US + (PICTURES - 1) * FRAME_US
    assert not camera.view(last_us + 990_000, 0).lost
    after_us = last_us + 1_010_000  # "slate within a second"
    assert camera.view(after_us, 0).lost
    assert camera.state(after_us, placed=True) == "lost"
    camera.attend(attended=False)
    assert camera.state(after_us, placed=False) == "lost"
    camera.close()
