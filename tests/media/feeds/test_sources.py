"""Addresses find their sources."""

import pytest

from media.feeds.file import FileSource
from media.feeds.rtsp import RtspSource
from media.feeds.sources import source_for
from media.feeds.testcard import TestcardSource
from tests.media.feeds.cameras import code_of


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("rtsp://h/x", RtspSource),
        ("RTSP://h/x#udp", RtspSource),
        ("file:/x.mp4", FileSource),
        ("testcard:", TestcardSource),
    ],
)
def test_known_kinds(url: str, kind: type) -> None:
    assert isinstance(source_for(url, lambda: 0), kind)


@pytest.mark.parametrize("url", ["", "http://h/x", "rtsp", "//[", "javascript:alert(1)"])
def test_unknown_kinds_say_so(url: str) -> None:
    assert code_of(source_for(url, lambda: 0).open) == "unsupported"
