"""A real recording in, sheets of small pictures out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from media.recording import storyboard
from media.recording.preview import read_storyboard
from media.recording.storyboard import main
from tests.media.recording.test_poster import record


def test_a_recording_gets_small_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storyboard, "_EVERY_S", 3.0)
    record(tmp_path / "b1")
    assert main([str(tmp_path / "b1")]) == 0
    made = read_storyboard(tmp_path / "b1")
    assert made.msns == (0, 2)
    (sheet,) = made.sheets
    assert made.place(1) == (sheet, 160, 0)
    with Image.open(tmp_path / "b1" / sheet) as picture:
        assert picture.size == (1600, 90)
        # The pictures are grey with a bright bar; places that are not used are black.
        shown = np.asarray(picture.convert("L"))
    assert shown[5:85, 165:315].min() > 20
    assert shown[:, 330:480].max() < 20


@pytest.mark.parametrize("pictures", [False, None])
def test_where_there_are_no_pictures_there_is_no_storyboard(
    tmp_path: Path, pictures: bool | None
) -> None:
    if pictures is not None:
        record(tmp_path / "b1", pictures=pictures)
    assert main([str(tmp_path / "b1")]) == 1
    assert not (tmp_path / "b1" / "storyboard.json").exists()
