"""What a browser says passes; what would keep a parser busy does not."""

import pytest

from media.feeds.sdp_bounds import MOST_LINES, is_modest

BROWSER = [
    "v=0",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "a=rtpmap:111 opus/48000/2",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "a=rtpmap:96 H264/90000",
    "a=rtpmap:97 rtx/90000",
    "a=rtcp-fb:96 nack",
]


def test_a_browsers_offer_is_modest() -> None:
    assert is_modest(BROWSER)


@pytest.mark.parametrize(
    "more",
    [
        ["a=x"] * MOST_LINES,
        ["m=video 9 UDP/TLS/RTP/SAVPF 96"] * 9,
        [f"a=rtpmap:{number} H264/90000" for number in range(200)],
        ["a=rtpmap:96 H264/90000"] * 3,
        ["a=rtcp-fb:* nack"] * 17,
        [f"a=ssrc:{number} cname:x" for number in range(65)],
    ],
)
def test_what_repeats_itself_without_end_is_not(more: list[str]) -> None:
    assert not is_modest(BROWSER + more)
