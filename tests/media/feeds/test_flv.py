"""FLV tags to packets of the record."""

from __future__ import annotations

import itertools
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.flv import FlvStreams, Unit, UnknownCodec
from media.feeds.parameters import units
from media.feeds.rtmp_session import Tag
from media.spool.record import StreamDescription
from tests.media.feeds.cameras import make_clip
from tests.media.feeds.publisher import (
    AUDIO_CONFIG,
    AVCC,
    PPS,
    SLICE,
    SPS,
    VIDEO_CONFIG,
    picture,
    sound,
)  # fmt: skip


def video(body: bytes, timestamp: int = 0) -> Tag:
    return Tag("video", timestamp, body)


def audio(body: bytes, timestamp: int = 0) -> Tag:
    return Tag("audio", timestamp, body)


def taken(*tags: Tag) -> list[StreamDescription | Unit]:
    streams = FlvStreams()
    return [item for tag in tags for item in streams.take(tag)]


def test_pictures_become_annex_b_with_their_sets() -> None:
    described, key, delta = taken(
        video(VIDEO_CONFIG), video(picture(offset_ms=80), 40), video(picture(key=False), 80)
    )
    assert isinstance(described, StreamDescription)
    assert (described.codec, described.width, described.height) == ("h264", 320, 240)
    assert list(units(described.extradata)) == [SPS, PPS]
    assert isinstance(key, Unit)
    assert isinstance(delta, Unit)
    assert list(units(key.payload)) == [SPS, PPS, SLICE]
    assert (key.keyframe, key.is_lawful, key.dts_us, key.pts_us) == (True, True, 40_000, 120_000)
    assert (delta.keyframe, delta.dts_us, delta.duration_us) == (False, 80_000, 40_000)


def test_a_picture_may_be_shown_before_it_is_decoded_by_a_bad_encoder() -> None:
    _, key = taken(video(VIDEO_CONFIG), video(picture(offset_ms=-40), 40))
    assert isinstance(key, Unit)
    assert key.pts_us == 0


def test_what_is_repeated_is_told_once_and_what_changes_is_told() -> None:
    found = taken(
        video(VIDEO_CONFIG), video(VIDEO_CONFIG), audio(AUDIO_CONFIG), audio(AUDIO_CONFIG),
        audio(b"\xaf\x00\x12\x08"),
    )  # fmt: skip
    assert [getattr(item, "sample_rate", None) for item in found] == [0, 48_000, 44_100]


def test_enhanced_rtmp_carries_the_same_with_a_name() -> None:
    described, first, second = taken(
        video(b"\x90avc1" + AVCC),
        video(b"\x91avc1\x00\x00\x28" + picture()[5:], 40),
        video(b"\xa3avc1" + picture(key=False)[5:], 80),
    )
    assert isinstance(described, StreamDescription)
    assert isinstance(first, Unit)
    assert isinstance(second, Unit)
    assert (first.pts_us, first.keyframe) == (80_000, True)
    assert (second.pts_us, second.keyframe) == (80_000, False)
    assert taken(video(b"\x94avc1meta"), video(b"\x94xxxx")) == []  # metadata say nothing
    several = b"\x96\x10avc1\x00" + AVCC
    for body in (b"\x90av01" + AVCC, b"\x12\x00\x00\x00\x00", several):
        with pytest.raises(UnknownCodec):
            taken(video(body))


@pytest.mark.media
@pytest.mark.parametrize("enhanced", [True, False])
def test_h265_comes_with_its_name_or_with_the_number_of_chinese_encoders(
    tmp_path: Path, enhanced: bool
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.2, video="libx265", sound=None)
    with av.open(str(clip)) as container:
        record = container.streams.video[0].codec_context.extradata or b""
        packets = [bytes(packet) for packet in container.demux() if packet.size]
    begin, coded = (b"\x90hvc1", b"\x91hvc1") if enhanced else (b"\x1c\x00", b"\x1c\x01")
    begin = begin if enhanced else begin + bytes(3)
    tags = [video(coded + bytes(3) + packet, 40 * at) for at, packet in enumerate(packets)]
    described, *found = taken(video(begin + record), *tags)
    assert isinstance(described, StreamDescription)
    assert (described.codec, described.width, described.height) == ("hevc", 320, 180)
    assert len(found) == 5
    assert all(isinstance(unit, Unit) and unit.is_lawful for unit in found)
    decoder = av.CodecContext.create("hevc", "r")
    shown = [frame for unit in found if isinstance(unit, Unit)
             for frame in decoder.decode(av.Packet(unit.payload))]  # fmt: skip
    assert len(shown) + len(decoder.decode(None)) == 5


def test_sound_lies_in_a_grid_that_milliseconds_cannot_tell() -> None:
    times = [round(index * 1024 / 48) for index in range(200)]
    found = taken(audio(AUDIO_CONFIG), *(audio(sound(), time) for time in times))
    places = [item.pts_us for item in found if isinstance(item, Unit)]
    steps = {after - before for before, after in itertools.pairwise(places)}
    assert steps <= {21_333, 21_334}
    # a frame that is missing is not hidden
    found = taken(audio(AUDIO_CONFIG), audio(sound(), 0), audio(sound(), 43))
    assert [item.pts_us for item in found if isinstance(item, Unit)] == [0, 43_000]


def test_telephone_sound_needs_no_configuration() -> None:
    described, unit = taken(audio(b"\x72" + bytes(160), 20))
    assert described == StreamDescription("audio", "pcm_alaw", b"", 0, 0, 8000, 1)
    assert isinstance(unit, Unit)
    assert (unit.duration_us, len(unit.payload)) == (20_000, 160)
    for body in (b"\x2f" + bytes(9), b"\x9fOpus", b"\x95mp4a\x00"):
        with pytest.raises(UnknownCodec):
            taken(audio(body))


def test_times_go_on_where_the_counter_wraps() -> None:
    end = 1 << 32
    found = taken(
        video(VIDEO_CONFIG, end - 60), audio(AUDIO_CONFIG, end - 60), video(picture(), end - 50),
        audio(sound(), end - 2), video(picture(), end - 10), audio(sound(), 19),
        video(picture(), 30),
    )  # fmt: skip
    times = [item.dts_us for item in found if isinstance(item, Unit) and item.stream == "video"]
    assert [time - times[0] for time in times] == [0, 40_000, 80_000]
    heard = [item.dts_us for item in found if isinstance(item, Unit) and item.stream == "audio"]
    assert heard[1] - heard[0] == 21_333


def test_what_comes_before_its_configuration_is_passed_over() -> None:
    assert taken(video(picture()), audio(sound()), video(b"\x57\x00"), video(b"\x17")) == []
    assert taken(video(b"\x17\x00\x00\x00\x00\x01\x42"), audio(b"\xaf\x00\xff\xff")) == []


@given(st.lists(st.tuples(st.booleans(), st.integers(0, (1 << 32) - 1), st.binary(min_size=1))))
def test_anything_is_taken_or_refused(said: list[tuple[bool, int, bytes]]) -> None:
    streams = FlvStreams()
    streams.take(video(VIDEO_CONFIG))
    streams.take(audio(AUDIO_CONFIG))
    for is_video, timestamp, body in said:
        try:
            found = streams.take(Tag("video" if is_video else "audio", timestamp, body))
        except UnknownCodec:
            continue
        for item in found:
            assert isinstance(item, StreamDescription) or item.payload
