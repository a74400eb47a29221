"""A replay as one film: nothing encoded, nothing of what was withdrawn."""

from __future__ import annotations

import shutil
from pathlib import Path

import av
import pytest

from media.hls.withdrawn import Withdrawn
from media.recording.download import main
from media.recording.entry import parse_index
from media.recording.index import PublicRecording, write_stream
from tests.media.hls.synthetic_stream import START_US, SyntheticStream, encoded_video

pytestmark = pytest.mark.media
SEGMENT_US = 1_920_000


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four segments of two pictures' sizes and a sound."""
    directory = tmp_path_factory.mktemp("recorded")
    stream = SyntheticStream(encoded_video(90, 60_000), *SyntheticStream().tracks)
    write_stream(directory, stream.info)
    with PublicRecording(directory) as recording:
        for init in stream.inits():
            recording.write_init(init.rendition, init.version, init.payload)
        for _ in range(24):
            for part in stream.parts():
                recording.write(part)
    return directory


@pytest.fixture
def directory(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "b1"))


def samples(path: Path) -> dict[str, list[tuple[float, bytes]]]:
    """Return time and bytes of each sample of a film, by kind."""
    found: dict[str, list[tuple[float, bytes]]] = {}
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.pts is not None:
                at = float(packet.pts * packet.time_base)
                found.setdefault(packet.stream.type, []).append((at, bytes(packet)))
    return found


def made(directory: Path, withdrawn: Withdrawn | None = None) -> Path:
    withdrawn = withdrawn or Withdrawn()
    assert main(["0", str(directory), *withdrawn.arguments()]) == 0
    return directory / withdrawn.named("replay.mp4")


def test_the_film_has_every_sample_of_the_best_picture_and_the_sound(directory: Path) -> None:
    path = made(directory)
    found = samples(path)
    pictures, sounds = found["video"], found["audio"]
    assert [at for at, _ in pictures] == pytest.approx([n / 25 for n in range(4 * 48)])
    assert [at for at, _ in sounds] == pytest.approx([n * 1024 / 48_000 for n in range(4 * 90)])
    with av.open(str(path)) as film:
        assert film.streams.video[0].height == 180
        assert sum(1 for _ in film.decode(video=0)) == 4 * 48
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")  # it plays while it is fetched
    assert sorted(one.name for one in directory.glob("replay*")) == ["replay.mp4"]


def test_what_was_withdrawn_is_not_in_it_and_takes_no_time(directory: Path) -> None:
    whole = samples(made(directory))
    second = Withdrawn.of([(START_US + SEGMENT_US + 1, START_US + SEGMENT_US + 2)])
    path = made(directory, second)
    assert path.name != "replay.mp4"
    found = samples(path)
    for kind, per_segment in (("video", 48), ("audio", 90)):
        kept = whole[kind][:per_segment] + whole[kind][2 * per_segment :]
        assert [data for _, data in found[kind]] == [data for _, data in kept]
        times = [at for at, _ in kept[: len(found[kind])]]
        assert [at for at, _ in found[kind]] == [at for at, _ in whole[kind][: len(times)]]


def test_without_room_or_recording_nothing_is_left_behind(directory: Path, tmp_path: Path) -> None:
    assert main([str(1 << 60), str(directory)]) == 1
    assert main(["0", str(tmp_path)]) == 1
    assert not list(tmp_path.rglob("replay*"))


def test_a_recording_that_changes_its_coding_is_no_one_film(directory: Path) -> None:
    index = directory / "public" / "v180" / "index.log"
    init = index.with_name("init-1.mp4")
    (init.with_name("init-2.mp4")).write_bytes(init.read_bytes().replace(b"avc1", b"avc3"))
    entries, _ = parse_index(index.read_bytes())
    index.write_bytes(
        b"".join((e._replace(init_version=2) if e.msn == 3 else e).line() for e in entries)
    )
    assert main(["0", str(directory)]) == 1
    assert not list(directory.glob("replay*"))
