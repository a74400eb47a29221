import io
from pathlib import Path

import pytest
from PIL import Image

from media.recording.index import PublicRecording, write_stream
from media.recording.poster import POSTER, main
from tests.media.hls.synthetic_stream import SyntheticStream, encoded_sound, encoded_video


def record(directory: Path, *, pictures: bool = True) -> None:
    tracks = (encoded_video(360, 600_000), encoded_sound()) if pictures else (encoded_sound(),)
    stream = SyntheticStream(*tracks)
    directory.mkdir()
    write_stream(directory, stream.info)
    with PublicRecording(directory) as recording:
        for init in stream.inits():
            recording.write_init(init.rendition, init.version, init.payload)
        for _ in range(18):
            for part in stream.parts():
                recording.write(part)


def test_a_recording_gets_a_picture(tmp_path: Path) -> None:
    record(tmp_path / "b1")
    assert main([str(tmp_path / "b1")]) == 0
    with Image.open(io.BytesIO((tmp_path / "b1" / POSTER).read_bytes())) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (640, 360)


@pytest.mark.parametrize("pictures", [False, None])
def test_where_there_are_no_pictures_there_is_no_poster(
    tmp_path: Path, pictures: bool | None
) -> None:
    if pictures is not None:
        record(tmp_path / "b1", pictures=pictures)
    assert main([str(tmp_path / "b1")]) == 1
    assert not (tmp_path / "b1" / POSTER).exists()
