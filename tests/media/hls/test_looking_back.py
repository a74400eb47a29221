"""What an origin has of a stream whose bytes did not all come through it."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from media.cmaf.fragment import Sample, fragment
from media.errors import UnknownResource
from media.hls.origin import Origin
from media.messages import Init
from media.recording.history import read_history
from media.recording.index import PublicRecording
from tests.media.hls.parts_by_hand import NAMES, PARTS, begin, info, listed, part, publish


async def test_key_frames_of_segments_that_came_by_name_only_are_looked_up(tmp_path: Path) -> None:
    picture = fragment(1, [Sample(b"K" * 500, 0, 0, 3600, sync=True)])
    with PublicRecording(tmp_path) as recording:
        for number in range(PARTS):
            recording.write(part(number, payload=picture if number == 0 else b"x"))
    origin = Origin(tmp_path)
    origin.apply(info(*NAMES))
    for name in NAMES:
        origin.apply(listed(0, rendition=name))
    publish(origin, range(PARTS, 2 * PARTS))
    text = (await origin.playlist("v360i", {})).body.decode()
    assert f"#EXT-X-BYTERANGE:{len(picture)}@0\n../../v360/0.m4s" in text
    assert "#EXT-X-GAP\n#EXTINF:1.92000,\n#EXT-X-BYTERANGE:1@0\n../../v360/1.m4s" in text
    with pytest.raises(UnknownResource):
        await origin.resource("v360i/0.m4s")


async def test_a_restarted_server_reaches_back_to_the_beginning(tmp_path: Path) -> None:
    with PublicRecording(tmp_path, window_parts=PARTS * 20) as recording:
        for number in range(PARTS * 30 + 2):
            for name in NAMES:
                recording.write(part(number, rendition=name))
        origin = Origin(tmp_path, window_seconds=None, history=partial(read_history, tmp_path))
        origin.apply(info(*NAMES))
        for message in recording.snapshot(NAMES):
            origin.apply(message)
    assert origin.info is None  # nobody is told that it begins later than it does
    text = (await origin.playlist("v360", {})).body.decode()
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in text
    assert text.count("#EXTINF") == 30
    publish(origin, [PARTS * 30 + 2])
    delta = await origin.playlist("v360", {"_HLS_skip": "YES"})
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=23\n" in delta.body.decode()


async def test_a_restarted_worker_tells_only_what_is_not_known(tmp_path: Path) -> None:
    """A server that has the window goes on with it: same playlists, same bytes, nothing read."""
    before, after = begin(Origin(tmp_path), PARTS * 12 + 4), begin(Origin(tmp_path), PARTS * 12 + 4)
    assert after.since == 11
    inits = [Init(name, 1, f"<init {name}>".encode()) for name in NAMES]
    after.apply(info(*NAMES))
    for message in inits:
        after.apply(message)
    publish(after, range(PARTS * 11, PARTS * 12 + 4))
    for number in range(PARTS * 12 + 4, PARTS * 14):
        publish(before, [number])
        publish(after, [number])
    for name in (*NAMES, "v360i"):
        for query in ({}, {"_HLS_skip": "YES"}):
            assert (await after.playlist(name, query)).body == (
                await before.playlist(name, query)
            ).body
    for file in ("v360/9.m4s", "v360/10.3.m4s", "v360/11.5.m4s", "audio/13.m4s"):
        assert await after.resource(file) == await before.resource(file)


async def test_what_lies_nowhere_else_outlives_a_restarted_worker(tmp_path: Path) -> None:
    """The disk was full: the successor knows of a gap, the server still has the bytes."""
    origin = begin(Origin(tmp_path), PARTS * 3)
    for number in range(PARTS * 3, PARTS * 4):
        for name in NAMES:
            origin.apply(replace(part(number, rendition=name), recorded=False))
    publish(origin, range(PARTS * 4, PARTS * 6))
    origin.apply(info(*NAMES))
    publish(origin, range(PARTS * 5, PARTS * 16))
    assert (await origin.resource("v360/3.m4s")).body == b"".join(
        part(number).payload for number in range(PARTS * 3, PARTS * 4)
    )


async def test_a_stream_says_what_it_has_when_all_of_it_has_something(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    assert origin.since is None
    begin(origin, PARTS - 1)
    assert origin.since is None
    publish(origin, [PARTS - 1], ["v360"])
    assert origin.since is None
    publish(origin, [PARTS - 1], ["audio"])
    assert origin.since == 0


async def test_a_restarted_worker_changes_nothing_of_the_beginning(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path, window_seconds=None), PARTS * 30)
    origin.apply(info(*NAMES))
    for name in NAMES:
        for msn in range(20, 30):
            origin.apply(listed(msn, rendition=name))
    publish(origin, [PARTS * 30])
    text = (await origin.playlist("v360", {})).body.decode()
    assert "#EXT-X-MEDIA-SEQUENCE:0\n" in text
    assert text.count("#EXTINF") == 30
