"""Parameter sets: kept, put before key frames, and never replaced by garbage."""

from __future__ import annotations

import random
from pathlib import Path

import av
import pytest

from media.feeds.demuxer import Demuxer
from media.feeds.parameters import (
    H264,
    H265,
    ParameterSets,
    annex_b,
    configured_sets,
    units,
)
from tests.media.feeds.cameras import make_clip, packets_of

SPS_640 = bytes.fromhex("6742c01eda0280bfe584000003000400000300ca3c58ba80")
PPS = bytes.fromhex("68ce3c80")
IDR = b"\x65\x88" + bytes(range(1, 60))
SLICE = b"\x41\x9a" + bytes(range(1, 60))


def test_units_are_cut_at_start_codes_of_both_lengths() -> None:
    data = b"\0\0\0\1" + SPS_640 + b"\0\0\1" + PPS + b"\0\0\0\1" + IDR
    assert list(units(data)) == [SPS_640, PPS, IDR]
    assert list(units(b"nothing")) == []


@pytest.mark.parametrize("size", [(320, 180), (640, 360), (1920, 1080), (1280, 720), (96, 50)])
def test_the_size_is_that_of_the_picture(size: tuple[int, int], tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.08, size=size, sound=None)
    with av.open(str(clip)) as container:
        extradata = container.streams.video[0].codec_context.extradata or b""
    sets = ParameterSets(H264, configured_sets(H264, extradata))
    assert sets.size() == size


def test_h265_is_understood(tmp_path: Path) -> None:
    clip = make_clip(
        tmp_path / "clip.mp4", seconds=0.08, size=(640, 360), video="libx265", sound=None
    )
    with av.open(str(clip)) as container:
        extradata = container.streams.video[0].codec_context.extradata or b""
    sets = ParameterSets(H265, configured_sets(H265, extradata))
    assert sets.size() == (640, 360)
    assert H265.is_key(b"\x26\x01x")
    assert not H265.is_key(b"\x02\x01x")
    assert H265.is_parameter_set(b"\x40\x01x")
    assert not H265.is_lawful(b"\xff\xffx")
    assert not H264.is_lawful(b"\x02\x01x")  # a slice of H.265


def test_key_frames_without_sets_get_them() -> None:
    sets = ParameterSets(H264, annex_b([SPS_640, PPS]))
    checked = sets.check(annex_b([IDR]))
    assert checked.keyframe
    assert checked.payload == annex_b([SPS_640, PPS, IDR])
    assert sets.check(annex_b([SPS_640, PPS, IDR])).payload == annex_b([SPS_640, PPS, IDR])
    plain = sets.check(annex_b([SLICE]))
    assert (plain.keyframe, plain.payload, plain.changed) == (False, annex_b([SLICE]), None)
    assert sets.check(annex_b([SLICE]), is_key=True).payload == annex_b([SPS_640, PPS, SLICE])


def test_other_sets_in_the_stream_are_a_change(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.08, sound=None)
    with av.open(str(clip)) as container:
        other = configured_sets(H264, container.streams.video[0].codec_context.extradata or b"")
    sets = ParameterSets(H264, annex_b([SPS_640, PPS]))
    changed = sets.check(other + annex_b([IDR])).changed
    assert changed == (other, 320, 180)
    assert sets.check(other + annex_b([IDR])).changed is None


def test_garbage_never_replaces_what_is_known() -> None:
    dice = random.Random(5)  # noqa: S311
    sets = ParameterSets(H264, annex_b([SPS_640, PPS]))
    unlawful = 0
    for _ in range(20_000):
        payload = annex_b([dice.randbytes(60) for _ in range(dice.randint(1, 4))])
        checked = sets.check(payload)
        assert checked.changed is None
        unlawful += not checked.is_lawful
    assert sets.annex_b == annex_b([SPS_640, PPS])
    assert unlawful > 10_000


def test_mp4_becomes_annex_b(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=0.2, sound=None)
    demuxer = Demuxer(av.open(str(clip)))
    found = []
    while (items := demuxer.read()) is not None:
        found += packets_of(items)
    demuxer.close()
    assert len(found) == 5
    assert found[0].keyframe
    assert {H264.kind(unit) for unit in units(found[0].payload)} >= {5, 7, 8}
    assert configured_sets(H264, b"\1\2") == b""
    assert configured_sets(H265, bytes(22) + b"\1\x21\0\1\0\2ab") == annex_b([b"ab"])
