"""Checks the record of one broadcast against its seals, its sheet and the court's key.

``python -m media.inspection ASSIGNMENT.json``. It is what a stranger does with
``python -m media.spool.verify``, for the hours of one hearing, and writes how far it is and what it
found into ``progress.json`` of its folder. It reads and changes nothing of the record.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path

from media.assignment import InspectionAssignment, load
from media.errors import MediaError
from media.process import die_with_parent
from media.progress import PROGRESS_OVER, read_progress, tell_progress
from media.spool.verify import verify_hearing

_log = logging.getLogger(__name__)
_TELL_SECONDS = 0.5


def inspect_record(assignment: InspectionAssignment) -> None:
    """Check the record; one that was checked to the end is not checked again."""
    folder = Path(assignment.directory)
    if read_progress(folder).get("state") in PROGRESS_OVER:
        return
    folder.mkdir(parents=True, exist_ok=True)
    told_at = 0.0

    def on_read(count: int, size: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_SECONDS:
            told_at = time.monotonic()
            # The public recording and the gaps are still to come when every byte was read.
            tell_progress(folder, {"state": "running", "done": round(0.99 * count / size, 4)})

    try:
        found = verify_hearing(
            Path(assignment.spool),
            Path(assignment.broadcast_directory),
            assignment.public_key.encode(),
            on_read,
        )
    except (MediaError, OSError, ValueError) as problem:
        _log.exception("the record could not be checked")
        told = {"state": "failed", "done": 0.0, "problem": type(problem).__name__}
    else:
        told = {"state": "done", "done": 1.0, **found}
    told["ended_us"] = time.time_ns() // 1000
    tell_progress(folder, told)


def main() -> None:
    """Check what the assignment names."""
    die_with_parent()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    inspect_record(load(InspectionAssignment, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
