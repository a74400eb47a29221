"""A process of media that is killed in the middle of a write, always of the same one.

``DIES_IN=media.recorder DIES_AT=".seal 4" python -m tests.media.dying ASSIGNMENT.json`` runs the
module until it writes for the fourth time to a file of such a name: half of it lies in the file
when the process is killed, by itself and with SIGKILL, so that nothing of it runs any more.
"""

import os
import runpy
import signal
from collections.abc import Callable
from pathlib import Path

MODULE = "tests.media.dying"


def dies(module: str, end: str, count: int) -> dict[str, str]:
    """Return the environment in which it dies at a write to a file whose name ends so."""
    return {"DIES_IN": module, "DIES_AT": f"{end} {count}"}


def dying(write: Callable[..., int], end: str, count: int) -> Callable[..., int]:
    """Return a way to write that kills in its middle."""
    left = count

    def half(descriptor: int, data: bytes, *rest: int) -> int:
        nonlocal left
        if str(Path(f"/proc/self/fd/{descriptor}").readlink()).endswith(end):
            left -= 1
            if left == 0:
                write(descriptor, data[: len(data) // 2], *rest)
                os.kill(os.getpid(), signal.SIGKILL)
        return write(descriptor, data, *rest)

    return half


if __name__ == "__main__":
    kind, _, times = os.environ["DIES_AT"].partition(" ")
    for name in ("write", "pwrite"):
        setattr(os, name, dying(getattr(os, name), kind, int(times)))
    runpy.run_module(os.environ["DIES_IN"], run_name="__main__", alter_sys=True)
