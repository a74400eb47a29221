"""The compiled fan-out is used only where it fits; what it does is in ``test_fanout``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from media.relay.library import place
from media.relay.native import CannotLoad, NativeFanout, fanout
from tests.tools import require_tool

STRANGE = "unsigned tingbo_fanout_layout(void) { return 7; } int tingbo_fanout(void) { return 0; }"


def test_one_built_from_other_structures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "strange.c").write_text(STRANGE)
    command = [str(require_tool("cc")), "-shared", "-fPIC", "-o", "strange.so", "strange.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with pytest.raises(CannotLoad, match="another version"):
        NativeFanout(segments=False, path=tmp_path / "strange.so")


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(CannotLoad, match="not built"):
        NativeFanout(segments=False, path=tmp_path / "text.so")


def test_who_is_asked_for_comes_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fanout("python", segments=False).name == "python"
    monkeypatch.setattr("media.relay.native.place", lambda: tmp_path / "nowhere.so")
    assert fanout().name == "python"
    with pytest.raises(CannotLoad):
        fanout("native")


def test_it_lies_beside_its_source_under_the_sources_own_name() -> None:
    assert place().parent.joinpath("fanout.c").exists()
