"""The tree is that of RFC 6962, whether it is made at once, piece by piece or by a path."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.proof.tree import audit_path, merkle_root, root_by_path


def digests_of(count: int) -> list[bytes]:
    return [hashlib.sha256(b"%d" % number).digest() for number in range(count)]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8])
def test_every_digest_counts_for_the_root(count: int) -> None:
    digests = digests_of(count)
    root = merkle_root(digests)
    assert len({root, *(merkle_root(digests[:n]) for n in range(count))}) == count + 1
    for at in range(count):
        assert merkle_root([*digests[:at], bytes([99]) * 32, *digests[at + 1 :]]) != root


def test_the_root_is_that_of_rfc_6962() -> None:
    leaf = [hashlib.sha256(b"\0" + bytes([n]) * 32).digest() for n in range(3)]
    pair = hashlib.sha256(b"\1" + leaf[0] + leaf[1]).digest()
    expected = hashlib.sha256(b"\1" + pair + leaf[2]).digest()
    assert merkle_root(bytes([n]) * 32 for n in range(3)) == expected


@given(st.integers(1, 70).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_a_path_leads_to_the_root_and_from_no_other_place(which: tuple[int, int]) -> None:
    count, at = which
    digests = digests_of(count)
    path = audit_path(digests, at)
    root = merkle_root(digests)
    assert root_by_path(digests[at], at, count, path) == root
    if count > 1:
        assert root_by_path(digests[at - 1], at, count, path) != root
        with pytest.raises(ValueError, match="too short"):
            root_by_path(digests[at], at, count, path[:-1])
    with pytest.raises(ValueError, match="too long"):
        root_by_path(digests[at], at, count, [*path, digests[0]])
    with pytest.raises(ValueError, match="no place"):
        root_by_path(digests[at], count, count, path)
