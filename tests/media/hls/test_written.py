from dataclasses import replace

import pytest

from media.errors import UnknownResource
from media.hls.stream import Stream
from media.hls.written import Written
from media.messages import AirChange
from tests.media.hls.parts_by_hand import START_US, info, part


def test_a_version_is_written_once_for_everybody() -> None:
    stream, written = Stream(info("v360", "audio"), "", 900), Written()
    for name in ("v360", "audio"):
        stream.take(part(0, rendition=name))
    first = written.reply(stream, "v360", delta=False)
    assert written.reply(stream, "v360", delta=False) is first
    stream.take(part(1))
    second = written.reply(stream, "v360", delta=False)
    assert second is not first
    # The sound's next part changes only a report in the pictures' playlist.
    stream.take(part(1, rendition="audio"))
    third = written.reply(stream, "v360", delta=False)
    assert b"LAST-PART=1" in third.body
    assert third is not second
    with pytest.raises(UnknownResource):
        written.reply(stream, "v720", delta=False)


def test_another_stream_is_written_anew() -> None:
    written = Written()
    one, other = (Stream(replace(info("v360"), broadcast=name), name, 900) for name in ("a", "b"))
    for stream in (one, other):
        stream.take(part(0))
    assert b"av360/" in written.reply(one, "v360", delta=False).body
    written.forget()
    assert b"bv360/" in written.reply(other, "v360", delta=False).body


@pytest.mark.parametrize(("each_s", "is_told"), [(0.32, False), (0.01, True)])
def test_a_delta_update_leaves_out_date_ranges_when_they_are_old_by_the_clock(
    each_s: float,
    is_told: bool,
) -> None:
    """Parts may come much faster than they last: then what they tell is new to everybody."""
    stream, written = Stream(info("v360"), "", 900), Written()
    stream.take(AirChange(3_200_000, START_US + 3_200_000, "recess"))
    for number in range(60):
        stream.take(part(number), 100.0 + number * each_s)
    now_s = 100.0 + 60 * each_s
    body = written.reply(stream, "v360", delta=True, skip_dates_at_s=now_s).body
    assert b'SKIPPED-SEGMENTS=3,RECENTLY-REMOVED-DATERANGES=""' in body
    assert (b"recess-3200" in body) is is_told
    assert b"recess-3200" in written.reply(stream, "v360", delta=True).body
