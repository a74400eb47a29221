import base64
import hashlib
import hmac

import pytest

from server.turn import CREDENTIAL_SECONDS, links, read_urls

SECRET = "north"  # noqa: S105


def test_servers_are_read_from_a_setting() -> None:
    assert read_urls("") == ()
    text = "stun:s.example:3478, turn:t.example?transport=udp turns:[2001:db8::1]:443?transport=tcp"
    assert read_urls(text) == (
        "stun:s.example:3478",
        "turn:t.example?transport=udp",
        "turns:[2001:db8::1]:443?transport=tcp",
    )


@pytest.mark.parametrize(
    "text",
    ["http://t.example", "turn:", "turn:a>b", 'turn:a"b', "turn:a\x00", "t.example", "turn:é"],
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="begins with"):
        read_urls(text)


def test_credentials_hold_for_a_hearing_day_and_are_coturns() -> None:
    link, _ = links(("turn:t.example", "turns:t.example"), SECRET, 1000.9, "abc")
    username = f"{1000 + CREDENTIAL_SECONDS}:abc"
    digest = hmac.digest(SECRET.encode(), username.encode(), hashlib.sha1)
    credential = base64.b64encode(digest).decode()
    assert link == (
        f'<turn:t.example>; rel="ice-server"; username="{username}"; '
        f'credential="{credential}"; credential-type="password"'
    )
    assert SECRET not in link


def test_a_stun_server_needs_no_credentials() -> None:
    assert links(("stun:s.example",), "", 0, "abc") == ['<stun:s.example>; rel="ice-server"']
    assert links((), "", 0, "abc") == []
