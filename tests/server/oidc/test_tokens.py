"""Signatures: only those of the provider's keys, with algorithms that prove something."""

import hmac
import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, RSAKey

from server.oidc.model import ALGORITHMS, Refused
from server.oidc.tokens import UnknownKey, read_keys, signed_claims

RSA = RSAKey.generate_key(2048, {"kid": "r"})
EC = ECKey.generate_key("P-256", {"kid": "e"})
OTHER = ECKey.generate_key("P-256", {"kid": "e"})
TOLD: list[Any] = [RSA.as_dict(private=False), EC.as_dict(private=False)]
KEYS = read_keys({"keys": TOLD})
PAYLOAD = json.dumps({"sub": "4711"}).encode()


def text_of(part: object) -> str:
    """Return a part of a token."""
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def signed(header: dict[str, Any], key: Any, payload: bytes = PAYLOAD) -> str:  # noqa: ANN401
    """Return a token."""
    return jws.serialize_compact(header, payload, key, algorithms=[header["alg"]])


def test_a_token_of_a_known_key_is_read() -> None:
    for header, key in (({"alg": "RS256", "kid": "r"}, RSA), ({"alg": "ES256", "kid": "e"}, EC)):
        assert signed_claims(signed(header, key), KEYS, ALGORITHMS) == {"sub": "4711"}


def test_a_token_of_another_key_may_be_of_a_new_one() -> None:
    for header, key in (({"alg": "ES256", "kid": "e"}, OTHER), ({"alg": "ES256", "kid": "n"}, EC)):
        with pytest.raises(UnknownKey):
            signed_claims(signed(header, key), KEYS, ALGORITHMS)


def forged() -> dict[str, str]:
    """Return tokens that anybody can make, by how."""
    half = f"{text_of({'alg': 'HS256', 'kid': 'r'})}.{text_of({'sub': '4711'})}"
    code = hmac.digest(RSA.as_pem(private=False), half.encode(), "sha256")
    mac = urlsafe_b64encode(code).decode().rstrip("=")
    embedded = {"alg": "ES256", "kid": "e", "jwk": OTHER.as_dict(private=False)}
    body = text_of({"sub": "4711"})
    right = signed({"alg": "RS256", "kid": "r"}, RSA)
    return {
        "none": f"{text_of({'alg': 'none'})}.{body}.",
        "None": f"{text_of({'alg': 'None', 'kid': 'r'})}.{body}.",
        "the public key as a shared secret": f"{half}.{mac}",
        "a key of its own": f"{text_of(embedded)}.{body}.AAAA",
        "an algorithm that the provider does not name": signed({"alg": "RS512", "kid": "r"}, RSA),
        "a critical header": f"{text_of({'alg': 'RS256', 'kid': 'r', 'crit': ['x']})}.{body}.AA",
        "another payload": ".".join([right.split(".")[0], body + "AA", right.split(".")[2]]),
        "encrypted": ".".join(["AA"] * 5),
        "nothing": "",
        "too long": right + "A" * 20_000,
        "not a claim": signed({"alg": "RS256", "kid": "r"}, RSA, b"[]"),
        "no json": signed({"alg": "RS256", "kid": "r"}, RSA, b"{"),
        "deep": signed({"alg": "RS256", "kid": "r"}, RSA, b"[" * 4000),
    }


@pytest.mark.parametrize("how", forged())
def test_a_forged_token_is_refused(how: str) -> None:
    with pytest.raises(Refused):
        signed_claims(forged()[how], KEYS, ["RS256", "ES256"])


@given(token=st.text(st.sampled_from("eyJhbGciOiJub25lIn0.ABab_-=é"), max_size=60))
def test_whatever_is_sent_is_refused(token: str) -> None:
    with pytest.raises(Refused):
        signed_claims(token, KEYS, ALGORITHMS)


def test_what_cannot_sign_is_no_key() -> None:
    weak = TOLD[0] | {"n": "w" * 171}  # 1024 bits
    odd: list[Any] = [
        weak, 3, None, {}, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, TOLD[0] | {"use": "enc"},
        {"kty": ["RSA"]}, {"kty": "RSA", "n": 3, "e": []},
    ]  # fmt: skip
    assert len(read_keys({"keys": [*odd, TOLD[1]]}).keys) == 1
    wrong: list[dict[str, Any]] = [{}, {"keys": "x"}, {"keys": []}, {"keys": odd}]
    for document in wrong:
        with pytest.raises(Refused):
            read_keys(document)


def test_only_so_many_keys_are_read() -> None:
    assert isinstance(KEYS, KeySet)
    assert len(read_keys({"keys": TOLD * 100}).keys) == 64
