"""A proof document is hostile: whatever is changed in it, nothing false is called genuine."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.proof.daily import CHAIN_BEGINNING, DailyRoot, copy_statement
from media.proof.judging import (
    Held,
    NotJudged,
    Proof,
    differing,
    known_copy,
    read_list,
    read_pieces,
    read_proof,
    verdict_on_changed,
    verdict_on_copy,
    verdict_on_listed,
)
from media.proof.signed import SignedLine, canonical, sealed_line
from media.proof.tree import PIECE, audit_path, merkle_root

LISTING = f"{'ab' * 32}  v1/0.m4s\n".encode()
PIECES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(3))
SIZE = 2 * PIECE + 9


def signature(message: bytes) -> bytes:
    return hashlib.sha512(b"the court" + message).digest()


def is_signed(signed: SignedLine, message: bytes) -> bool:
    return signed.signature == signature(message)


def sealed(kind: bytes, document: bytes) -> str:
    return sealed_line(document, "f" * 32, signature(kind + document)).decode()


def made() -> dict[str, Any]:
    """A whole document of two statements and their day."""
    digest = hashlib.sha256(LISTING).hexdigest()
    public = {"digest": digest, "files": 1, "size": 19}
    sheet = sealed(
        b"tingbo record sheet\n", canonical({"broadcast": "b1", "public": public, "cameras": []})
    )
    root = merkle_root(PIECES).hex()
    statement = copy_statement("b1", SIZE, root, "cd" * 32)
    digests = [hashlib.sha256(one).digest() for one in (sheet.encode(), statement)]
    daily = DailyRoot(
        "c1", "2026-11-26", "Asia/Shanghai", 2, merkle_root(digests).hex(), CHAIN_BEGINNING, "00"
    )
    day = sealed(b"tingbo daily root\n", daily.document())

    def under(place: int) -> dict[str, Any]:
        path = [one.hex() for one in audit_path(digests, place)]
        return {"day": daily.day, "place": place, "entries": 2, "path": path, "signed": day}

    copy_told = {"root": root, "sha256": "cd" * 32, "bytes": SIZE, "pieces": "/p", "day": under(1)}
    return {
        "format": "tingbo proof 1",
        "broadcast": "b1",
        "record": {"signed": sheet, "day": under(0)},
        "public": {**public, "list": "/l"},
        "copies": [copy_told],
    }


def read(document: Any) -> Proof:  # noqa: ANN401
    return read_proof(document, is_signed)


def test_a_whole_document_is_believed_and_its_day_is_told() -> None:
    proof = read(made())
    assert proof.day == proof.copies[0].day == "2026-11-26"
    held = Held("film.mp4", SIZE, "cd" * 32, PIECES)
    found = known_copy(held, proof)
    assert found is not None
    assert verdict_on_copy(found).is_genuine is True
    assert read_list(LISTING, proof) == {"ab" * 32: "v1/0.m4s"}
    assert "2026-11-26" in verdict_on_listed("v1/0.m4s", proof).sentences[1]
    assert known_copy(Held("film.mp4", SIZE + 1, "", PIECES), proof) is None


def test_a_copy_under_no_signed_day_is_not_called_genuine() -> None:
    document = made()
    document["copies"][0]["day"] = None
    verdict = verdict_on_copy(read(document).copies[0])
    assert verdict.is_genuine is None


def test_a_copy_that_was_slipped_in_is_refused() -> None:
    document = made()
    document["copies"][0]["root"] = "ee" * 32
    with pytest.raises(NotJudged, match="not over this record"):
        read(document)


def test_a_sheet_of_another_broadcast_is_refused() -> None:
    with pytest.raises(NotJudged, match="another broadcast"):
        read({**made(), "broadcast": "b2"})


def test_what_the_document_points_at_is_held_to_it() -> None:
    proof = read(made())
    with pytest.raises(NotJudged, match="list"):
        read_list(LISTING + b"x", proof)
    assert read_pieces(b"".join(PIECES), proof.copies[0]) == list(PIECES)
    for wrong in (b"", b"x", b"".join(PIECES[:2])):
        with pytest.raises(NotJudged, match="pieces"):
            read_pieces(wrong, proof.copies[0])


@pytest.mark.parametrize(
    ("pieces", "size", "places"),
    [
        ((PIECES[0], b"x", PIECES[2]), SIZE, [(PIECE, 2 * PIECE)]),
        ((b"x", b"y", PIECES[2]), SIZE, [(0, 2 * PIECE)]),
        (PIECES[:2], 2 * PIECE, [(2 * PIECE, SIZE)]),
        ((*PIECES[:2], b"x", b"y"), 3 * PIECE + 1, [(2 * PIECE, 3 * PIECE + 1)]),
    ],
)
def test_where_a_film_differs_is_told(
    pieces: tuple[bytes, ...], size: int, places: list[tuple[int, int]]
) -> None:
    found = differing(Held("film.mp4", size, "", pieces), PIECES, SIZE)
    assert found == places
    verdict = verdict_on_changed(found)
    assert verdict.is_genuine is False
    assert str(places[0][0]) in verdict.sentences[1]


_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([float("inf"), float("nan"), 0.5]),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def places_of(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    inside = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    return [at, *(one for name, its in inside for one in places_of(its, (*at, name)))]


@given(st.data())
def test_no_change_anywhere_makes_it_stumble_or_lie(data: st.DataObject) -> None:
    document = made()
    where = data.draw(st.sampled_from(places_of(document)))
    odd = data.draw(_ODD)
    changed: Any = copy.deepcopy(document)
    if not where:
        changed = odd
    else:
        inside = changed
        for name in where[:-1]:
            inside = inside[name]
        inside[where[-1]] = odd
    try:
        proof = read(changed)
    except NotJudged:
        return
    whole = read(document)
    assert proof.public_digest == whole.public_digest
    assert {one.root for one in proof.copies if one.day} <= {one.root for one in whole.copies}
