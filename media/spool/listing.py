"""The list of a folder's files and its digest, as ``sha256sum`` would make them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from media.spool.sheet import PublicDigest

_READ = 1 << 20


def list_of(folder: Path) -> tuple[bytes, PublicDigest | None]:
    """Return the list of all files below a folder and its digest; None if there are none.

    A line for each file in the order of their names: SHA-256 of its bytes in hexadecimal, two
    blanks, its path below the folder. The digest is SHA-256 over the list.
    """
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    lines, size = [], 0
    for name in names:
        sha = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while data := file.read(_READ):
                sha.update(data)
                size += len(data)
        lines.append(f"{sha.hexdigest()}  {name}\n".encode())
    text = b"".join(lines)
    if not names:
        return b"", None
    return text, PublicDigest(hashlib.sha256(text).hexdigest(), len(names), size)


def digest_of(folder: Path) -> PublicDigest | None:
    """Return the digest of all files below a folder; None if there are none."""
    return list_of(folder)[1]
