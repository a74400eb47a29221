"""Where exports lie: a folder each, with what was asked, how far it is, and the films."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

from media import read_progress
from server.records.model import Export, told

_REQUEST = "request.json"
_ID = re.compile(r"[0-9a-z]{4,32}")
_FILM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,80}\.(mp4|mov)")


class ExportFolder:
    """The exports of all broadcasts, below a folder. Its methods touch the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def place(self, broadcast: str, export: str) -> Path:
        """Return where an export lies."""
        return self._root / broadcast / export

    def begin(self, export: Export) -> Path:
        """Make an export's folder; return it."""
        folder = self.place(export.broadcast, export.id)
        folder.mkdir(mode=0o700, parents=True)
        asked = {
            name: getattr(export, name)
            for name in ("id", "broadcast", "by", "asked_us", "from_us", "to_us", "closed")
        }
        text = json.dumps({**asked, "cameras": list(export.cameras)})
        (folder / _REQUEST).write_text(text, encoding="utf-8")
        return folder

    def read(self, broadcast: str, export: str) -> Export | None:
        """Return an export; None if there is none."""
        if not _ID.fullmatch(broadcast) or not _ID.fullmatch(export):
            return None
        folder = self.place(broadcast, export)
        try:
            request = json.loads((folder / _REQUEST).read_bytes())
        except (OSError, ValueError):
            return None
        try:
            return told(request, read_progress(folder))
        except (TypeError, KeyError, ValueError):
            return None

    def all(self, broadcast: str = "") -> list[Export]:
        """Return the exports of a broadcast, or of all, oldest first."""
        pattern = f"{broadcast or '*'}/*/{_REQUEST}"
        paths = self._root.glob(pattern) if not broadcast or _ID.fullmatch(broadcast) else ()
        found = (self.read(path.parent.parent.name, path.parent.name) for path in paths)
        return sorted((one for one in found if one), key=lambda one: one.asked_us)

    def film(self, export: Export, name: str) -> Path | None:
        """Return where a film of an export lies; None if it has none of this name."""
        if not _FILM.fullmatch(name) or name not in {film.name for film in export.films}:
            return None
        path = self.place(export.broadcast, export.id) / name
        return path if path.is_file() else None

    def remove(self, export: Export) -> None:
        """Take a copy away. The record itself is elsewhere, and nothing here can reach it."""
        shutil.rmtree(self.place(export.broadcast, export.id), ignore_errors=True)


def fields(export: Export) -> dict[str, object]:
    """Return what the journal notes of an export."""
    noted = dataclasses.asdict(export)
    return {name: noted[name] for name in ("id", "from_us", "to_us", "closed")} | {
        "cameras": list(export.cameras)
    }
