"""``python -m media.worker ASSIGNMENT.json``: put one broadcast on the air."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from pathlib import Path

from media.assignment import WorkerAssignment, load
from media.process import die_with_parent, until_stopped
from media.worker.process import work

_log = logging.getLogger("media.worker")


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; 0 after a clean stop or the broadcast's end, 1 if it must start again."""
    die_with_parent()
    parser = argparse.ArgumentParser(prog="python -m media.worker", description=__doc__)
    parser.add_argument("assignment", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    assignment = load(WorkerAssignment, options.assignment)
    try:
        asyncio.run(until_stopped(lambda stop: work(assignment, stop)))
    except Exception:  # noqa: BLE001  (the process ends; the supervisor starts it again)
        _log.exception("broadcast %s: the worker has failed", assignment.broadcast)
        logging.shutdown()
        # Threads may hang in a codec or wait for a loop that is gone; what is on disk is whole.
        os._exit(1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
