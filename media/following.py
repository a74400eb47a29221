"""Which broadcast's recesses a recorder leaves out: a small file that the server writes.

A recorder serves a courtroom all day, so its assignment cannot name a broadcast. The file does
while one is on the air whose court keeps less than everything of a recess; when it recesses is in
that broadcast's order log, which the recorder reads as the worker does: no server is between an
order and the record, and a recorder that starts again knows at once.

Whatever cannot be read leaves nothing out. The record comes first: one that has too much can be
closed afterwards, one that has too little cannot be made.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from media.errors import OrderLogUnreadable
from media.gate import OrderRecord
from media.interruptions import LEFT_OUT, Recess, is_in_recess
from media.orders import OrderReader
from media.spool.record import Stream

_log = logging.getLogger(__name__)
_MOST_BYTES = 16 * 1024
_NOTHING: frozenset[Stream] = frozenset()


@dataclass(frozen=True, slots=True)
class Followed:
    """A broadcast by its directory, and what its court keeps of a recess."""

    directory: str
    recess: Recess


def follow(path: Path, followed: Followed | None) -> None:
    """Have a courtroom's recorder go by this broadcast; None: by none. Raises ``OSError``."""
    if followed is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    text = json.dumps({"directory": followed.directory, "recess": followed.recess})
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Following:
    """Looks at the file and at the orders. ``look`` belongs to the recorder's loop."""

    def __init__(self, path: Path | None, now_us: Callable[[], int]) -> None:
        self._path, self._now_us = path, now_us
        self._seen: tuple[int, int] | None = None
        self._reader: OrderReader | None = None
        self._orders: list[OrderRecord] = []
        self._wanted = self._left_out = _NOTHING

    @property
    def left_out(self) -> frozenset[Stream]:
        """What the record leaves out now, as ``look`` found it; from any thread."""
        return self._left_out

    def look(self) -> None:
        """See what was ordered; costs two ``stat`` while nothing has changed."""
        if self._path is None:
            return
        left_out = _NOTHING
        try:
            self._find(self._path)
            if self._reader is not None:
                self._orders += self._reader.poll()
                if is_in_recess(self._orders, self._now_us()):
                    left_out = self._wanted
        except (OrderLogUnreadable, OSError, ValueError, TypeError, KeyError) as problem:
            if self._left_out:
                _log.error("the recess is recorded: %s", problem)
        if left_out != self._left_out:
            _log.info("left out of the record: %s", ", ".join(sorted(left_out)) or "nothing")
        self._left_out = left_out

    def _find(self, path: Path) -> None:
        try:
            state = path.stat()
        except FileNotFoundError:
            self._seen = self._reader = None
            return
        seen = (state.st_ino, state.st_mtime_ns)
        if seen == self._seen:
            return
        self._seen, self._reader, self._orders = seen, None, []
        with path.open("rb") as file:
            told = json.loads(file.read(_MOST_BYTES))
        self._wanted = LEFT_OUT[cast("Recess", told["recess"])]
        self._reader = OrderReader(Path(told["directory"]))
