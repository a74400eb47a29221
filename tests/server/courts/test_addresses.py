import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.courts.addresses import accept, redact
from server.errors import Invalid


@pytest.mark.parametrize(
    "address",
    ["rtsp://192.0.2.7/main", "rtsps://cam:8322/", "file:///media/court.mp4", "testcard://1"],
)
def test_what_a_feed_can_open_is_taken(address: str) -> None:
    assert accept(f" {address} ") == address


@pytest.mark.parametrize(
    "address",
    ["", "http://x/", "rtsp:///x", "rtsp://h:99999/", "file:x", "rtsp://a b/", "rtsp://a\n/",
     "x" * 3000],
)  # fmt: skip
def test_what_no_feed_can_open_is_refused(address: str) -> None:
    with pytest.raises(Invalid):
        accept(address)


WORD = st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=12)


@given(user=WORD, password=WORD, token=WORD)
def test_no_secret_is_shown(user: str, password: str, token: str) -> None:
    shown = redact(f"rtsp://{user}:{password}@cam.court.cn:554/main?auth={token}")
    assert shown == "rtsp://***@cam.court.cn:554/main?***"
