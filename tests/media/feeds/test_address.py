"""Addresses of cameras that push: what they say, and what no feed can be opened from."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.address import (
    Address,
    DatagramAddress,
    DeviceAddress,
    RtmpListen,
    SrtAddress,
    UnfitAddress,
    WhipListen,
    parse_address,
)

KEY = "Right-key-0123456789"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"rtmp-listen://10.0.0.2:1935/live/{KEY}", RtmpListen("10.0.0.2", 1935, "live", KEY)),
        (f"whip-listen:///{KEY}", WhipListen(KEY)),
        (f"RTMP-LISTEN://[::]:1935/live/{KEY}", RtmpListen("::", 1935, "live", KEY)),
        (
            "srt-listen://10.0.0.2:9000?passphrase=p%40ssphrase!&latency=400",
            SrtAddress(True, "10.0.0.2", 9000, "p@ssphrase!", "", 400),
        ),
        (
            "srt://cam.court.cn:9000?streamid=%23!::r=court",
            SrtAddress(False, "cam.court.cn", 9000, "", "#!::r=court", 120),
        ),
        ("udp://239.1.1.1:5004", DatagramAddress(False, "239.1.1.1", 5004, "", "")),
        (
            "rtp-ts://239.1.1.1:5004?interface=10.0.0.2&source=10.0.0.9",
            DatagramAddress(True, "239.1.1.1", 5004, "10.0.0.2", "10.0.0.9"),
        ),
        ("udp://[ff15::7]:5004", DatagramAddress(False, "ff15::7", 5004, "", "")),
        (
            "v4l2:///dev/video0?size=1280x720&rate=30",
            DeviceAddress("v4l2", "/dev/video0", "1280x720", 30),
        ),
        ("alsa:///hw:1,0", DeviceAddress("alsa", "hw:1,0")),
    ],
)
def test_what_they_say(url: str, told: Address) -> None:
    assert parse_address(url) == told


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://h/x", "scheme"),
        ("//[", "scheme"),
        (f"rtmp-listen://camera:1935/live/{KEY}", "host"),
        (f"rtmp-listen://u:p@0.0.0.0:1935/live/{KEY}", "host"),
        (f"rtmp-listen://:1935/live/{KEY}", "host"),
        (f"rtmp-listen://0.0.0.0/live/{KEY}", "port"),
        (f"rtmp-listen://0.0.0.0:80/live/{KEY}", "port"),
        (f"rtmp-listen://0.0.0.0:99999/live/{KEY}", "port"),
        ("rtmp-listen://0.0.0.0:1935/live", "key"),
        ("rtmp-listen://0.0.0.0:1935/live/short", "key"),
        (f"rtmp-listen://0.0.0.0:1935/live/{KEY}/more", "key"),
        (f"rtmp-listen://0.0.0.0:1935/live/{KEY}%20", "key"),
        (f"rtmp-listen://0.0.0.0:1935//{KEY}", "key"),
        (f"rtmp-listen://0.0.0.0:1935/live/{KEY}?x=1", "option"),
        ("srt-listen://0.0.0.0:9000", "passphrase"),
        ("srt-listen://0.0.0.0:9000?passphrase=short", "passphrase"),
        ("srt-listen://0.0.0.0:9000?passphrase=" + "x" * 65, "passphrase"),
        ("srt-listen://0.0.0.0:9000?passphrase=with%0anewline", "passphrase"),
        ("srt-listen://0.0.0.0:9000?passphrase=0123456789&streamid=x", "option"),
        ("srt://cam:9000?streamid=a%0aoption%20x", "option"),
        ("srt://cam:9000?latency=999999", "option"),
        ("srt://cam:9000?mode=listener", "option"),
        ("srt://cam:9000/path", "option"),
        ("udp://host:5004", "host"),
        ("udp://239.1.1.1:5004?interface=eth0", "host"),
        ("udp://239.1.1.1:5004?source=::1", "option"),
        ("v4l2:///etc/passwd", "device"),
        ("v4l2:///dev/video0/../sda", "device"),
        ("v4l2:///dev/video0?size=1x1", "option"),
        ("alsa:///hw:1/x", "device"),
        ("alsa:///a%20b", "device"),
    ],
)
def test_where_they_are_wrong(url: str, fault: str) -> None:
    with pytest.raises(UnfitAddress) as found:
        parse_address(url)
    assert found.value.fault == fault


def test_secrets_are_not_in_what_may_be_printed() -> None:
    assert KEY not in repr(parse_address(f"rtmp-listen://0.0.0.0:1935/live/{KEY}"))
    assert "0123456789" not in repr(
        parse_address("srt-listen://0.0.0.0:9000?passphrase=0123456789")
    )


SCHEMES = st.sampled_from(["rtmp-listen", "srt", "srt-listen", "udp", "rtp-ts", "v4l2", "alsa"])


@given(SCHEMES, st.text(max_size=60))
def test_anything_is_understood_or_refused(scheme: str, rest: str) -> None:
    with contextlib.suppress(UnfitAddress):
        parse_address(f"{scheme}://{rest}")
