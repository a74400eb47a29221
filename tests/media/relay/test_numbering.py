"""Numbers without gaps whatever rung a viewer is in, and the way back from a number."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.relay.numbering import Numbering


@given(
    st.integers(0, 1 << 15),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 300)), min_size=1, max_size=20),
)
def test_what_was_sent_is_found_by_its_number(first: int, spans: list[tuple[int, int]]) -> None:
    numbering = Numbering[int](first)
    sent: list[tuple[int, int, int]] = []
    place = None
    for source, (start, count) in enumerate(spans):
        offset = numbering.begin(source, start, place)
        sent += [(start + at + offset, source, start + at) for at in range(count)]
        place = start + count
    numbers = [number for number, _, _ in sent]
    assert numbers == list(range(first, first + len(sent)))
    kept = {span.source for span in numbering._spans}
    for number, source, where in sent:
        found = numbering.find(number & 0xFFFF, numbers[-1])
        if source in kept:
            assert found is not None
            assert found[:2] == (source, where)
            assert where + found[2] == number
        else:
            assert found is None


def test_what_was_not_sent_is_not_found() -> None:
    numbering = Numbering[str](65_530)
    numbering.begin("a", 7)
    assert numbering.find(0, 65_540) == ("a", 13, 65_523)
    assert numbering.find(4, 65_540) == ("a", 17, 65_523)
    assert numbering.find(5, 65_540) is None
    assert numbering.find(65_529, 65_540) is None
