from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.partners.model import (
    TERMS_VERSION,
    Partner,
    PartnerKey,
    Refusal,
    Scope,
    key_text,
    parse_key,
    refusal,
)
from tests.server.counted import START

PARTNER = Partner("p1", "电视台", "", START, TERMS_VERSION, START, None)
KEY = PartnerKey("k" * 12, "p1", "", frozenset({Scope.PULL}), START, None, None, None)


@pytest.mark.parametrize(
    ("partner", "key", "expected"),
    [
        (PARTNER, KEY, None),
        (PARTNER, replace(KEY, revoked_at=START), Refusal.REVOKED),
        (PARTNER, replace(KEY, expires_at=START), Refusal.EXPIRED),
        (PARTNER, replace(KEY, expires_at=START + timedelta(seconds=1)), None),
        (replace(PARTNER, suspended_at=START), KEY, Refusal.SUSPENDED),
        (replace(PARTNER, terms_accepted_at=None), KEY, Refusal.TERMS),
        (replace(PARTNER, terms_version="older"), KEY, Refusal.TERMS),
        (PARTNER, replace(KEY, scopes=frozenset({Scope.READ})), Refusal.SCOPE),
    ],
)
def test_why_a_key_is_refused(partner: Partner, key: PartnerKey, expected: Refusal | None) -> None:
    assert refusal(partner, key, Scope.PULL, START) is expected


def test_a_keys_text_is_taken_apart_again() -> None:
    assert parse_key(key_text("a1b2c3d4e5f6", "s" * 43)) == ("a1b2c3d4e5f6", "s" * 43)


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    assert parse_key(text) is None
    assert parse_key(f"tbp_{text}") is None
