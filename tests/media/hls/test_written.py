from dataclasses import replace

import pytest

from media.errors import UnknownResource
from media.hls.stream import Stream
from media.hls.written import Written
from tests.media.hls.parts_by_hand import info, part


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
