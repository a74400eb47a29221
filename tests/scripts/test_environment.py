import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import environment
from scripts.progress import CannotGoOn


def test_pip_that_came_with_this_python_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip-20.0-py3-none-any.whl").touch()
    monkeypatch.setattr(environment, "DEBIAN_WHEELS", tmp_path)
    own = environment._pip_wheels()
    if own[0].parent == tmp_path:
        pytest.skip("this Python came without pip")
    assert own[0].parent.name == "_bundled"


def test_pip_of_the_distribution_is_the_second_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip-20.0-py3-none-any.whl").touch()
    monkeypatch.setattr(environment, "DEBIAN_WHEELS", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert environment._pip_wheels() == [tmp_path / "pip-20.0-py3-none-any.whl"]


def test_without_any_pip_a_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "DEBIAN_WHEELS", tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("shutil.which", lambda _: None)
    with (
        pytest.raises(CannotGoOn, match=r"apt install python3-venv\.$"),
        environment._pip(),
    ):
        pass


def test_a_package_of_the_distribution_is_unpacked_without_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stand in for apt-get with a script that puts a package where it would."""
    if not shutil.which("dpkg-deb"):
        pytest.skip("dpkg-deb is missing")
    wheel = tmp_path / "package" / "usr" / "share" / "python-wheels" / "pip-23.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.touch()
    control = tmp_path / "package" / "DEBIAN" / "control"
    control.parent.mkdir()
    control.write_text(
        "Package: python3-pip-whl\nVersion: 23\nArchitecture: all\nMaintainer: x\nDescription: y\n"
    )
    package = tmp_path / "python3-pip-whl.deb"
    subprocess.run(
        ["dpkg-deb", "-b", tmp_path / "package", package], check=True, capture_output=True
    )
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.write_text(f'#!/bin/sh\ncase "$*" in *download*) cp {package} . ;; esac\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{apt.parent}:/usr/bin:/bin")
    monkeypatch.setattr(environment, "DEBIAN_WHEELS", tmp_path / "none")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with environment._pip() as command:
        assert command[0].endswith("/pip-23.0-py3-none-any.whl/pip")
        assert Path(command[0]).parent.exists()


def test_the_mirror_that_pip_was_told_of_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert environment._uv_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert environment._uv_environment()["UV_DEFAULT_INDEX"] == "https://other.example/simple"
