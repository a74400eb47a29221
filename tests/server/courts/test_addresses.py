import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.courts.addresses import accept, redact
from server.errors import Invalid

KEY = "Right-key-0123456789"


@pytest.mark.parametrize(
    "address",
    ["rtsp://192.0.2.7/main", "rtsps://cam:8322/", "file:///media/court.mp4", "testcard://1",
     f"rtmp-listen://0.0.0.0:1935/live/{KEY}", f"srt-listen://[::]:9000?passphrase={KEY}",
     "srt://cam:9000?streamid=x", "udp://239.1.1.1:5004?interface=192.0.2.7",
     "rtp-ts://192.0.2.7:5004", "v4l2:///dev/video0?size=1280x720", "alsa:///hw:1,0"],
)  # fmt: skip
def test_what_a_feed_can_open_is_taken(address: str) -> None:
    assert accept(f" {address} ", "unused") == address


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("rtmp-listen://0.0.0.0:1935/live", f"rtmp-listen://0.0.0.0:1935/live/{KEY}"),
        ("rtmp-listen://0.0.0.0:1935/live/", f"rtmp-listen://0.0.0.0:1935/live/{KEY}"),
        ("srt-listen://0.0.0.0:9000", f"srt-listen://0.0.0.0:9000?passphrase={KEY}"),
        (
            "srt-listen://0.0.0.0:9000?latency=200",
            f"srt-listen://0.0.0.0:9000?latency=200&passphrase={KEY}",
        ),
    ],
)
def test_a_camera_that_pushes_gets_a_key_if_it_has_none(address: str, whole: str) -> None:
    assert accept(address, KEY) == whole


@pytest.mark.parametrize(
    "address",
    ["", "http://x/", "rtsp:///x", "rtsp://h:99999/", "file:x", "rtsp://a b/", "rtsp://a\n/",
     "x" * 3000, "rtmp-listen://0.0.0.0:1935/live/short", "rtmp-listen://0.0.0.0:80/live",
     "rtmp-listen://0.0.0.0:1935", "srt-listen://0.0.0.0:9000?passphrase=short",
     "srt-listen://0.0.0.0:9000?mode=caller", "udp://somewhere:5004", "udp://239.1.1.1:5004#x",
     "v4l2:///etc/passwd", "alsa:///hw:0/../x", "srt://u:p@cam:9000"],
)  # fmt: skip
def test_what_no_feed_can_open_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        accept(address, KEY)


WORD = st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=12)


@given(user=WORD, password=WORD, token=WORD)
def test_no_secret_is_shown(user: str, password: str, token: str) -> None:
    shown = redact(f"rtsp://{user}:{password}@cam.court.cn:554/main?auth={token}")
    assert shown == "rtsp://***@cam.court.cn:554/main?***"
    shown = redact(f"rtmp-listen://0.0.0.0:1935/live/{password}")
    assert shown == "rtmp-listen://0.0.0.0:1935/live/***"
    assert password not in redact(f"srt-listen://0.0.0.0:9000?passphrase={password}")
