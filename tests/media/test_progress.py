"""How far a process is can be read at any moment."""

from __future__ import annotations

from pathlib import Path

from media.progress import read_progress, tell_progress


def test_the_newest_is_read(tmp_path: Path) -> None:
    assert read_progress(tmp_path) == {}
    tell_progress(tmp_path, {"state": "running", "done": 0.2})
    tell_progress(tmp_path, {"state": "done", "done": 1.0})
    assert read_progress(tmp_path) == {"state": "done", "done": 1.0}


def test_what_is_no_progress_is_none(tmp_path: Path) -> None:
    for text in ("", "[1]", "{"):
        (tmp_path / "progress.json").write_text(text)
        assert read_progress(tmp_path) == {}
