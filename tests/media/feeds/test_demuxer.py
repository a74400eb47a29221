"""libav's errors as issue codes, without addresses."""

from __future__ import annotations

import errno

import av
import pytest

from media.errors import FeedLost
from media.feeds.demuxer import translated


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (av.error.HTTPUnauthorizedError(1, "401 Unauthorized", "rtsp://u:p@h/"), "unauthorised"),
        (av.error.HTTPNotFoundError(1, "404", "rtsp://u:p@h/"), "not_found"),
        (av.error.HTTPServerError(1, "503", "rtsp://u:p@h/"), "refused"),
        (av.error.HTTPOtherClientError(1, "461", "rtsp://u:p@h/"), "unsupported"),
        (
            av.error.ConnectionRefusedError(errno.ECONNREFUSED, "refused", "rtsp://u:p@h/"),
            "refused",
        ),
        (av.error.ExitError(1, "Immediate exit", "rtsp://u:p@h/"), "unreachable"),
        (av.error.InvalidDataError(1, "Invalid data", "rtsp://u:p@h/"), "garbage"),
        (av.error.OSError(errno.EHOSTUNREACH, "No route", "rtsp://u:p@h/"), "unreachable"),
        (OSError(errno.EMFILE, "Too many open files"), "failed"),
        (ValueError("rtsp://u:p@h/"), "failed"),
    ],
)
def test_codes(problem: Exception, code: str) -> None:
    found = translated(problem, while_open=False)
    assert found.code == code
    assert "u:p" not in str(found)


def test_silence_in_an_open_stream_is_a_stall() -> None:
    found = translated(av.error.TimeoutError(errno.ETIMEDOUT, "timed out"), while_open=True)
    assert isinstance(found, FeedLost)
    assert found.code == "stalled"
