import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import bootstrap

LOCK = "requirements.lock"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working copy that says of itself that all is installed."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(bootstrap, "STAMP", venv / "tingbo.json")
    (tmp_path / LOCK).write_text("aiohttp==3\n")
    stamp(tmp_path, made=bootstrap.identity())
    return tmp_path


def stamp(copy: Path, made: dict[str, str]) -> None:
    packages = {LOCK: bootstrap.digest(copy / LOCK)}
    bootstrap.write_whole(bootstrap.STAMP, json.dumps({"made": made, "packages": packages}))


@pytest.mark.usefixtures("copy")
def test_a_finished_environment_is_ready_for_what_it_was_made_for() -> None:
    assert bootstrap.python_is_ready("run")


def test_tests_need_more_than_a_run(copy: Path) -> None:
    (copy / "requirements-dev.lock").write_text("pytest==9\n")
    assert not bootstrap.python_is_ready("test")


def test_a_changed_lock_is_noticed(copy: Path) -> None:
    (copy / LOCK).write_text("aiohttp==4\n")
    assert not bootstrap.python_is_ready("run")


@pytest.mark.parametrize(
    "other",
    [{"root": "/elsewhere"}, {"python": "/usr/bin/python9"}, {"version": "3.99.0"}],
    ids=str,
)
def test_a_moved_copy_or_another_python_needs_a_new_environment(
    copy: Path, other: dict[str, str]
) -> None:
    stamp(copy, made=bootstrap.identity() | other)
    assert not bootstrap.python_is_ready("run")


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
@pytest.mark.usefixtures("copy")
def test_a_half_written_stamp_is_no_stamp(text: str) -> None:
    bootstrap.STAMP.write_text(text)
    assert not bootstrap.python_is_ready("run")


@pytest.mark.usefixtures("copy")
def test_an_environment_without_its_python_is_not_ready() -> None:
    bootstrap.PYTHON.unlink()
    assert not bootstrap.python_is_ready("run")


def test_writing_leaves_nothing_but_the_file(tmp_path: Path) -> None:
    bootstrap.write_whole(tmp_path / "a" / "stamp", "庭")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["stamp"]


def test_a_second_set_up_waits_for_the_first(copy: Path) -> None:
    script = (
        "import sys, pathlib; from scripts import bootstrap\n"
        f"bootstrap.ROOT = pathlib.Path({str(copy)!r})\n"
        "with bootstrap.only_one(): print('in', flush=True)\n"
    )
    with bootstrap.only_one():
        second = subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr is not None
        assert "waiting for it" in second.stderr.readline()
        time.sleep(0.1)
        assert second.poll() is None
    out, _ = second.communicate(timeout=60)
    assert out == "in\n"
