from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from media.scene.clips import clips, make

SIZE = (256, 144)
SECONDS = 1.28  # four parts


@dataclass
class Made:
    """What two runs made: the first was interrupted when one clip was whole."""

    first: str
    written: int
    told_by_second: list[str]
    clips: dict[str, Path]
    left: list[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    directory = tmp_path_factory.mktemp("scene")

    finished: list[str] = []

    def interrupt(view: str) -> None:
        finished.append(view)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(directory, SIZE, interrupt, SECONDS)
    (first,) = finished
    written = clips(directory)[first].stat().st_mtime_ns
    told: list[str] = []
    wanted = make(directory, SIZE, told.append, SECONDS)
    return Made(first, written, told, wanted, sorted(path.name for path in directory.iterdir()))


@pytest.mark.media
def test_clips_are_what_cameras_send(made: Made) -> None:
    assert set(made.clips) == {"judge", "prosecution", "defence", "wide"}
    for path in made.clips.values():
        with av.open(path) as clip:
            video, audio = clip.streams.video[0], clip.streams.audio[0]
            assert (video.codec_context.name, video.codec_context.profile) == (
                "h264",
                "Constrained Baseline",
            )
            assert (video.width, video.height) == SIZE
            assert video.average_rate == Fraction(25)
            assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
            keys = [p.pts * p.time_base for p in clip.demux(video) if p.pts and p.is_keyframe]
            assert keys == [1]


@pytest.mark.media
def test_sound_and_picture_end_together(made: Made) -> None:
    for path in made.clips.values():
        with av.open(path) as clip:
            pictures = sum(1 for _ in clip.decode(video=0))
        with av.open(path) as clip:
            sound = np.concatenate([f.to_ndarray() for f in clip.decode(audio=0)], axis=1)
        assert pictures == SECONDS * 25
        assert sound.shape[1] / 48_000 == pytest.approx(SECONDS, abs=0.025)


@pytest.mark.media
def test_an_interrupted_run_keeps_what_is_finished_and_leaves_no_halves(made: Made) -> None:
    assert sorted([made.first, *made.told_by_second]) == sorted(made.clips)
    assert made.clips[made.first].stat().st_mtime_ns == made.written
    assert made.left == sorted(["scene.json", *(path.name for path in made.clips.values())])


@pytest.mark.media
def test_finished_clips_are_not_made_again(made: Made) -> None:
    told: list[str] = []
    for size in (SIZE, None):  # None: whatever size they have
        make(made.clips["judge"].parent, size, told.append, SECONDS)
    assert told == []


@pytest.mark.parametrize("size", [(640, 480), (641, 360), (16, 9)])
def test_other_shapes_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="16:9"):
        make(tmp_path / "none", size)
    assert clips(tmp_path)["judge"] == tmp_path / "judge.mp4"
    assert not (tmp_path / "none").exists()
