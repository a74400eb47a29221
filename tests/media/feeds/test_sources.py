"""Addresses find their sources."""

import pytest

from media.feeds.datagrams import DatagramSource
from media.feeds.device import DeviceSource
from media.feeds.file import FileSource
from media.feeds.rtmp import RtmpSource
from media.feeds.rtsp import RtspSource
from media.feeds.sources import source_for
from media.feeds.srt import SrtSource
from media.feeds.testcard import TestcardSource
from tests.media.feeds.cameras import code_of


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://h/x", RtspSource),
        ("RTSP://h/x#udp", RtspSource),
        ("file:/x.mp4", FileSource),
        ("testcard:", TestcardSource),
        ("rtmp-listen://0.0.0.0:1935/live/0123456789abcdef", RtmpSource),
        ("srt://h:9000", SrtSource),
        ("srt-listen://0.0.0.0:9000?passphrase=0123456789", SrtSource),
        ("udp://239.1.1.1:5004", DatagramSource),
        ("rtp-ts://239.1.1.1:5004", DatagramSource),
        ("v4l2:///dev/video0", DeviceSource),
        ("alsa:///hw:0", DeviceSource),
    ],
)
def test_known_kinds(url: str, kind: type) -> None:
    assert isinstance(source_for(url, lambda: 0), kind)


@pytest.mark.parametrize("url", ["", "http://h/x", "rtsp", "//[", "javascript:alert(1)"])
def test_unknown_kinds_say_so(url: str) -> None:
    assert code_of(source_for(url, lambda: 0).open) == "unsupported"
