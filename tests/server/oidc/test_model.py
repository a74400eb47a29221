"""What of a provider's answers is believed."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.oidc.model import (
    FLOW_S,
    LOGOUT_EVENT,
    SKEW_S,
    Flow,
    Provider,
    Refused,
    authorization_address,
    belongs,
    challenge_of,
    check_claims,
    check_logout,
    code_of,
    is_subject,
    name_in,
    page_of_ours,
    read_metadata,
)

ISSUER = "https://id.example"
NOW = 1_800_000_000
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=court",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "id_token_signing_alg_values_supported": ["none", "HS256", "RS256", "ES256"],
}
PROVIDER = read_metadata(DOCUMENT, ISSUER)
FLOW = Flow("the-state", "the-nonce", "the-verifier", NOW)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "tingbo",
    "sub": "4711",
    "nonce": "the-nonce",
    "iat": NOW,
    "exp": NOW + 300,
}


def check(change: dict[str, Any], now: float = NOW, provider: Provider = PROVIDER) -> str:
    """Check a token's claims with some changed, those with None left out."""
    claims = {name: value for name, value in (CLAIMS | change).items() if value is not None}
    return check_claims(claims, provider, "tingbo", "the-nonce", now)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"aud": ["tingbo"]},
        {"aud": ["tingbo", "other"], "azp": "tingbo"},
        {"exp": NOW - SKEW_S + 1},
        {"iat": NOW + SKEW_S, "nbf": NOW + SKEW_S},
        {"iat": float(NOW - FLOW_S)},
        {"amr": ["pwd"], "email": "ada@court.example"},
    ],
)
def test_a_right_token_is_believed(change: dict[str, Any]) -> None:
    assert check(change) == "4711"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": None},
        {"iss": f"{ISSUER}/"},
        {"iss": [ISSUER]},
        {"aud": None},
        {"aud": "tingbo2"},
        {"aud": []},
        {"aud": {"tingbo": 1}},
        {"aud": ["tingbo", "other"]},
        {"aud": ["tingbo", "other"], "azp": "other"},
        {"azp": "other"},
        {"azp": ["tingbo"]},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": "the-Nonce"},
        {"nonce": 1},
        {"exp": None},
        {"exp": NOW - SKEW_S},
        {"exp": "2099"},
        {"exp": True},
        {"iat": None},
        {"iat": NOW - FLOW_S - SKEW_S - 1},
        {"iat": NOW + SKEW_S + 1},
        {"nbf": NOW + SKEW_S + 1},
        {"sub": None},
        {"sub": ""},
        {"sub": 4711},
        {"sub": "x" * 256},
        {"sub": "艾达"},
        {"sub": "4711\n"},
    ],
)
def test_a_wrong_token_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check(change)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=9), one, max_size=3),
    max_leaves=6,
)


@given(claims=st.dictionaries(st.sampled_from([*CLAIMS, "azp", "nbf"]), json_values))
def test_whatever_a_provider_says_is_refused_or_right(claims: dict[str, Any]) -> None:
    try:
        subject = check_claims(CLAIMS | claims, PROVIDER, "tingbo", "the-nonce", NOW)
    except Refused:
        return
    assert is_subject(subject)


@given(document=st.dictionaries(st.sampled_from([*DOCUMENT, "x"]), json_values))
def test_discovery_is_refused_or_leads_to_safe_addresses(document: dict[str, Any]) -> None:
    try:
        found = read_metadata(DOCUMENT | document, ISSUER)
    except Refused:
        return
    assert found.token_endpoint.startswith("https://")
    assert not {"none", "HS256"} & set(found.algorithms)


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://id.example/token"},
        {"jwks_uri": "http://127.0.0.1/keys"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
        {"id_token_signing_alg_values_supported": "RS256"},
    ],
)
def test_discovery_that_would_lead_astray_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        read_metadata(DOCUMENT | change, ISSUER)


def test_discovery_says_how_the_secret_is_shown() -> None:
    for methods, with_header in (
        (["client_secret_post"], False),
        (["client_secret_post", "client_secret_basic"], True),
        (["private_key_jwt"], True),
    ):
        told = DOCUMENT | {"token_endpoint_auth_methods_supported": methods}
        assert read_metadata(told, ISSUER).with_header is with_header
    assert PROVIDER.with_header
    assert PROVIDER.algorithms == ("RS256", "ES256")


