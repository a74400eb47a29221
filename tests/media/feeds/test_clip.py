"""Clips in memory, and what a demuxer makes of containers."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.feeds import clip as module
from media.feeds.clip import due, load_clip
from media.feeds.loop import FLICKS
from tests.media.feeds.cameras import code_of, make_clip

pytestmark = pytest.mark.media


def test_a_clip_begins_at_zero_in_the_order_of_sending(tmp_path: Path) -> None:
    clip = load_clip(make_clip(tmp_path / "clip.mkv", seconds=0.64))
    assert [known.codec for known in clip.descriptions] == ["h264", "aac"]
    pictures = [packet for packet in clip.packets if packet.stream == "video"]
    assert (pictures[0].pts, len(pictures)) == (0, 16)
    assert pictures[-1].pts == FLICKS * 15 // 25
    times = [due(packet) for packet in clip.packets]
    assert times == sorted(times)
    assert min(packet.pts for packet in clip.packets) >= 0


def test_what_is_no_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_of(lambda: load_clip(tmp_path / "none.mp4")) == "not_found"
    path = make_clip(tmp_path / "clip.mp4", seconds=0.32)
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    assert code_of(lambda: load_clip(path)) == "unsupported"


def test_sound_alone(tmp_path: Path) -> None:
    clip = load_clip(make_clip(tmp_path / "sound.mov", video=None, sound="pcm_mulaw"))
    assert [(known.codec, known.sample_rate) for known in clip.descriptions] == [
        ("pcm_mulaw", 8000)
    ]
    assert clip.packets[0].pts == 0
