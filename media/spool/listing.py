"""The digest of a folder of files, as ``sha256sum`` would make it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from media.spool.sheet import PublicDigest

_READ = 1 << 20


def digest_of(folder: Path) -> PublicDigest | None:
    """Return the digest of all files below a folder; None if there are none.

    SHA-256 over a line for each file in the order of their names: SHA-256 of its bytes in
    hexadecimal, two blanks, its path below the folder.
    """
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    if not names:
        return None
    total, size = hashlib.sha256(), 0
    for name in names:
        sha = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while data := file.read(_READ):
                sha.update(data)
                size += len(data)
        total.update(f"{sha.hexdigest()}  {name}\n".encode())
    return PublicDigest(total.hexdigest(), len(names), size)
