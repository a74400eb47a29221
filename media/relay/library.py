"""Where the compiled part of the relay lies and how it is built; standard library only.

The file's name has the digest of its sources, so that one built from another version is not found.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCES = tuple(
    FOLDER / f"{name}.c" for name in ("fanout", "gcm", "intake", "check", "report", "digest")
)
HEADERS = tuple(FOLDER / f"{name}.h" for name in ("gcm", "ear", "digest"))
BUILD_SECONDS = 120


def place(folder: Path = FOLDER) -> Path:
    """Return the path of the file that belongs to the sources as they are now."""
    text = b"".join(path.read_bytes() for path in (*SOURCES, *HEADERS))
    return folder / f"fanout-{hashlib.sha256(text).hexdigest()[:12]}.so"


def compiler() -> str | None:
    """Return the machine's C compiler; ``CC`` names another, an empty one none."""
    import shutil  # noqa: PLC0415 - every start asks whether all is built

    name = os.environ.get("CC", "cc")
    return shutil.which(name) if name else None


def build(folder: Path = FOLDER) -> Path:
    """Build into a folder, whole or not at all; raises ``OSError``, also when nothing compiles."""
    import subprocess  # noqa: PLC0415

    command = compiler()
    if command is None:
        raise FileNotFoundError("no C compiler")
    made = place(folder)
    half = made.with_name(f".{made.name}.{os.getpid()}")
    try:
        subprocess.run(  # noqa: S603 - the machine's own compiler
            [command, "-std=gnu11", "-O2", "-Wall", "-shared", "-fPIC", "-o", half, *SOURCES],
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
