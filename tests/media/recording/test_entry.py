"""Lines of the index, and what of them can be believed."""

from hypothesis import given
from hypothesis import strategies as st

from media.recording.entry import Entry, agree, parse_index, parse_line, segments_of

COUNTS = st.integers(0, 2**40)
ENTRIES = st.builds(
    Entry,
    COUNTS, COUNTS, COUNTS, COUNTS, st.booleans(), st.booleans(), st.booleans(), st.booleans(),
    COUNTS, COUNTS, COUNTS, COUNTS, COUNTS,
)  # fmt: skip


def entry(number: int, *, size: int = 10) -> Entry:
    """Part ``number`` of segments of three parts."""
    msn, part = divmod(number, 3)
    return Entry(
        msn, part, number * 100, 100, part == 0, part == 2, False, False, 1, 0, number, size, 0
    )


def test_a_line() -> None:
    assert entry(4).line() == b"1 1 400 100 0 0 0 0 1 0 4 10 0 d911dd9d\n"


@given(st.lists(ENTRIES, max_size=5))
def test_what_is_written_is_read(entries: list[Entry]) -> None:
    read, ends = parse_index(b"".join(one.line() for one in entries))
    assert read == entries
    assert ends[-1:] == [sum(len(one.line()) for one in entries)] * bool(entries)


@given(st.lists(ENTRIES, min_size=1, max_size=4), st.data())
def test_a_torn_last_line_is_not_read(entries: list[Entry], data: st.DataObject) -> None:
    whole = b"".join(one.line() for one in entries)
    cut = data.draw(st.integers(1, len(entries[-1].line())))
    read, ends = parse_index(whole[:-cut])
    assert read == entries[:-1]
    assert ends[-1:] == [len(whole) - len(entries[-1].line())] * bool(read)


@given(st.binary())
def test_any_bytes_are_a_line_or_nothing(line: bytes) -> None:
    assert parse_line(line) is None or isinstance(parse_line(line), Entry)


def test_a_damaged_line_in_the_middle_is_passed_over() -> None:
    lines = [entry(number).line() for number in range(3)]
    read, _ = parse_index(lines[0] + b"\0" * 20 + b"\n" + lines[2])
    assert [one.part for one in read] == [0, 2]


def test_the_newest_segment_may_end_early() -> None:
    sizes = {0: 30, 1: 15}
    kept = agree([entry(number) for number in range(5)], lambda msn: sizes.get(msn, 0))
    assert kept == [entry(number) for number in range(4)]


def test_an_older_segment_that_is_short_is_a_gap() -> None:
    sizes = {0: 29, 1: 30}
    kept = agree([entry(number) for number in range(6)], lambda msn: sizes.get(msn, 0))
    assert [one.gap for one in kept] == [True] * 3 + [False] * 3


def test_an_older_segment_without_one_of_its_lines_is_a_gap() -> None:
    kept = agree([entry(number) for number in (0, 2, 3)], lambda _: 99)
    assert [one.gap for one in kept] == [True, True, False]


def test_a_later_line_replaces_an_earlier_one() -> None:
    gone = entry(1)._replace(gap=True)
    kept = agree([entry(0), entry(1), entry(2), gone], lambda _: 99)
    assert kept == [entry(0), gone, entry(2)]


def test_parts_make_segments() -> None:
    first, second = segments_of([entry(number) for number in range(5)])
    assert (first.msn, first.duration, len(first.parts)) == (0, 300, 3)
    assert (second.msn, second.duration, second.media_time) == (1, 200, 300)
    assert second.place(1) == (10, 10)
