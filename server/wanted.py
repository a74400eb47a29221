"""Says which processes should run; the supervisor makes it so.

One file for each in ``run/wanted``. Files are written whole, durably, and for this user only: a
camera's address may hold a password.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from server.places import Places

_NAME = re.compile(r"[0-9a-z][0-9a-z_-]{0,80}")


class Processes:
    """The folder of wanted processes below a data directory. Its methods touch the disk."""

    def __init__(self, data: Path) -> None:
        self._places = Places(data)

    def want(
        self,
        name: str,
        module: str,
        assignment: dict[str, Any],
        nice: int = 0,
        *,
        once: bool = False,
    ) -> bool:
        """Have a process run; tell whether anything changed. The same again changes nothing.

        One that runs ``once`` is not started again when it has ended with status 0.
        """
        document = {"module": module, "assignment": assignment, "nice": nice}
        if once:
            document["once"] = True
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
        path = self._path(name)
        if _read(path) == text:
            return False
        for folder in (path.parent, self._places.socket(name).parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = path.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        half.replace(path)
        return True

    def release(self, name: str) -> bool:
        """Let a process end; tell whether it was wanted."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def assignment(self, name: str) -> dict[str, Any] | None:
        """Return what a process that should run is told to do; None if none should."""
        text = _read(self._path(name))
        return None if text is None else dict(json.loads(text)["assignment"])

    def wanted(self) -> frozenset[str]:
        """Return the names of all processes that should run."""
        if not self._places.wanted.is_dir():
            return frozenset()
        return frozenset(path.stem for path in self._places.wanted.glob("[!.]*.json"))

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a process's name")
        return self._places.wanted / f"{name}.json"


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
