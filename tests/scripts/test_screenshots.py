"""The pictures' program without a browser: its command line, and what it makes of a picture."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts import screenshots

ROOT = Path(__file__).parents[2]


class Shot:
    """A page that looks like noise, the worst there is for a codec."""

    async def screenshot(self, **_: object) -> bytes:
        noise = np.random.default_rng(1).integers(0, 256, (430, 640, 3), dtype=np.uint8)
        out = io.BytesIO()
        Image.fromarray(noise).save(out, "PNG")
        return out.getvalue()


async def test_a_picture_is_written_within_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screenshots, "PICTURES", tmp_path / "pictures")
    monkeypatch.setattr(screenshots, "ROOT", tmp_path)
    (tmp_path / "pictures").mkdir()
    await screenshots.save(Shot(), "noise")  # type: ignore[arg-type]
    written = (tmp_path / "pictures" / "noise.webp").read_bytes()
    assert len(written) <= screenshots.MOST_BYTES
    assert Image.open(io.BytesIO(written)).size == (640, 430)


def test_a_wrong_argument_is_said_before_anything_is_set_up() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "pictures", "--nonsense"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "--nonsense" in done.stderr


@pytest.mark.parametrize(("only", "taken"), [("", True), ("console", True), ("-en", False)])
def test_pictures_are_chosen_by_a_word(*, only: str, taken: bool) -> None:
    assert screenshots.wanted("console-zh", only) is taken
