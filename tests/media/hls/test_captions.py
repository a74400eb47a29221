"""Posts in, cues and exact text out."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from media.hls.captions import Caption, Captions, Cue, pages, webvtt

T = 1_764_000_000_000_000
S = 1_000_000


def caption(seconds: float, text: str = "现在开庭。", speaker: str = "审判长") -> Caption:
    return Caption(T + int(seconds * S), speaker, text)


def test_a_post_is_shown_from_its_moment_on_for_as_long_as_it_takes_to_read() -> None:
    (cue,) = Captions([caption(3)]).between(T, T + 60 * S)
    assert cue == Cue(T + 3 * S, T + 3 * S + 2 * S, ("审判长：现在开庭。",))


def test_a_piece_gets_what_lies_in_it_cut_to_its_ends() -> None:
    captions = Captions([caption(1)])
    assert captions.between(T, T + S) == []
    assert captions.between(T + 3 * S, T + 4 * S) == []
    (cue,) = captions.between(T + 2 * S, T + 5 * S)
    assert (cue.start_us, cue.end_us) == (T + 2 * S, T + 3 * S)


def test_the_next_post_takes_the_place_of_the_one_before() -> None:
    cues = Captions([caption(0, "甲" * 200), caption(3, "乙")]).between(T, T + 60 * S)
    assert cues[-1].lines == ("审判长：乙",)
    assert [cue.end_us for cue in cues[:-1]][-1] == T + 3 * S
    assert all(a.end_us <= b.start_us for a, b in itertools.pairwise(cues))


def test_long_posts_are_paged() -> None:
    shown = list(pages("原告", "本院认为，" * 30))
    assert all(len(lines) <= 2 and all(len(line) <= 20 for line in lines) for lines in shown)
    assert "".join("".join(lines) for lines in shown) == "原告：" + "本院认为，" * 30
    assert not any(line.startswith("，") for lines in shown for line in lines)


def test_words_of_letters_stay_whole() -> None:
    (lines,) = pages("Judge", "The court is now in session and everyone may sit")
    assert lines == ("Judge：The court is now in session and", "everyone may sit")


def test_closed_stretches_have_none() -> None:
    quiet = [(T + 4 * S, T + 10 * S), (T + 20 * S, None)]
    captions = Captions([caption(3), caption(6), caption(12), caption(30)], quiet)
    cues = captions.between(T, T + 60 * S)
    assert [(cue.start_us - T, cue.end_us - T) for cue in cues] == [
        (3 * S, 4 * S),
        (12 * S, 14 * S),
    ]


def test_a_piece_counts_from_its_beginning_and_says_where_that_is() -> None:
    cues = Captions([caption(1, "1 < 2 & 3 --> 4", "")]).between(T, T + 2 * S)
    assert webvtt(cues, T, 96_000, 48_000) == (
        """\
WEBVTT
X-TIMESTAMP-MAP=MPEGTS:180000,LOCAL:00:00:00.000

00:00:01.000 --> 00:00:02.000
1 &lt; 2 &amp; 3 --&gt; 4
"""
    )


def test_the_clock_of_mpeg_wraps() -> None:
    assert "MPEGTS:0,LOCAL" in webvtt([], T, 1 << 33, 90_000)


def test_nothing_said_is_a_piece_all_the_same() -> None:
    text = webvtt([], T, 0, 90_000)
    assert text == "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n"


@given(st.text(max_size=300), st.text(max_size=20))
def test_no_text_breaks_a_piece(text: str, speaker: str) -> None:
    captions = Captions([Caption(T, " ".join(speaker.split()), text)])
    written = webvtt(captions.between(T, T + 300 * S), T, 0, 90_000)
    for block in written.split("\n\n")[1:]:
        timing, *lines = block.rstrip("\n").split("\n")
        assert timing.count("-->") == 1
        assert lines
        assert not any("-->" in line or "<" in line for line in lines)
