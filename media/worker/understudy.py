"""Stands ready for workers that are on the air: their stage is set, their cameras are followed.

Nothing is composed, encoded, written or told here; that begins when a worker's place is taken
(record 82). What cannot be made ready is left alone: then a successor begins with nothing, as if
nobody had stood by.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from media.assignment import WorkerAssignment, load
from media.worker.clock import SpoolClock
from media.worker.memory import remember
from media.worker.stage import Stage, set_stage

MOST = 2
"""Broadcasts that are stood ready for; of others the process only has the program in memory."""
_FOLLOW_EVERY_S = 0.1
_LOOK_EVERY_S = 1.0
_log = logging.getLogger(__name__)


class Understudy:
    """For one thread, which calls ``attend`` as often as it is told to."""

    def __init__(self) -> None:
        self._watched: list[Path] = []
        self._stages: dict[Path, Stage] = {}
        self._look_at = 0.0

    @property
    def ready(self) -> set[Path]:
        """The assignments whose place can be taken at once."""
        return set(self._stages)

    def watch(self, assignments: Sequence[Path]) -> None:
        """Stand ready for these and for no others; ``MOST`` at most, the first of them."""
        self._watched = list(assignments[:MOST])
        for path in set(self._stages) - set(self._watched):
            self._drop(path)
        self._look_at = 0.0

    def attend(self) -> float | None:
        """Follow what is watched; return after how many seconds to be called again (None: never).

        Setting a stage takes some tenths of a second: one in each call.
        """
        if not self._watched:
            return None
        if time.monotonic() >= self._look_at:
            self._look()
        for path, stage in list(self._stages.items()):
            try:
                stage.follow()
            except Exception:  # noqa: BLE001  (whatever it is, the others are followed on)
                self._give_up(path)
        return _FOLLOW_EVERY_S

    def take(self, assignment: Path) -> Stage | None:
        """Give the stage of an assignment, if it is set, and let the others go."""
        stage = self._stages.pop(assignment, None)
        self.watch([])
        return stage

    def _look(self) -> None:
        """Drop what fits no longer; set one stage that is missing."""
        self._look_at = time.monotonic() + _LOOK_EVERY_S
        for path in list(self._watched):
            try:
                is_new = self._see_to(path)
            except Exception:  # noqa: BLE001  (as above)
                self._give_up(path)
                continue
            if is_new:
                return

    def _see_to(self, path: Path) -> bool:
        """Tell whether a stage was set."""
        assignment = load(WorkerAssignment, path)
        memory = remember(Path(assignment.directory))
        stage = self._stages.get(path)
        if stage is not None and not stage.fits(assignment, memory):
            self._drop(path)
            stage = None
        if stage is not None or memory is None or memory.ended:
            return False
        stage = set_stage(assignment, memory, SpoolClock(Path(assignment.spool)))
        self._stages[path] = stage
        stage.warm_up()
        return True

    def _give_up(self, path: Path) -> None:
        """Leave one alone, until it is to be watched anew."""
        _log.exception("no understudy for %s", path.name)
        self._watched.remove(path)
        self._drop(path)

    def _drop(self, path: Path) -> None:
        stage = self._stages.pop(path, None)
        if stage is not None:
            stage.close()
