"""Where cameras push to, and which ports they can share."""

import pytest

from server.courts.push import place, target

KEY = "Right-key-0123456789"
OTHER = "Other-key-0123456789"
RTMP = f"rtmp-listen://0.0.0.0:1935/live/{KEY}"


@pytest.mark.parametrize(
    ("url", "server", "key", "address"),
    [
        (RTMP, "rtmp://court.cn:1935/live", KEY, f"rtmp://court.cn:1935/live/{KEY}"),
        (
            f"rtmp-listen://10.0.0.2:1935/live/{KEY}",
            "rtmp://10.0.0.2:1935/live",
            KEY,
            f"rtmp://10.0.0.2:1935/live/{KEY}",
        ),
        (
            "srt-listen://[::]:9000?passphrase=p%26ssphrase",
            "srt://court.cn:9000",
            "p&ssphrase",
            "srt://court.cn:9000?mode=caller&passphrase=p%26ssphrase",
        ),
        ("udp://239.1.1.1:5004", "udp://239.1.1.1:5004", "", "udp://239.1.1.1:5004"),
        ("rtp-ts://[fd00::1]:5004", "rtp://[fd00::1]:5004", "", "rtp://[fd00::1]:5004"),
    ],
)
def test_what_an_encoder_is_told(url: str, server: str, key: str, address: str) -> None:
    found = target(url, "court.cn")
    assert found is not None
    assert (found.server, found.key, found.address) == (server, key, address)
    assert not key or key not in repr(found)


@pytest.mark.parametrize(
    "url", ["rtsp://cam/x", "srt://cam:9000", "testcard://", "rtmp-listen://x"]
)
def test_to_others_nothing_is_pushed(url: str) -> None:
    assert target(url, "court.cn") is None


@pytest.mark.parametrize(
    ("one", "other", "in_one_room", "in_two_rooms"),
    [
        (RTMP, f"rtmp-listen://0.0.0.0:1935/live/{OTHER}", False, True),
        (RTMP, RTMP, True, True),
        (RTMP, f"rtmp-listen://10.0.0.2:1935/live/{OTHER}", True, True),
        (RTMP, f"rtmp-listen://0.0.0.0:1936/live/{KEY}", False, False),
        (f"rtmp-listen://10.0.0.1:1935/live/{KEY}", f"rtmp-listen://10.0.0.2:1935/live/{KEY}",
         False, False),
        ("udp://0.0.0.0:1935", RTMP, False, False),
        ("udp://0.0.0.0:9000", f"srt-listen://0.0.0.0:9000?passphrase={KEY}", True, True),
        ("udp://239.1.1.1:5004", "udp://239.1.1.2:5004", False, False),
        ("udp://239.1.1.1:5004", "rtp-ts://239.1.1.1:5004", True, True),
    ],
)  # fmt: skip
def test_who_can_share_a_port(one: str, other: str, in_one_room: bool, in_two_rooms: bool) -> None:
    first, second = place(one), place(other)
    assert first is not None
    assert second is not None
    for a, b in ((first, second), (second, first)):
        assert a.excludes(b, is_same_room=True) is in_one_room
        assert a.excludes(b, is_same_room=False) is in_two_rooms
