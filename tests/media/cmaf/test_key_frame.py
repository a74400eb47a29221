"""Fragments of the project's own writer in, the end of their first picture out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.cmaf.fragment import Sample, fragment
from media.cmaf.key_frame import key_frame_end


def samples(*sizes: int, sync: bool = True, offset: int = 0) -> list[Sample]:
    return [
        Sample(b"%c" % (65 + n) * size, 3600 * n, 3600 * n + offset, 3600, sync and n == 0)
        for n, size in enumerate(sizes)
    ]


@pytest.mark.parametrize("offset", [0, 7200])
@pytest.mark.parametrize("sizes", [(700, 30, 31), (9,), (700, 700)])
def test_the_range_holds_the_first_picture_and_no_more(sizes: tuple[int, ...], offset: int) -> None:
    data = fragment(1, samples(*sizes, offset=offset))
    end = key_frame_end(data)
    assert end is not None
    assert data[:end].endswith(b"A" * sizes[0])
    assert data[end : end + 1] != b"A"


def test_a_part_that_begins_with_no_key_frame_has_none() -> None:
    assert key_frame_end(fragment(1, samples(700, 30, sync=False))) is None


@given(st.binary(max_size=300))
def test_what_is_no_fragment_has_none(data: bytes) -> None:
    assert key_frame_end(data) is None
