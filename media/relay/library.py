"""Where the compiled fan-out lies and how it is built; standard library only.

The file's name has the digest of its source, so that one built from another version is not found.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

SOURCE = Path(__file__).with_name("fanout.c")
BUILD_SECONDS = 120


def place(folder: Path = SOURCE.parent) -> Path:
    """Return the path of the file that belongs to the source as it is now."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:12]
    return folder / f"fanout-{digest}.so"


def compiler() -> str | None:
    """Return the machine's C compiler; ``CC`` names another, an empty one none."""
    import shutil  # noqa: PLC0415 - every start asks whether all is built

    name = os.environ.get("CC", "cc")
    return shutil.which(name) if name else None


def build(folder: Path = SOURCE.parent) -> Path:
    """Build into a folder, whole or not at all; raises ``OSError``, also when nothing compiles."""
    import subprocess  # noqa: PLC0415

    command = compiler()
    if command is None:
        raise FileNotFoundError("no C compiler")
    made = place(folder)
    half = made.with_name(f".{made.name}.{os.getpid()}")
    try:
        subprocess.run(  # noqa: S603 - the machine's own compiler
            [command, "-std=gnu11", "-O2", "-Wall", "-shared", "-fPIC", "-o", half, SOURCE],
            check=True,
            capture_output=True,
            timeout=BUILD_SECONDS,
        )
        half.replace(made)
    except subprocess.SubprocessError as problem:
        raise OSError("the C compiler failed") from problem
    finally:
        half.unlink(missing_ok=True)
    return made
