"""What may be said about a camera's address."""

import pytest

from media.feeds.issues import CODES, redact


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("rtsp://user:pass@10.0.0.1/x", "rtsp://10.0.0.1/x"),
        ("rtsp://u:p@ss@10.0.0.1/x failed", "rtsp://10.0.0.1/x failed"),
        ("cannot open 'rtsp://u:p@h/x?token=abc&a=1'", "cannot open 'rtsp://h/x?token=…&a=1'"),
        ("http://h/x?user=me&password=p%40", "http://h/x?user=…&password=…"),
        ("rtmp-listen://0.0.0.0:1935/live/s3cret-key", "rtmp-listen://0.0.0.0:1935/live/…"),
        ("srt://h:9000?passphrase=s3cret&latency=9", "srt://h:9000?passphrase=…&latency=9"),
        ("nothing to hide", "nothing to hide"),
        ("one rtsp://a:b@c/ two rtsp://d:e@f/", "one rtsp://c/ two rtsp://f/"),
    ],
)
def test_credentials_go(told: str, kept: str) -> None:
    assert redact(told) == kept


def test_codes_are_words() -> None:
    assert all(code.replace("_", "").isalpha() and code.islower() for code in CODES)