def test_the_challenge_is_that_of_the_rfc() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_browser_carries_no_verifier() -> None:
    address = authorization_address(PROVIDER, "tingbo", "https://c/back", FLOW, with_profile=False)
    asked = parse_qs(urlsplit(address).query)
    assert asked["tenant"] == ["court"]
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == ["https://c/back"]
    assert "the-verifier" not in address


def test_an_answer_belongs_to_one_sign_in_for_a_while() -> None:
    right = {"state": "the-state"}
    assert belongs(right, FLOW, NOW + FLOW_S)
    assert not belongs(right, FLOW, NOW + FLOW_S + 1)
    assert not belongs(right, FLOW, NOW - 1)
    assert not belongs(right, replace(FLOW, proved="ada"), NOW)
    for state in ("", "the-stat", "状态", "\ud800"):
        assert not belongs({"state": state}, FLOW, NOW)
    assert not belongs({}, FLOW, NOW)


def test_an_answer_of_another_provider_is_refused() -> None:
    teller = replace(PROVIDER, tells_issuer=True)
    assert code_of({"code": "c"}, PROVIDER) == "c"
    assert code_of({"code": "c", "iss": ISSUER}, teller) == "c"
    assert code_of({"error": "access_denied"}, PROVIDER) == ""
    for query, provider in (
        ({"code": "c", "iss": "https://evil.example"}, PROVIDER),
        ({"code": "c"}, teller),
        ({"error": "x", "iss": "https://evil.example"}, PROVIDER),
        ({}, PROVIDER),
        ({"code": ""}, PROVIDER),
        ({"code": "x" * 2049}, PROVIDER),
    ):
        with pytest.raises(Refused):
            code_of(query, provider)


def test_names_are_compared_as_ours_are_kept() -> None:
    assert name_in({"preferred_username": " Ada "}, "preferred_username") == "ada"
    for claims in ({}, {"n": 3}, {"n": ["ada"]}, {"n": "x" * 65}):
        assert name_in(claims, "n") == ""
    assert name_in({"": "ada"}, "") == ""


@given(wanted=st.text(max_size=30))
def test_no_address_leads_to_another_site(wanted: str) -> None:
    for one in (wanted, f"/{wanted}", f"//{wanted}", f"/\\{wanted}", f"/\t/{wanted}"):
        page = page_of_ours(one)
        assert page.startswith("/")
        assert page[1:2] not in ("/", "\\")
        assert page.isprintable()


LOGOUT: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "tingbo",
    "sub": "4711",
    "sid": "s1",
    "jti": "t1",
    "iat": NOW,
    "exp": NOW + 120,
    "events": {LOGOUT_EVENT: {}},
}


@pytest.mark.parametrize("change", [{}, {"aud": ["other", "tingbo"]}, {"sub": None}, {"sid": None}])
def test_a_logout_of_this_provider_for_us_is_taken(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (LOGOUT | change).items() if value is not None}
    told = check_logout(claims, PROVIDER, "tingbo", NOW)
    assert told.subject == claims.get("sub", "")
    assert bool(told.session) == ("sid" in claims)
    assert "t1" not in told.token


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": NOW - SKEW_S},
        {"iat": None},
        {"iat": NOW - FLOW_S - SKEW_S - 1},
        {"iat": NOW + SKEW_S + 1},
        {"iat": True},
        {"events": None},
        {"events": []},
        {"events": {LOGOUT_EVENT: True}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"nonce": "the-nonce"},
        {"nonce": ""},
        {"sub": None, "sid": None},
        {"sub": 4711},
        {"sub": "\u00e9"},
        {"sid": 7},
        {"sid": ""},
        {"jti": None},
        {"jti": ""},
        {"jti": 1},
    ],
    ids=str,
)
def test_what_is_no_logout_of_this_provider_for_us_now_ends_nothing(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in (LOGOUT | change).items() if value is not None}
    with pytest.raises(Refused):
        check_logout(claims, PROVIDER, "tingbo", NOW)


def test_an_id_token_is_no_logout() -> None:
    with pytest.raises(Refused):
        check_logout(CLAIMS | {"jti": "t1"}, PROVIDER, "tingbo", NOW)
    with pytest.raises(Refused):
        check_claims(LOGOUT, PROVIDER, "tingbo", "the-nonce", NOW)
