"""Devices of this machine, as far as a machine without any can tell."""

from __future__ import annotations

import errno
from pathlib import Path

import av
import pytest

from media.errors import FeedLost
from media.feeds import device
from media.feeds.address import DeviceAddress
from media.feeds.arrival import Arrived
from media.feeds.demuxer import Demuxer
from media.feeds.device import DeviceSource, device_trouble
from tests.media.feeds.cameras import code_of, make_clip


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENODEV, "no_device"),
        (errno.EBUSY, "device_busy"),
        (errno.EACCES, "unauthorised"),
        (errno.ENOMEM, "failed"),
    ],
)
def test_what_a_device_says_in_words(number: int, code: str) -> None:
    assert device_trouble(OSError(number, "x"), while_open=False).code == code
    lost = device_trouble(OSError(number, "x"), while_open=True)
    assert (type(lost), lost.code) == (FeedLost, code)


@pytest.mark.parametrize("url", ["v4l2:///dev/video987", "alsa:///hw:31,7"])
def test_a_missing_device_is_told(url: str) -> None:
    source = DeviceSource(url, lambda: 0)
    assert code_of(source.open) == "no_device"
    source.close()
    assert code_of(source.read) == "closed"


def test_what_is_no_camera_is_told() -> None:
    assert code_of(lambda: device._camera(DeviceAddress("v4l2", "/dev/null"))) == "no_device"
    assert code_of(DeviceSource("v4l2:///etc/passwd", lambda: 0).open) == "unsupported"


@pytest.mark.media
def test_what_a_device_gives_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.4, sound=None)
    monkeypatch.setattr(device, "_camera", lambda _: Demuxer(av.open(str(clip), mode="r")))
    source = DeviceSource("v4l2:///dev/video0", lambda: 1_000_000)
    (described,) = source.open()
    assert described.codec == "h264"
    found = [item for _ in range(10) for item in source.read()]
    assert all(isinstance(item, Arrived) for item in found)
    assert code_of(source.read) == "no_device"
    source.close()


@pytest.mark.media
def test_raw_pictures_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = make_clip(tmp_path / "clip.avi", seconds=0.2, video="rawvideo", sound=None)
    monkeypatch.setattr(device, "_camera", lambda _: Demuxer(av.open(str(clip), mode="r")))
    assert code_of(DeviceSource("v4l2:///dev/video0", lambda: 0).open) == "unsupported"
