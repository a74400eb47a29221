"""The export's process: ``python -m media.export ASSIGNMENT.json``.

It writes films and ``progress.json`` into its folder and ends. Started again it begins anew, unless
it had come to an end of whatever kind; SIGTERM leaves it to be started again.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import av

from media.assignment import ExportAssignment, load
from media.errors import MediaError, SpoolLocked
from media.export.remux import CameraExport
from media.process import die_with_parent
from media.progress import PROGRESS_OVER, read_progress, tell_progress
from media.proof.pieces import PIECES_SUFFIX, digests_of

_log = logging.getLogger(__name__)
_TELL_SECONDS = 0.5


class Export:
    """One export: cameras one after another, told in ``progress.json``."""

    def __init__(self, assignment: ExportAssignment) -> None:
        self._assignment = assignment
        self._folder = Path(assignment.directory)
        self._stop = threading.Event()
        self._told_at = 0.0
        self._files: list[dict[str, Any]] = []
        self._damaged = 0

    def stop(self) -> None:
        """Stop soon and leave the work to the next start."""
        self._stop.set()

    def run(self) -> None:
        """Export all cameras."""
        if self._is_over():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            for number, camera in enumerate(self._assignment.cameras):
                self._export(number, camera)
        except SpoolLocked as problem:
            self._fail("refused", str(problem))
        except (MediaError, OSError, ValueError, av.FFmpegError) as problem:
            _log.exception("export %s failed", self._assignment.export)
            self._fail("failed", type(problem).__name__)
        else:
            if not self._stop.is_set():
                self._tell("done", 1.0)

    def _is_over(self) -> bool:
        return read_progress(self._folder).get("state") in PROGRESS_OVER

    def _export(self, number: int, camera: str) -> None:
        asked = self._assignment
        export = CameraExport(
            Path(asked.spool),
            camera,
            asked.from_us,
            asked.to_us,
            self._folder,
            may_read_closed=asked.may_read_closed,
        )

        def is_stopping() -> bool:
            share = (export.reached_us - asked.from_us) / max(asked.to_us - asked.from_us, 1)
            if time.monotonic() - self._told_at >= _TELL_SECONDS:
                self._tell("running", (number + min(share, 1.0)) / len(asked.cameras))
            return self._stop.is_set()

        films = export.run(is_stopping)
        self._damaged += export.damaged
        if not self._stop.is_set():
            self._files += [_described(film, camera, export.zero_us) for film in films]

    def _fail(self, state: str, problem: str) -> None:
        for path in self._folder.iterdir():
            if path.suffix in {".mp4", ".mov", PIECES_SUFFIX}:
                path.unlink()  # half a copy helps nobody; the original is untouched
        self._files = []
        self._tell(state, 0.0, problem)

    def _tell(self, state: str, done: float, problem: str = "") -> None:
        self._told_at = time.monotonic()
        told = {
            "state": state,
            "done": round(done, 4),
            "files": self._files,
            "damaged": self._damaged,
            "problem": problem,
        }
        tell_progress(self._folder, told)


def _described(path: Path, camera: str, zero_us: int) -> dict[str, Any]:
    """Describe a film, with the digests that name it when it is handed out."""
    digests = digests_of(path)
    path.with_name(path.name + PIECES_SUFFIX).write_bytes(b"".join(digests.pieces))
    return {
        "name": path.name,
        "camera": camera,
        "zero_us": zero_us,
        "bytes": digests.size,
        "sha256": digests.sha256,
        "root": digests.root,
    }


def main() -> None:
    """Export what the assignment names."""
    die_with_parent()
    os.umask(0o077)  # a copy of the record is for who asked for it
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    export = Export(load(ExportAssignment, Path(sys.argv[1])))
    signal.signal(signal.SIGTERM, lambda *_: export.stop())
    export.run()


if __name__ == "__main__":
    main()
