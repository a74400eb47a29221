"""The built web part: which files a page needs, by the build's manifest.

Without a build (only the API is used, or the build failed) pages are plain and still readable.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

BASE = "/static/"
_MANIFEST = Path(".vite") / "manifest.json"


@dataclass(frozen=True, slots=True)
class Assets:
    """Addresses of the built files. Every name holds a digest, so a file never changes."""

    chunks: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Assets:
        """Read the manifest of the build in ``folder``; nothing if there is no build."""
        try:
            chunks = json.loads((folder / _MANIFEST).read_bytes())
        except (FileNotFoundError, json.JSONDecodeError):
            return cls()
        return cls(chunks)

    def scripts(self, entry: str) -> list[str]:
        """Return the addresses of an entry's script; it loads the others itself."""
        chunk = self.chunks.get(f"src/{entry}/main.ts")
        return [BASE + chunk["file"]] if chunk else []

    def styles(self, entry: str) -> list[str]:
        """Return the addresses of an entry's styles, those of shared parts first."""
        found: dict[str, None] = {}
        self._gather(f"src/{entry}/main.ts", found, set())
        return [BASE + name for name in found]

    def url(self, source: str) -> str:
        """Return the address of a picture by its path in the sources."""
        chunk = self.chunks.get(source)
        return BASE + chunk["file"] if chunk else ""

    def _gather(self, name: str, found: dict[str, None], seen: set[str]) -> None:
        chunk = self.chunks.get(name)
        if chunk is None or name in seen:
            return
        seen.add(name)
        for other in chunk.get("imports", ()):
            self._gather(other, found, seen)
        found.update(dict.fromkeys(chunk.get("css", ())))


ASSETS = web.AppKey("assets", Assets)
