"""Builds the relay's compiled fan-out where there is a C compiler; without it Python does the same.

Never a reason not to start: what fails is said once and not tried again for the same source.
"""

from pathlib import Path

from media.relay import library


def is_built(folder: Path = library.FOLDER) -> bool:
    """Whether it was built, or cannot be."""
    made = library.place(folder)
    return made.exists() or _failed(made).exists() or library.compiler() is None


def build(folder: Path = library.FOLDER) -> None:
    """Build it and remove what was built from other versions."""
    from scripts.progress import say  # noqa: PLC0415

    made = library.place(folder)
    try:
        library.build(folder)
    except OSError as problem:
        say(f"  fan-out of the relay: {problem}; it goes without the compiled part")
        _failed(made).touch()
    else:
        say("  fan-out of the relay: compiled")
    for other in folder.glob("fanout-*"):
        if other not in {made, _failed(made)}:
            other.unlink()


def _failed(made: Path) -> Path:
    return made.with_suffix(".failed")
