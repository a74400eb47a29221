"""A file as a camera."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from media.feeds.arrival import Arrived
from media.feeds.file import FileSource, path_of
from tests.media.feeds.cameras import code_of, make_clip

pytestmark = pytest.mark.media


def now_us() -> int:
    return time.monotonic_ns() // 1000


def test_it_is_played_in_real_time_again_and_again(tmp_path: Path) -> None:
    source = FileSource(f"file:{make_clip(tmp_path / 'a clip.mp4', seconds=0.32)}", now_us)
    begun = now_us()
    assert [known.stream for known in source.open()] == ["video", "audio"]
    found: list[Arrived] = []
    while sum(item.timing.stream == "video" for item in found) < 25:
        found += [item for item in source.read() if isinstance(item, Arrived)]
    source.close()
    pictures = [item.timing.pts_us for item in found if item.timing.stream == "video"]
    assert pictures == [index * 40_000 for index in range(25)]
    sounds = [item.timing.pts_us for item in found if item.timing.stream == "audio"]
    steps = [after - before for before, after in itertools.pairwise(sounds)]
    assert max(steps) < 43_000
    assert min(steps) >= 21_333
    assert now_us() - begun >= 24 * 40_000
    assert all(
        item.arrival_us >= begun + item.timing.dts_us for item in found if item.timing.dts_us
    )


def test_what_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    assert code_of(FileSource(f"file:{tmp_path}/text.mp4", now_us).open) == "garbage"
    assert code_of(FileSource(f"file:{tmp_path}/none.mp4", now_us).open) == "not_found"


def test_addresses() -> None:
    assert path_of("file:///a/b%20c.mp4") == "/a/b c.mp4"
    assert path_of("file:/a/b.mp4") == "/a/b.mp4"
    assert path_of("file:b.mp4") == "b.mp4"
