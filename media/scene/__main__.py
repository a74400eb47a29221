"""``python -m media.scene DIRECTORY``: make the clips of the demonstration courtroom."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from media.scene.clips import make


def _size(told: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", told)
    if match is None:
        raise argparse.ArgumentTypeError(f"{told!r} is not WIDTHxHEIGHT, such as 1280x720")
    return int(match[1]), int(match[2])


def _show(view: str) -> None:
    sys.stderr.write(f"scene: {view} is made\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Make the clips; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m media.scene",
        description="Draw a courtroom in session from four sides, as four short clips in step. "
        "Clips that are there already are kept; an interrupted run can be started again.",
    )
    parser.add_argument("directory", type=Path, help="where the clips go")
    parser.add_argument(
        "--size",
        type=_size,
        metavar="WxH",
        help="16:9; by default that of clips which are there, else 640x360",
    )
    told = parser.parse_args(arguments)
    try:
        make(told.directory, told.size, _show)
    except ValueError as problem:
        parser.error(str(problem))
    except KeyboardInterrupt:
        sys.stderr.write("\nscene: interrupted; start again to go on\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
