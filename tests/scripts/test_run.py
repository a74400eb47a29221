"""The two commands as a stranger meets them, in a bare copy of the project."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from media.relay import library

ROOT = Path(__file__).parents[2]
STUB = "import json, sys, aiohttp, av\nprint(json.dumps(sys.argv[1:]))\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What set-up needs of a clone, with a service that only repeats its arguments."""
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    (tmp_path / "media" / "relay").mkdir(parents=True)
    compiled = [f"relay/{path.name}" for path in (*library.SOURCES, *library.HEADERS)]
    for part in ("__init__.py", "relay/__init__.py", "relay/library.py", *compiled):
        shutil.copy(ROOT / "media" / part, tmp_path / "media" / part)
    (tmp_path / "server").mkdir()
    for name in ("__init__.py", "run_options.py"):
        shutil.copy(ROOT / "server" / name, tmp_path / "server" / name)
    (tmp_path / "server" / "__main__.py").write_text(STUB)
    return tmp_path


def call(
    copy: Path, command: str, *arguments: str, where: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    # The Python of the machine, not the one of the environment that runs this test.
    python = os.path.realpath(sys.executable)
    return subprocess.run(
        [python, copy / "scripts" / command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=where,
    )


@pytest.mark.parametrize("command", ["run", "test"])
def test_help_needs_no_set_up(copy: Path, command: str) -> None:
    done = call(copy, command, "--help")
    assert done.returncode == 0
    assert f"usage: scripts/{command}" in done.stdout
    assert not (copy / ".venv").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--port", "http"],
        ["--port", "65536"],
        ["--delay", "1801"],
        ["--delay", "nan"],
        ["--camera"] * 2,
        ["--camera=rtsp://a"] * 5,
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_refused_before_set_up(copy: Path, wrong: list[str]) -> None:
    done = call(copy, "run", *wrong)
    assert done.returncode == 2
    assert "scripts/run: error:" in done.stderr
    assert done.stdout == ""
    assert not (copy / ".venv").exists()


@pytest.mark.parametrize("command", ["run", "test"])
def test_an_old_python_can_read_the_sentence_it_gets(command: str) -> None:
    file = ROOT / "scripts" / command
    tree = ast.parse(file.read_text(), feature_version=(3, 7))
    first_words = "\n".join(map(ast.unparse, tree.body[:4]))
    assert "sys.version_info < (3, 11)" in first_words
    assert "scripts" not in first_words.split("sys.exit")[0]
    assert file.stat().st_mode & 0o111


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_first_start_is_set_up_after_an_interruption_and_a_second_has_nothing_to_do(
    copy: Path,
) -> None:
    python = os.path.realpath(sys.executable)
    command = [python, str(copy / "scripts" / "run"), "--json", "--port", "0"]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stderr is not None
    while "packages of" not in first.stderr.readline():
        assert first.poll() is None
    first.send_signal(signal.SIGKILL)  # the hardest of interruptions
    first.communicate()

    second = call(copy, "run", "--json", "--port", "0")
    assert second.returncode == 0, second.stderr
    assert second.stdout == '["--json", "--port", "0"]\n'  # and nothing but it
    assert "installer" not in second.stderr  # goes on where the first one stopped
    assert "packages of requirements.lock" in second.stderr

    (copy / "server" / "__main__.py").write_text("print('ready')\n")
    decoy = copy / "elsewhere" / "server"
    decoy.mkdir(parents=True)
    (decoy / "__main__.py").write_text("print('wrong')\n")
    third = call(copy, "run", "--json", where=decoy.parent)
    assert (third.stdout, third.stderr) == ("ready\n", "")
