"""Window in, exact text out."""

from media.hls.playlist import Grid, LivePlaylist, RenditionReport, program_date_time, render_vod
from media.hls.window import Window
from tests.media.hls.parts_by_hand import PARTS, part

GRID = Grid(target_duration=2, part_target=0.32)
HEAD = """\
#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=0.96
#EXT-X-PART-INF:PART-TARGET=0.32
"""
START = HEAD + "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"


def playlist(window: Window) -> LivePlaylist:
    return LivePlaylist("v360", window, GRID, prefix="../../")


def filled(parts: int, *, marked: int = -1, init: int = 1) -> Window:
    window = Window(timescale=1000, length=900_000)
    for number in range(parts):
        late = 0 <= marked <= number
        window.add(part(number, discontinuity=number == marked, init=init if late else 1))
    return window


def test_the_first_parts() -> None:
    reports = [RenditionReport("v720.m3u8", 0, 1), RenditionReport("audio.m3u8", 0, 0)]
    assert playlist(filled(2)).render(reports) == START + (
        """\
#EXT-X-MAP:URI="../../v360/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.000Z
#EXT-X-PART:DURATION=0.32000,URI="../../v360/0.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.32000,URI="../../v360/0.1.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/0.2.m4s"
#EXT-X-RENDITION-REPORT:URI="v720.m3u8",LAST-MSN=0,LAST-PART=1
#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=0,LAST-PART=0
"""
    )


def test_a_complete_segment_and_the_hint_for_the_next() -> None:
    parts = "".join(
        f'#EXT-X-PART:DURATION=0.32000,URI="../../v360/0.{i}.m4s"{",INDEPENDENT=YES" * (i == 0)}\n'
        for i in range(PARTS)
    )
    assert playlist(filled(6)).render([]) == (
        START
        + '#EXT-X-MAP:URI="../../v360/init-1.mp4"\n'
        + "#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.000Z\n"
        + parts
        + "#EXTINF:1.92000,\n../../v360/0.m4s\n"
        + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/1.0.m4s"\n'
    )


def test_parts_of_old_segments_are_not_listed() -> None:
    text = playlist(filled(PARTS * 6)).render([])
    assert '"../../v360/1.5.m4s"' not in text
    assert '"../../v360/2.0.m4s"' in text
    assert text.count("#EXTINF") == 6


def test_a_discontinuity_with_a_new_init_section() -> None:
    text = playlist(filled(7, marked=6, init=2)).render([])
    assert text.endswith(
        """\
#EXTINF:1.92000,
../../v360/0.m4s
#EXT-X-MAP:URI="../../v360/init-2.mp4"
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:01.920Z
#EXT-X-PART:DURATION=0.32000,URI="../../v360/1.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/1.1.m4s"
"""
    )


def test_an_announced_init_section_is_hinted_before_its_segment() -> None:
    window = filled(6)
    window.next_init = 2
    assert (
        playlist(window)
        .render([])
        .endswith(
            """\
#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="../../v360/init-2.mp4"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/1.0.m4s"
"""
        )
    )
    window.add(part(6, init=2, discontinuity=True))
    assert "TYPE=MAP" not in playlist(window).render([])


def test_a_gap() -> None:
    window = filled(0)
    for number in range(6):
        window.add(part(number, gap=number == 5))
    assert (
        playlist(window)
        .render([])
        .endswith(
            """\
#EXT-X-PART:DURATION=0.32000,URI="../../v360/0.5.m4s",GAP=YES
#EXT-X-GAP
#EXTINF:1.92000,
../../v360/0.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/1.0.m4s"
"""
        )
    )


def test_a_delta_update_skips_what_lies_beyond_the_boundary() -> None:
    window = filled(PARTS * 9 + 1)
    full = playlist(window).render([])
    delta = playlist(window).render([], delta=True)
    assert delta.startswith(
        START
        + """\
#EXT-X-SKIP:SKIPPED-SEGMENTS=2
#EXT-X-MAP:URI="../../v360/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:03.840Z
#EXTINF:1.92000,
../../v360/2.m4s
"""
    )
    tail = full[full.index("#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:03.840Z") :]
    assert delta.endswith(tail)


def test_no_delta_update_of_a_short_playlist() -> None:
    written = playlist(filled(PARTS * 7 + 3))
    assert written.render([], delta=True) == written.render([])


def test_a_sliding_window_bears_its_numbers() -> None:
    window = Window(timescale=1000, length=6000)
    written = playlist(window)
    for number in range(PARTS * 40):
        window.add(part(number, discontinuity=number == 60))
        written.render([])
    text = written.render([])
    assert text.startswith(
        HEAD + "#EXT-X-MEDIA-SEQUENCE:36\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP"
    )
    assert text == playlist(window).render([])


def test_the_end() -> None:
    window = filled(8)
    window.end()
    text = playlist(window).render([RenditionReport("v720.m3u8", 1, 1)], delta=True)
    assert text.endswith(
        """\
#EXT-X-PART:DURATION=0.32000,URI="../../v360/1.1.m4s"
#EXTINF:0.64000,
../../v360/1.m4s
#EXT-X-ENDLIST
"""
    )


def test_the_head_never_changes() -> None:
    window = Window(timescale=1000, length=6000)
    written = playlist(window)
    for number in range(PARTS * 10):
        window.add(part(number))
        assert written.render([], delta=bool(number % 2)).startswith(HEAD)


def test_times_are_written_in_milliseconds() -> None:
    assert program_date_time(1_764_000_000_000_499) == "2025-11-24T16:00:00.000Z"
    assert program_date_time(1_764_000_000_999_500) == "2025-11-24T16:00:01.000Z"


def test_replay_with_a_hole() -> None:
    window = filled(PARTS * 4)
    segments = [segment for segment in window.segments if segment.msn != 1]
    assert render_vod("v360", segments, timescale=1000, target_duration=2, prefix="/r/") == (
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
