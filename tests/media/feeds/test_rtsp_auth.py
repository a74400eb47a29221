"""Names and passwords: proved and checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.rtsp_auth import Credentials, Proof, challenges
from media.feeds.rtsp_message import Request

URL = "rtsp://h/a"


def test_the_digest_of_the_rfc() -> None:
    credentials = Credentials("Mufasa", "Circle Of Life", "testrealm@host.com")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    told = (
        f'Digest username="Mufasa", realm="testrealm@host.com", nonce="{nonce}", '
        'uri="/dir/index.html", response="670fd8c2df070c60b045671b8b24ff02"'
    )  # the example of RFC 2617 §3.5, without qop
    request = Request("GET", "/dir/index.html", {"authorization": told})
    assert credentials.is_proved(request, nonce)
    assert not credentials.is_proved(request, "other")
    assert not Credentials("Mufasa", "wrong", "testrealm@host.com").is_proved(request, nonce)
    assert not credentials.is_proved(Request("GET", "/", {"authorization": "Basic x"}), nonce)
    assert nonce in credentials.challenge(nonce)["WWW-Authenticate"]


def test_the_digests_of_rfc_7616() -> None:
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    for algorithm, response in (
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        told = f'realm="http-auth@example.org", qop="auth, auth-int", nonce="{nonce}", opaque="o"'
        proof = Proof("Mufasa", "Circle of Life")
        assert proof.take(f"Digest {told}, algorithm={algorithm}")
        own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
        header = proof.header("GET", "/dir/index.html", own)["Authorization"]
        assert f'response="{response}"' in header
        assert 'opaque="o"' in header
        assert "nc=00000001" in header


@pytest.mark.parametrize("scheme", ["basic", "MD5", "SHA-256"])
def test_what_one_side_proves_the_other_believes(scheme: str) -> None:
    camera = Credentials("me", 'p@"ss 密', scheme=scheme)
    for password, is_right in (('p@"ss 密', True), ("wrong", False)):
        proof = Proof("me", password)
        assert proof.take(camera.challenge("n1")["WWW-Authenticate"])
        for _ in range(2):
            told = proof.header("PLAY", URL, "own")["Authorization"]
            request = Request("PLAY", URL, {"authorization": told})
            assert camera.is_proved(request, "n1") is is_right


def test_the_strongest_way_is_taken_and_no_challenge_twice() -> None:
    offers = (
        'Basic realm="r", Digest realm="r", nonce="one", algorithm=SHA-256\n'
        'Digest realm="r", nonce="two"\nNegotiate abc\nDigest realm="r", nonce=x, algorithm=X-9'
    )
    assert [one.algorithm for one in challenges(offers)] == ["", "SHA-256", "MD5", "X-9"]
    proof = Proof("me", "secret")
    assert proof.header("PLAY", URL, "c") == {}
    assert proof.take(offers)
    assert 'nonce="one"' in proof.header("PLAY", URL, "c")["Authorization"]
    assert not proof.take(offers)
    assert not proof.take("Negotiate abc")
    assert not Proof("", "").take(offers)


def asking(nonce: str, more: str = "") -> str:
    return f'Digest realm="r", nonce="{nonce}"{more}'


@pytest.mark.parametrize("next_one", [asking("two"), 'Basic realm="r"'])
def test_a_wrong_password_is_told_once_though_another_nonce_comes(next_one: str) -> None:
    proof = Proof("me", "wrong")
    assert proof.take(asking("one"))
    assert proof.header("DESCRIBE", URL, "c")
    assert not proof.take(next_one)


def test_who_asks_for_a_digest_never_gets_the_password() -> None:
    proof = Proof("me", "secret")
    assert proof.take(asking("one", ', algorithm=""'))
    assert proof.header("DESCRIBE", URL, "c")["Authorization"].startswith("Digest ")


def test_a_nonce_that_was_good_is_followed_by_the_next() -> None:
    proof = Proof("me", "secret")
    for number in range(5):  # each is good for one request
        assert proof.take(asking(f"n{number}"))
        assert f'nonce="n{number}"' in proof.header("SETUP", URL, "c")["Authorization"]
        assert proof.header("PLAY", URL, "c")


def test_a_camera_may_call_a_nonce_too_old_but_not_for_ever() -> None:
    proof = Proof("me", "secret")
    taken = 0
    while proof.take(asking(f"n{taken}", ", stale=TRUE")):
        assert proof.header("DESCRIBE", URL, "c")
        taken += 1
    assert taken == 3


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_hostile_challenge_cannot_break_out_of_the_header(realm: str, nonce: str) -> None:
    proof = Proof("me", "secret")
    if proof.take(f'Digest realm="{realm}", nonce="{nonce}"'):
        told = proof.header("PLAY", URL, "c")["Authorization"]
        assert "\r" not in told
        assert "\n" not in told
        assert "secret" not in told.replace(realm, "").replace(nonce, "")
