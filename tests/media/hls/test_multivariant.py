"""Renditions in, exact text out."""

from dataclasses import replace

from media.hls.multivariant import Words, render_multivariant
from media.messages import Rendition
from tests.media.hls.parts_by_hand import described


def uri(rendition: str) -> str:
    return f"s/abc/{rendition}.m3u8"


OPUS = Rendition("opus", "audio", "opus", 48_000, 64_000, 64_000, channels=2, packaged=False)


def test_variants_with_one_sound() -> None:
    renditions = [
        described("v1080"),
        described("v720"),
        described("v360"),
        described("audio"),
        OPUS,
    ]
    assert render_multivariant(renditions, uri) == (
        """\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="庭审现场",LANGUAGE="zh",DEFAULT=YES,AUTOSELECT=YES,\
CHANNELS="2",URI="s/abc/audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2260000,AVERAGE-BANDWIDTH=1896000,CODECS="avc1.64001f,mp4a.40.2",\
RESOLUTION=1280x720,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE,AUDIO="audio"
s/abc/v720.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3340000,AVERAGE-BANDWIDTH=2796000,CODECS="avc1.64001f,mp4a.40.2",\
RESOLUTION=1920x1080,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE,AUDIO="audio"
s/abc/v1080.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1180000,AVERAGE-BANDWIDTH=996000,CODECS="avc1.64001f,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE,AUDIO="audio"
s/abc/v360.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=100000,AVERAGE-BANDWIDTH=96000,CODECS="mp4a.40.2",AUDIO="audio"
s/abc/audio.m3u8
"""
    )


def test_captions_and_key_frames() -> None:
    text = render_multivariant(
        [described("v360"), described("audio")],
        uri,
        words=Words(sound="Court", captions="Report", language="zh"),
        captioned=True,
        key_frames={"v360": 90_000},
    )
    assert (
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Report",LANGUAGE="zh",DEFAULT=NO,'
        'AUTOSELECT=YES,FORCED=NO,URI="s/abc/report.m3u8"\n' in text
    )
    assert text.count(',SUBTITLES="captions"\n') == text.count("#EXT-X-STREAM-INF") == 2
    assert text.endswith(
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,CODECS="avc1.64001f",RESOLUTION=640x360,'
        'URI="s/abc/v360i.m3u8"\n'
    )


def test_pictures_alone() -> None:
    text = render_multivariant([described("v360")], uri)
    assert "AUDIO" not in text
    assert 'CODECS="avc1.64001f"' in text


def test_sound_alone() -> None:
    assert render_multivariant([described("audio")], uri).endswith(
        '#EXT-X-STREAM-INF:BANDWIDTH=100000,AVERAGE-BANDWIDTH=96000,CODECS="mp4a.40.2"\n'
        "s/abc/audio.m3u8\n"
    )


def test_sound_alone_can_be_left_out_where_there_are_pictures() -> None:
    both = [described("v360"), described("audio")]
    assert render_multivariant(both, uri).count("#EXT-X-STREAM-INF") == 2
    text = render_multivariant(both, uri, sound_alone=False)
    assert text.count("#EXT-X-STREAM-INF") == 1
    assert "TYPE=AUDIO" in text
    alone = render_multivariant([described("audio")], uri, sound_alone=False)
    assert alone.count("#EXT-X-STREAM-INF") == 1


def test_the_dearest_sound_counts() -> None:
    sound = described("audio")
    dear = replace(sound, id="audio2", bandwidth=200_000)
    text = render_multivariant([described("v360"), sound, dear], uri)
    assert "BANDWIDTH=1280000," in text
    assert text.count("DEFAULT=YES") == text.count("DEFAULT=NO") == 1


def test_quotation_marks_cannot_break_out() -> None:
    text = render_multivariant(
        [described("v360"), described("audio")], uri, words=Words(sound='x"\n#EXT-X-ENDLIST')
    )
    assert 'NAME="x\' #EXT-X-ENDLIST"' in text
