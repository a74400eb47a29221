"""Delivery directives, table by table (draft-pantos-hls-rfc8216bis-22 §6.2.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import InvalidReload
from media.hls import reload
from media.hls.reload import Directives
from media.hls.window import Edge

# Segment 10 is complete with 6 parts, 2 parts of segment 11 are there.
EDGE = Edge(complete=10, final=6, open=2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Directives()),
        ({"session": "x", "_HLS_other": "y"}, Directives()),
        ({"_HLS_msn": "12"}, Directives(12)),
        ({"_HLS_msn": "007", "_HLS_part": "3"}, Directives(7, 3)),
        ({"_HLS_skip": "YES"}, Directives(skip=True)),
        ({"_HLS_msn": "1", "_HLS_part": "0", "_HLS_skip": "v2"}, Directives(1, 0, True, True)),
        ({"_HLS_msn": str(2**64 - 1)}, Directives(2**64 - 1)),
    ],
)
def test_known_directives(query: dict[str, str], expected: Directives) -> None:
    assert reload.parse(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"_HLS_part": "0"},
        {"_HLS_msn": ""},
        {"_HLS_msn": "-1"},
        {"_HLS_msn": "+1"},
        {"_HLS_msn": "1.5"},
        {"_HLS_msn": "١"},
        {"_HLS_msn": " 1"},
        {"_HLS_msn": "1\n"},
        {"_HLS_msn": str(2**64)},
        {"_HLS_msn": "1" * 5000},
        {"_HLS_msn": "1", "_HLS_part": "x"},
        {"_HLS_skip": "yes"},
        {"_HLS_skip": ""},
    ],
)
def test_what_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(InvalidReload):
        reload.parse(query)


@pytest.mark.parametrize(
    ("msn", "part", "satisfied"),
    [
        (None, None, True),
        (0, None, True),  # long gone: the whole playlist
        (0, 99, True),
        (10, None, True),
        (11, None, False),  # the whole segment is waited for
        (12, None, False),
        (10, 5, True),
        (10, 6, True),  # beyond the last part: part 0 of the next segment, which is there
        (11, 0, True),
        (11, 1, True),
        (11, 2, False),
        (12, 0, False),
    ],
)
def test_when_a_request_is_answered(msn: int | None, part: int | None, satisfied: bool) -> None:
    assert reload.is_satisfied(Directives(msn, part), EDGE) is satisfied


def test_beyond_the_last_part_waits_for_the_next_segment() -> None:
    closed = Edge(complete=10, final=6, open=0)
    assert not reload.is_satisfied(Directives(10, 6), closed)
    assert reload.is_satisfied(Directives(10, 5), closed)
    assert reload.is_satisfied(Directives(10, 6), EDGE)


@pytest.mark.parametrize(
    ("msn", "part", "fine"),
    [
        (0, None, True),
        (0, 5000, True),  # an old segment: the part does not matter
        (12, None, True),
        (13, None, False),  # "greater than … the last Media Segment plus two"
        (11, 11, True),  # newest part 1, limit 3 / 0.32 → 10 parts ahead
        (11, 12, False),
        (10, 15, True),
        (10, 16, False),
        (12, 9, True),
        (12, 10, False),
    ],
)
def test_how_far_ahead_may_be_asked(msn: int, part: int | None, fine: bool) -> None:
    asked = Directives(msn, part)
    if fine:
        reload.check(asked, EDGE, 0.32)
    else:
        with pytest.raises(InvalidReload):
            reload.check(asked, EDGE, 0.32)


def test_advance_part_limit() -> None:
    assert reload.advance_part_limit(0.32) == 10
    assert reload.advance_part_limit(0.5) == 6
    assert reload.advance_part_limit(1.0) == 3


TEXTS = st.one_of(st.text(max_size=30), st.integers(-5, 2**65).map(str))
KEYS = st.sampled_from(["_HLS_msn", "_HLS_part", "_HLS_skip", "token"])
EDGES = st.builds(
    Edge, complete=st.integers(-1, 50), final=st.integers(0, 6), open=st.integers(0, 6)
)


@given(st.dictionaries(KEYS, TEXTS), EDGES)
def test_any_text_is_answered_waited_for_or_refused(query: dict[str, str], edge: Edge) -> None:
    try:
        asked = reload.parse(query)
        reload.check(asked, edge, 0.32)
    except InvalidReload:
        return
    assert reload.is_satisfied(asked, edge) in {True, False}


@given(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 12)), st.integers(0, 200))
def test_what_is_accepted_comes_to_an_end(msn: int, part: int | None, at: int) -> None:
    """Whatever may be waited for is there three segments later."""
    asked = Directives(msn, part)
    edge = Edge(complete=at // 6 - 1, final=6 if at >= 6 else 0, open=at % 6)
    try:
        reload.check(asked, edge, 0.32)
    except InvalidReload:
        return
    later = Edge(complete=edge.complete + 4, final=6, open=0)
    assert reload.is_satisfied(asked, later)
