"""The test vectors of RFC 4226, Appendix D, and RFC 6238, Appendix B (SHA-1)."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from server.accounts.totp import (
    STEP_S,
    hotp,
    is_code,
    matching_step,
    otpauth_uri,
    secret_text,
    step_at,
)

SECRET = b"12345678901234567890"


def test_codes_of_counters() -> None:
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"
    assert [hotp(SECRET, counter) for counter in range(10)] == codes.split()


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_of_times(unix_s: int, code: str) -> None:
    assert hotp(SECRET, step_at(unix_s), digits=8) == code
    assert matching_step(SECRET, code[2:], unix_s) == step_at(unix_s)


def test_a_clock_may_be_a_step_off_and_no_more() -> None:
    code, step = hotp(SECRET, 1000), 1000
    for off, found in ((-2, None), (-1, step), (0, step), (1, step), (2, None)):
        assert matching_step(SECRET, code, (step + off) * STEP_S) == found


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "１２３４５６", "١٢٣٤٥٦"])
def test_what_is_no_code_opens_nothing(text: str) -> None:
    assert not is_code(text)
    assert matching_step(SECRET, text, 59) is None


def test_the_address_for_apps_carries_the_secret() -> None:
    uri = otpauth_uri(SECRET, "li.na@court", "Tingbo")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Tingbo:li.na%40court"
    [secret] = parse_qs(parts.query)["secret"]
    assert base64.b32decode(secret) == SECRET
    assert secret_text(b"1234567") == "GEZDGNBVGY3Q"
