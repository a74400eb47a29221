"""How far a process of the background is, told in a file of its folder that is always whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROGRESS = "progress.json"
PROGRESS_OVER = frozenset({"done", "refused", "failed"})  # states after which nothing comes


def tell_progress(folder: Path, told: Mapping[str, Any]) -> None:
    """Write what is to be told; ``state`` and ``done`` (0 to 1) are in it. Raises ``OSError``."""
    draft = folder / f".{PROGRESS}"
    draft.write_text(json.dumps(told), encoding="utf-8")
    draft.replace(folder / PROGRESS)


def read_progress(folder: Path) -> dict[str, Any]:
    """Return what was told last; nothing if nothing was yet."""
    try:
        told = json.loads((folder / PROGRESS).read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
