"""Makes the project's own environment: `.venv`, locked packages, compiled part, web part.

Standard library only, as it runs before anything is installed. Every step leaves a stamp when it
has succeeded and none before, so that an interrupted set-up goes on where it stopped. The check
that all is done reads a few small files, for it precedes every start.
"""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "tingbo.json"
LOCKS = {
    "run": ("requirements.lock",),
    "test": ("requirements.lock", "requirements-dev.lock"),
}


def prepare(purpose: str) -> None:
    """Make everything ready that `purpose` ("run" or "test") needs, or end with a sentence."""
    prepare_python(purpose)
    prepare_native()
    if not prepare_web():
        sys.exit(1)


def prepare_python(purpose: str) -> None:
    """Make the environment ready, or end with a sentence about what is missing."""
    if not python_is_ready(purpose) and not _set_up(lambda: _make_python(purpose)):
        sys.exit(1)


def prepare_native() -> None:
    """Make the compiled part ready where that can be done."""
    from scripts.nativepart import build, is_built  # noqa: PLC0415

    if not is_built():
        _set_up(build)


def prepare_web() -> bool:
    """Make the built web part ready; if that cannot be done, say why."""
    return web_is_ready() or _set_up(_make_web)


def _set_up(make: Callable[[], None]) -> bool:
    # Imported late: a start that finds everything ready does not pay for it.
    from scripts.progress import CannotGoOn, say  # noqa: PLC0415

    try:
        with only_one():
            make()
    except CannotGoOn as reason:
        say(f"Tingbo cannot go on: {reason}")
        return False
    except KeyboardInterrupt:
        say("\nInterrupted; the next start goes on from here.")
        sys.exit(130)
    return True


def python_is_ready(purpose: str) -> bool:
    """Whether `.venv` is whole, made here by this Python, and has all the locked packages."""
    stamp = read_stamp()
    packages = stamp.get("packages", {})
    return stamp.get("made") == identity() and all(
        packages.get(name) == digest(ROOT / name) for name in LOCKS[purpose]
    )


def web_is_ready() -> bool:
    """Whether the built web part was made from the sources as they are now."""
    from scripts.webpart import is_built  # noqa: PLC0415

    return is_built()


def _make_python(purpose: str) -> None:
    from scripts.environment import make  # noqa: PLC0415

    if not python_is_ready(purpose):  # else another command has made it while this one waited
        make(purpose)


def _make_web() -> None:
    from scripts.webpart import build  # noqa: PLC0415

    if not web_is_ready():
        build()


def identity() -> dict[str, str]:
    """Name what a virtual environment depends on: it can neither be moved nor change its Python."""
    # The environment's own interpreter must name the same one that made it.
    base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    return {"root": str(ROOT), "python": base, "version": sys.version.split()[0]}


def read_stamp() -> dict[str, dict[str, str]]:
    """Return what the environment says of itself; nothing when it is missing or half-made."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and PYTHON.exists() else {}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees either nothing new or all of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_text(text)
    half.replace(path)


@contextmanager
def only_one() -> Iterator[None]:
    """Keep two set-ups of one working copy apart; the second waits for the first."""
    import fcntl  # noqa: PLC0415

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            from scripts.progress import say  # noqa: PLC0415

            say("  another command is setting up this copy; waiting for it …")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
