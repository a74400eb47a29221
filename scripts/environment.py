"""Makes `.venv` and installs the locked packages into it, on machines without pip or venv too."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bootstrap import (
    LOCKS,
    PYTHON,
    ROOT,
    STAMP,
    VENV,
    digest,
    identity,
    read_stamp,
    write_whole,
)
from scripts.progress import CannotGoOn, say, step

UV = VENV / "bin" / "uv"
NO_PACKAGES = (
    "the Python packages could not be installed (see above); it needs a package index that can be"
    " reached (PIP_INDEX_URL names another one) and about 1 GB of disk."
)
DEBIAN_WHEELS = Path("/usr/share/python-wheels")


def make(purpose: str) -> None:
    """Bring `.venv` to what the lock files say, from whatever state it is in."""
    say("Setting up Tingbo (needed once, and again when its dependencies change)")
    if read_stamp().get("made") != identity():
        _make_venv()
    _link_project()
    name = LOCKS[purpose][-1]  # each later lock file holds all that the earlier ones do
    install(f"packages of {name}", name)
    packages = read_stamp().get("packages", {})
    _stamp(packages | {name: digest(ROOT / name) for name in LOCKS[purpose]})


def install(title: str, lock: str) -> None:
    """Install the packages of one lock file, every one checked against its hash."""
    if not UV.exists():
        _install_uv()
    step(
        title,
        [
            UV,
            "pip",
            "install",
            "--quiet",
            "--python",
            PYTHON,
            "--require-hashes",
            "--only-binary",
            ":all:",
            "-r",
            ROOT / lock,
        ],
        cwd=ROOT,
        env=_uv_environment(),
        otherwise=NO_PACKAGES,
    )


def _make_venv() -> None:
    """Make an empty environment; what a former, half-made one left is thrown away."""
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        # Without pip: making it costs seconds, and Debian's bare Python cannot.
        venv.create(VENV, symlinks=True, with_pip=False)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotGoOn(f"{VENV} could not be made: {error}.") from error
    _stamp({})


def _stamp(packages: dict[str, str]) -> None:
    write_whole(STAMP, json.dumps({"made": identity(), "packages": packages}, indent=1))


def _link_project() -> None:
    """Make `server` and `media` importable without building anything."""
    for site in VENV.glob("lib/python3*/site-packages"):
        write_whole(site / "tingbo.pth", f"{ROOT}\n")


def _install_uv() -> None:
    with _pip() as pip:
        step(
            "installer",
            [
                PYTHON,
                *pip,
                "install",
                "--quiet",
                "--require-hashes",
                "--only-binary",
                ":all:",
                "--disable-pip-version-check",
                "--retries",
                "2",
                "-r",
                ROOT / "scripts" / "requirements-uv.lock",
            ],
            otherwise=NO_PACKAGES,
        )


@contextmanager
def _pip() -> Iterator[list[str]]:
    """Find a pip to run with the environment's Python: a wheel of pip runs without installing."""
    wheels = _pip_wheels()
    if wheels:
        yield [f"{wheels[-1]}/pip"]
        return
    with tempfile.TemporaryDirectory() as folder:
        _fetch_debian_pip(Path(folder))
        wheels = sorted(Path(folder).rglob("pip-*.whl"))
        if not wheels:
            raise CannotGoOn("Python's venv module is incomplete here; apt install python3-venv.")
        yield [f"{wheels[-1]}/pip"]


def _pip_wheels() -> list[Path]:
    """Find the pip that came with this Python; the distribution keeps its own elsewhere."""
    spec = importlib.util.find_spec("ensurepip")
    bundled = Path(spec.origin).parent / "_bundled" if spec and spec.origin else DEBIAN_WHEELS
    return sorted(bundled.glob("pip-*.whl")) or sorted(DEBIAN_WHEELS.glob("pip-*.whl"))


def _fetch_debian_pip(folder: Path) -> None:
    """Fetch Debian's wheel of pip into a folder; apt checks it and needs no rights for that."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return
    folder.chmod(0o755)
    own_lists = [f"-oDir::State::Lists={folder}/lists", f"-oDir::Cache={folder}/cache"]
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    apt = ["apt-get", *own_lists, "-oAPT::Sandbox::User=", "-qq"]
    try:
        step("package lists of the distribution", [*apt, "update"], cwd=folder)
        step("pip from the distribution", [*apt, "download", "python3-pip-whl"], cwd=folder)
        for package in folder.glob("*.deb"):
            step("unpacking it", ["dpkg-deb", "-x", package, folder / "unpacked"])
    except CannotGoOn:
        return  # the caller says what a person can do about it


def _uv_environment() -> dict[str, str]:
    """Let uv use the package index and certificates that pip was told of on this machine."""
    env = {**os.environ, "VIRTUAL_ENV": str(VENV), "UV_NO_PROGRESS": "1", "UV_NO_CONFIG": "1"}
    # Seconds now for a second less at every start, also where Python may not write its cache.
    env["UV_COMPILE_BYTECODE"] = "1"
    for theirs, ours in (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE")):
        if theirs in env:
            env.setdefault(ours, env[theirs])
    if sys.platform == "linux":
        env.setdefault("UV_LINK_MODE", "copy" if _other_disk() else "hardlink")
    return env


def _other_disk() -> bool:
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home())
    return not cache.exists() or cache.stat().st_dev != ROOT.stat().st_dev
