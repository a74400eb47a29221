"""Secrets that are handed to the service in files."""

from __future__ import annotations

from pathlib import Path

from server.errors import WrongSettings


def read_secret(path: Path | None, variable: str) -> str:
    """Return what a file holds, empty without one; raises ``WrongSettings`` naming the setting."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongSettings(f"{variable}: {type(problem).__name__}") from None
