"""``python -m media.worker ASSIGNMENT.json``: put one broadcast on the air.

With ``--spare`` it stands by until standard input says whose place to take (``server.spare``).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from media.assignment import WorkerAssignment, load
from media.process import die_with_parent, stand_by, until_stopped
from media.worker.process import work
from media.worker.understudy import Understudy

_log = logging.getLogger("media.worker")


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; 0 after a clean stop or the broadcast's end, 1 if it must start again."""
    die_with_parent()
    parser = argparse.ArgumentParser(prog="python -m media.worker", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("assignment", type=Path, nargs="?")
    source.add_argument("--spare", metavar="ROOM", help="stand by; ROOM is as long as a path")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    understudy = Understudy()
    path = options.assignment or stand_by("media.worker", understudy)
    if path is None:
        return 0
    logging.getLogger().setLevel(logging.INFO)
    stage = understudy.take(path)
    assignment = load(WorkerAssignment, path)
    try:
        asyncio.run(until_stopped(lambda stop: work(assignment, stop, stage)))
    except Exception:  # noqa: BLE001  (the process ends; the supervisor starts it again)
        _log.exception("broadcast %s: the worker has failed", assignment.broadcast)
        logging.shutdown()
        # Threads may hang in a codec or wait for a loop that is gone; what is on disk is whole.
        os._exit(1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
