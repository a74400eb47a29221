"""The seal's lines: read as written, torn anywhere, changed anywhere."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from media.spool.seal import (
    BEGINNING,
    Chain,
    Piece,
    first_words,
    parse,
    signed_words,
)


def written(pieces: int) -> bytes:
    chain = Chain(BEGINNING)
    raw = chain.line(first_words("judge", 3, BEGINNING))
    for number in range(pieces):
        digest = hashlib.sha256(b"%d" % number).digest()
        piece = Piece(number + 7, number * 100, 100, number, number + 1, digest, number % 2 == 0)
        raw += chain.line(piece.words())
    raw += chain.line(signed_words("f" * 32, bytes(64)))
    end = Piece(0, pieces * 100, 40, 0, 0, bytes(32), is_end=True)
    return raw + chain.line(end.words())


def test_what_is_written_is_read() -> None:
    raw = written(5)
    seal = parse(raw)
    assert (seal.camera, seal.volume, seal.problem, seal.size) == ("judge", 3, "", len(raw))
    assert [piece.sequence for piece in seal.pieces] == [7, 8, 9, 10, 11, 0]
    assert [piece.is_recovered for piece in seal.pieces[:3]] == [True, False, True]
    assert seal.is_complete
    assert (seal.end, seal.unsigned) == (540, 1)
    assert raw.endswith(seal.link.hex().encode() + b"\n")


@given(st.integers(0, len(written(4))))
def test_a_torn_seal_is_whole_up_to_its_last_line(cut: int) -> None:
    raw = written(4)[:cut]
    seal = parse(raw)
    assert seal.problem == ""
    assert seal.size == raw.rfind(b"\n") + 1


@given(st.integers(0, len(written(4)) * 8 - 1))
def test_a_changed_bit_breaks_the_chain_at_its_line(bit: int) -> None:
    raw = bytearray(written(4))
    raw[bit // 8] ^= 1 << bit % 8
    seal = parse(bytes(raw))
    assert seal.size <= bit // 8
    assert seal.problem or seal.size < len(raw)


def test_lines_of_another_place_do_not_fit() -> None:
    lines = written(4).splitlines(keepends=True)
    assert parse(b"".join([*lines[:2], *lines[3:]])).problem.startswith("line 3")
    assert parse(lines[0] + lines[2]).problem
    assert parse(b"anything\n").problem
