from pathlib import Path

import pytest

from media.relay.library import place
from scripts import nativepart
from tests.tools import require_tool


def test_it_is_built_once_and_what_is_old_goes(tmp_path: Path) -> None:
    require_tool("cc")
    (tmp_path / "fanout-0ld.so").touch()
    assert not nativepart.is_built(tmp_path)
    nativepart.build(tmp_path)
    assert nativepart.is_built(tmp_path)
    assert list(tmp_path.iterdir()) == [place(tmp_path)]


def test_without_a_compiler_there_is_nothing_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    assert nativepart.is_built(tmp_path)


def test_a_compiler_that_fails_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "false")
    nativepart.build(tmp_path)
    assert "goes without" in capsys.readouterr().err
    assert nativepart.is_built(tmp_path)
    assert not place(tmp_path).exists()
