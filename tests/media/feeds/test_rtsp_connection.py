"""Addresses of cameras, and what answers and failures mean."""

from __future__ import annotations

import ssl

import pytest

from media.feeds import issues
from media.feeds.rtsp_connection import Address, code_of, refused
from tests.media.feeds.cameras import code_of as refusal_of


def test_an_address_is_taken_apart() -> None:
    found = Address.parse("RTSPS://me:p%40ss%3A@[2001:db8::1]:8322/a?b=c#udp&pin=AB:cd")
    assert (found.host, found.port, found.is_tls, found.is_udp) == ("2001:db8::1", 8322, True, True)
    assert (found.user, found.password, found.pin) == ("me", "p@ss:", "abcd")
    assert found.url == "rtsps://[2001:db8::1]:8322/a?b=c"
    assert "p@ss" not in repr(found)
    plain = Address.parse("rtsp://h/a")
    assert (plain.port, plain.user, plain.is_udp, plain.pin) == (554, "", False, "")
    assert Address.parse("rtsps://h").port == 322


@pytest.mark.parametrize(
    "url", ["rtsp://", "http://h/", "rtsp://h:x/", "rtsp://h/#tcp", "rtsp://["]
)
def test_what_is_no_address(url: str) -> None:
    assert refusal_of(lambda: Address.parse(url)) == issues.UNSUPPORTED


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, issues.UNAUTHORISED),
        (403, issues.UNAUTHORISED),
        (404, issues.NOT_FOUND),
        (302, issues.REDIRECTED),
        (453, issues.BUSY),
        (503, issues.BUSY),
        (461, issues.UNSUPPORTED),
        (500, issues.REFUSED),
        (999, issues.GARBAGE),
    ],
)
def test_answers_have_codes(status: int, code: str) -> None:
    assert refused(status).code == code


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (ConnectionRefusedError(), issues.REFUSED),
        (ConnectionResetError(), issues.CLOSED),
        (TimeoutError(), issues.UNREACHABLE),
        (OSError(113, "no route"), issues.UNREACHABLE),
        (ssl.SSLCertVerificationError(), issues.CERTIFICATE),
        (ssl.SSLError(), issues.GARBAGE),
    ],
)
def test_failures_have_codes(problem: OSError, code: str) -> None:
    assert code_of(problem) == code
