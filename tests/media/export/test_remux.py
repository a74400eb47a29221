"""A range of the record as a film: the right pictures, in step with the sound, nothing closed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from media.errors import SpoolLocked
from media.export.remux import CameraExport
from media.feeds.clip import Clip, load_clip
from media.feeds.loop import microseconds
from media.spool.closing import close_range
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet, StreamDescription
from tests.media.feeds.cameras import make_clip
from tests.media.spool.recorded import T0

pytestmark = pytest.mark.media
SECOND = 1_000_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return load_clip(make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=6))


def sent(clip: Clip, from_us: int = T0) -> Iterator[Packet]:
    for one in clip.packets:
        court_us = from_us + microseconds(one.pts)
        decode_us = from_us + microseconds(one.dts)
        duration_us = microseconds(one.duration)
        yield Packet(
            one.stream, court_us, decode_us, court_us, duration_us, one.keyframe, one.payload
        )


def record(directory: Path, *clips: Clip) -> None:
    with Head.create(directory) as head:
        writer = SpoolWriter(directory, "judge", head)
        for number, clip in enumerate(clips):
            for description in clip.descriptions:
                writer.append(description)
            for packet in sent(clip, T0 + number * 6 * SECOND):
                writer.append(packet)
        writer.close()


def export(directory: Path, from_s: float, to_s: float, *, closed: bool = False) -> list[Path]:
    folder = directory / "films"
    folder.mkdir(exist_ok=True)
    span = (T0 + round(from_s * SECOND), T0 + round(to_s * SECOND))
    exported = CameraExport(directory, "judge", *span, folder, may_read_closed=closed)
    return exported.run(lambda: False)


def shown(path: Path) -> list[tuple[float, np.ndarray]]:
    """Return time and first row of every picture that a player shows."""
    with av.open(str(path)) as film:
        return [
            (float(frame.time or 0), frame.to_ndarray(format="yuv420p")[0].astype(int))
            for frame in film.decode(video=0)
        ]


def test_the_film_begins_at_the_asked_moment_with_the_right_picture(
    tmp_path: Path, clip: Clip
) -> None:
    record(tmp_path, clip)
    [path] = export(tmp_path, 2.5, 4.5)
    assert path.name == "judge.mp4"
    pictures = shown(path)
    begin = min(packet.court_us for packet in sent(clip) if packet.stream == "video")
    assert pictures[0][0] == 0
    assert len(pictures) == 50
    number = math.ceil((T0 + 2.5 * SECOND - begin) / 40_000)
    expected = np.roll(np.arange(320), number * 3).astype(np.uint8).astype(int)
    assert np.abs(pictures[0][1] - expected).mean() < 8  # not the key frame, half a second before
    times = [at for at, _ in pictures]
    assert np.allclose(np.diff(times), 0.04, atol=0.002)


def test_sound_stays_in_step_with_the_picture(tmp_path: Path, clip: Clip) -> None:
    record(tmp_path, clip)
    [path] = export(tmp_path, 2.5, 4.5)
    truth = {
        stream: [
            (one.court_us - T0) / SECOND - 2.5
            for one in sent(clip)
            if one.stream == stream and begin <= one.court_us - T0 < 4.5 * SECOND
        ]
        # pictures from the key frame before on, sound from the first picture that is shown
        for stream, begin in (("video", 2 * SECOND), ("audio", 2.5 * SECOND))
    }
    zero = min(at for at in truth["video"] if at >= 0)
    told: dict[str, list[float]] = {"video": [], "audio": []}
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.size and packet.pts is not None and packet.time_base is not None:
                told[packet.stream.type].append(float(packet.pts * packet.time_base))
    for stream, times in truth.items():
        wanted = [at - zero for at in times if stream == "video" or at >= zero]
        assert told[stream] == pytest.approx(wanted, abs=0.011)


def test_nothing_is_encoded_again(tmp_path: Path, clip: Clip) -> None:
    record(tmp_path, clip)
    [path] = export(tmp_path, 0, 6)
    tails = {one.payload[-32:] for one in sent(clip)}
    with av.open(str(path)) as film:
        packets = [bytes(packet) for packet in film.demux() if packet.size]
    assert len(packets) > 280
    assert {packet[-32:] for packet in packets} <= tails


def test_a_camera_that_changes_gives_two_films(tmp_path: Path, clip: Clip) -> None:
    other = load_clip(make_clip(tmp_path / "other.mp4", seconds=3, size=(160, 96)))
    record(tmp_path, clip, other)
    first, second = export(tmp_path, 4, 9)
    assert second.name == "judge-2.mp4"
    assert len(shown(first)[0][1]) == 320
    pictures = shown(second)
    assert len(pictures[0][1]) == 160
    assert 1.9 < pictures[0][0] < 2.1  # the same zero as the first film's


def test_sound_in_g711_gives_a_quicktime_film(tmp_path: Path) -> None:
    clip = load_clip(make_clip(tmp_path / "clip.mov", seconds=2, sound="pcm_mulaw"))
    record(tmp_path, clip)
    [path] = export(tmp_path, 0, 2)
    assert path.suffix == ".mov"
    with av.open(str(path)) as film:
        [audio] = film.streams.audio
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("pcm_mulaw", 8000, 1)
        heard = sum(frame.samples for frame in film.decode(audio=0))
        assert heard == pytest.approx(16_000, abs=400)


def test_closed_parts_are_refused_unless_they_may_be_read(tmp_path: Path, clip: Clip) -> None:
    record(tmp_path, clip)
    close_range(tmp_path, "judge", T0 + 3 * SECOND, T0 + 4 * SECOND)
    with pytest.raises(SpoolLocked, match="closed"):
        export(tmp_path, 1, 5)
    assert not list((tmp_path / "films").iterdir())
    assert len(shown(export(tmp_path, 0.5, 1.5)[0])) == 25
    assert len(shown(export(tmp_path, 1, 5, closed=True)[0])) == 100


def test_a_description_is_enough_for_a_camera_without_sound(tmp_path: Path, clip: Clip) -> None:
    silent = Clip(
        tuple(one for one in clip.descriptions if one.stream == "video"),
        tuple(one for one in clip.packets if one.stream == "video"),
    )
    assert isinstance(silent.descriptions[0], StreamDescription)
    record(tmp_path, silent)
    assert len(shown(export(tmp_path, 1, 2)[0])) == 25
