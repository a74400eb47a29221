"""The grid: parts of a fixed number of samples, segments of a fixed number of parts."""

from collections.abc import Iterator
from itertools import count

import pytest

from media.cmaf.fragment import Sample
from media.cmaf.track import AudioTrack, VideoTrack
from media.hls.segmenter import Position, Segmenter
from media.messages import Part
from tests.media.hls.synthetic_stream import SyntheticStream

TRACK = AudioTrack(b"\x11\x90", 48_000, 2)


def cutter(start: Position | None = None) -> Segmenter:
    """Two samples a part, three parts a segment."""
    return Segmenter("audio", TRACK, samples_per_part=2, parts_per_segment=3, start=start)


def feed(segmenter: Segmenter, samples: int, *, epoch: int = 1) -> list[Part]:
    made = []
    for _ in range(samples):
        at = segmenter.media_time
        sample = Sample(b"s", at, at, 1024, sync=True)
        made.append(segmenter.push(sample, 1_000_000 + at, epoch))
    return [part for part in made if part]


def numbers(parts: list[Part]) -> list[tuple[int, int, bool]]:
    return [(part.msn, part.part, part.last) for part in parts]


def test_a_part_goes_out_with_its_last_sample() -> None:
    segmenter = cutter()
    assert feed(segmenter, 1) == []
    assert segmenter.pending == 1
    (part,) = feed(segmenter, 1)
    assert (part.media_time, part.duration, part.court_us) == (0, 2048, 1_000_000)
    assert segmenter.pending == 0


def test_segments_follow_each_other() -> None:
    assert numbers(feed(cutter(), 10)) == [
        (0, 0, False), (0, 1, False), (0, 2, True), (1, 0, False), (1, 1, False),
    ]  # fmt: skip


def test_it_goes_on_where_the_recording_ends() -> None:
    segmenter = cutter(Position(msn=41, part=2, media_time=77_000, init_version=3))
    first, second = feed(segmenter, 4)
    assert numbers([first, second]) == [(41, 2, True), (42, 0, False)]
    assert (first.media_time, first.init_version) == (77_000, 3)
    assert segmenter.position == Position(42, 1, 77_000 + 4 * 1024, 3)


def test_a_sample_that_lasts_for_two_keeps_the_part_as_long() -> None:
    segmenter = cutter()
    feed(segmenter, 1)
    part = segmenter.extend(1024)
    assert part is not None
    assert (part.media_time, part.duration) == (0, 2048)
    with pytest.raises(ValueError, match="begins with a sample"):
        segmenter.extend(1024)
    (part,) = feed(segmenter, 2)
    assert (part.part, part.media_time, part.duration) == (1, 2048, 2048)


def test_a_hole_in_the_samples_is_refused() -> None:
    segmenter = cutter()
    feed(segmenter, 1)
    with pytest.raises(ValueError, match="expected 1024"):
        segmenter.push(Sample(b"", 2048, 2048, 1024, sync=True), 0, 0)


def test_a_part_bears_the_highest_epoch_in_it() -> None:
    segmenter = cutter()
    feed(segmenter, 1, epoch=4)
    (part,) = feed(segmenter, 1, epoch=5)
    assert part.epoch == 5


def test_a_discontinuity_closes_the_segment() -> None:
    segmenter = cutter()
    feed(segmenter, 3)
    short = segmenter.discontinuity(init_version=2, media_time=0)
    assert short
    assert (short.msn, short.part, short.last, short.duration) == (0, 1, True, 1024)
    first, second = feed(segmenter, 4)
    assert (first.msn, first.part, first.discontinuity) == (1, 0, True)
    assert (first.media_time, first.init_version) == (0, 2)
    assert not second.discontinuity


def test_a_discontinuity_at_a_border_makes_no_part() -> None:
    segmenter = cutter()
    feed(segmenter, 2)
    assert segmenter.discontinuity() is None
    assert segmenter.discontinuity() is None
    (part,) = feed(segmenter, 2)
    assert (part.msn, part.part, part.discontinuity, part.media_time) == (1, 0, True, 2048)


def test_a_gap_stands_for_a_part() -> None:
    segmenter = cutter()
    part = segmenter.gap(2048, 5, 1)
    assert (part.gap, part.payload, part.duration, part.independent) == (True, b"", 2048, False)
    assert segmenter.position == Position(0, 1, 2048)
    feed(segmenter, 1)
    with pytest.raises(ValueError, match="where a part begins"):
        segmenter.gap(2048, 5, 1)


def test_the_end_is_a_short_part() -> None:
    segmenter = cutter()
    assert segmenter.finish() is None
    feed(segmenter, 1)
    part = segmenter.finish()
    assert part
    assert (part.last, part.duration) == (True, 1024)


def test_fragments_are_numbered_in_order() -> None:
    parts = feed(cutter(), 12)
    sequence = [int.from_bytes(part.payload[20:24], "big") for part in parts]
    assert sequence == [1, 2, 3, 4, 5, 6]


def test_pictures_are_independent_where_a_key_frame_is() -> None:
    segmenter = Segmenter(
        "v360", VideoTrack.__new__(VideoTrack), samples_per_part=2, parts_per_segment=3
    )
    keys: Iterator[int] = count()
    made = [
        segmenter.push(
            Sample(b"\0\0\1\x41x", 3600 * i, 3600 * i, 3600, sync=next(keys) in {0, 3}), 0, 0
        )
        for i in range(6)
    ]
    assert [part.independent for part in made if part] == [True, True, False]


@pytest.mark.media
def test_all_renditions_have_the_same_borders() -> None:
    stream = SyntheticStream()
    for _ in range(20):
        pictures, sound = stream.parts()
        assert (pictures.msn, pictures.part, pictures.court_us, pictures.last) == (
            sound.msn, sound.part, sound.court_us, sound.last,
        )  # fmt: skip
        assert pictures.media_time * 48_000 == sound.media_time * 90_000
        assert pictures.duration / 90_000 == sound.duration / 48_000 == 0.32
