"""Recorded segments in, exact text out."""

from media.hls.lines import MediaLines
from media.hls.vod import render_vod
from media.hls.window import Window
from tests.media.hls.parts_by_hand import PARTS, part


def test_replay_with_a_hole() -> None:
    window = Window(timescale=1000, length=None)
    for number in range(PARTS * 4):
        window.add(part(number))
    segments = [segment for segment in window.segments if segment.msn != 1]
    assert render_vod(segments, MediaLines("/r/v360/", 1000), target_duration=2) == (
        """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="/r/v360/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.000Z
#EXTINF:1.92000,
/r/v360/0.m4s
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:03.840Z
#EXTINF:1.92000,
/r/v360/2.m4s
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:05.760Z
#EXTINF:1.92000,
/r/v360/3.m4s
#EXT-X-ENDLIST
"""
    )
