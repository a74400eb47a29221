"""Window in, exact text out."""

from media.hls.lines import KeyFrameLines, MediaLines
from media.hls.playlist import Grid, LivePlaylist, RenditionReport
from media.hls.window import Window
from tests.media.hls.parts_by_hand import PARTS, part

GRID = Grid(target_duration=2, part_target=0.32)
HEAD = """\
#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,CAN-SKIP-DATERANGES=YES,HOLD-BACK=6.0,PART-HOLD-BACK=0.96
#EXT-X-PART-INF:PART-TARGET=0.32
"""
START = HEAD + "#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"


def playlist(window: Window) -> LivePlaylist:
    return LivePlaylist(window, GRID, MediaLines("../../v360/", window.timescale))


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


def test_old_segments_stand_in_blocks_that_are_written_once() -> None:
    window = filled(PARTS * 300)
    written = playlist(window)
    before = written.pieces([])
    window.add(part(PARTS * 300))
    after = written.pieces([])
    shared = [piece for piece in after if piece in before]
    assert len(shared) == 4  # of 64 segments each; the newest are written anew
    assert b"".join(piece.text for piece in after).decode() == playlist(window).render([])


def test_a_cut_segment_is_written_anew_wherever_it_stands() -> None:
    window = filled(PARTS * 100)
    written = playlist(window)
    written.render([])
    window.segments[3].gap = True
    written.forget()
    assert "#EXT-X-GAP\n#EXTINF:1.92000,\n../../v360/3.m4s" in written.render([])


def test_a_new_init_section_between_blocks() -> None:
    window = filled(PARTS * 200, marked=PARTS * 64, init=2)
    assert playlist(window).render([]).count("#EXT-X-MAP") == 2
    delta = playlist(window).render([], delta=True)
    assert '#EXT-X-MAP:URI="../../v360/init-2.mp4"' in delta


def test_key_frames_have_no_parts_and_the_same_control() -> None:
    window = filled(PARTS * 2 + 2)
    window.segments[0].key_size = 700
    lines = KeyFrameLines("../../v360/", window.timescale)
    reports = [RenditionReport("v360.m3u8", 2, 1), RenditionReport("v720i.m3u8", 1)]
    assert LivePlaylist(window, GRID, lines).render(reports) == (
        """\
#EXTM3U
#EXT-X-VERSION:10
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,CAN-SKIP-DATERANGES=YES,HOLD-BACK=6.0,PART-HOLD-BACK=0.96
#EXT-X-I-FRAMES-ONLY
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-DISCONTINUITY-SEQUENCE:0
#EXT-X-MAP:URI="../../v360/init-1.mp4"
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.000Z
#EXTINF:1.92000,
#EXT-X-BYTERANGE:700@0
../../v360/0.m4s
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:01.920Z
#EXT-X-GAP
#EXTINF:1.92000,
#EXT-X-BYTERANGE:1@0
../../v360/1.m4s
#EXT-X-RENDITION-REPORT:URI="v360.m3u8",LAST-MSN=2,LAST-PART=1
#EXT-X-RENDITION-REPORT:URI="v720i.m3u8",LAST-MSN=1
"""
    )


def test_captions_stand_beside_the_media() -> None:
    window = filled(PARTS + 1)
    lines = MediaLines("../../report/", window.timescale, suffix="vtt", has_init=False)
    text = LivePlaylist(window, GRID, lines).render([])
    assert "EXT-X-MAP" not in text
    assert text.endswith(
        """#EXTINF:1.92000,
../../report/0.vtt
#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:01.920Z
#EXT-X-PART:DURATION=0.32000,URI="../../report/1.0.vtt",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../report/1.1.vtt"
"""
    )


def test_a_cut_at_the_edge_leaves_old_blocks_as_they_are() -> None:
    window = filled(PARTS * 300)
    written = playlist(window)
    before = written.pieces([])
    window.segments[290].gap = True
    written.forget(290)
    after = written.pieces([])
    assert len([piece for piece in after if piece in before]) == 4
    assert b"#EXT-X-GAP\n#EXTINF:1.92000,\n../../v360/290.m4s" in after[-1].text
    assert b"".join(piece.text for piece in after).decode() == playlist(window).render([])


def test_a_list_that_takes_another_ones_place_goes_on_with_its_blocks() -> None:
    window = filled(PARTS * 300)
    old, new = playlist(window), playlist(window)
    before = old.pieces([])
    new.adopt(old, 200)
    assert len([piece for piece in new.pieces([]) if piece in before]) == 3
    assert new.render([]) == old.render([])


def test_blocks_can_be_written_one_by_one_in_advance() -> None:
    window = filled(PARTS * 300, marked=PARTS * 70, init=2)
    written = playlist(window)
    assert len(list(written.blocks_written())) == 4
    before = dict(written._blocks)
    assert written.render([]) == playlist(window).render([])
    assert written._blocks == before
