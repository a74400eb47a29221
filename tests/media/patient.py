"""A worker on a machine that may be slow: what it was too late for is decoded all the same.

``python -m tests.media.patient ASSIGNMENT.json`` is ``python -m media.worker``; only how much a
spare worker may have missed, and how long decoding it may take, is not what a usual machine does.
"""

import runpy

from media.worker import conductor

MODULE = "tests.media.patient"

if __name__ == "__main__":
    conductor._SHORT_TICKS, conductor._TAKE_UP_AT_ONCE_S = 700, 20.0
    runpy.run_module("media.worker", run_name="__main__", alter_sys=True)
