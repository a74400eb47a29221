"""Starts a program for a test, waits until it answers, and stops it afterwards."""

import itertools
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 60.0
STOPS_WITHIN = 30.0
"""Seconds: a slow machine with other things to do must not fail a test."""
_OURS, _MOST_WORKERS = range(18_000, 32_000), 8
"""Ports below those that Linux hands out by itself (32768 and up)."""


def _ports() -> Iterator[int]:
    """Yield the ports of this process of pytest, of which there may be several side by side."""
    share = len(_OURS) // _MOST_WORKERS
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _MOST_WORKERS
    its = _OURS[number * share : (number + 1) * share]
    first = random.randrange(share)  # noqa: S311  (other runs on this machine)
    return itertools.cycle((*its[first:], *its[:first]))


_NEXT = _ports()


def free_port() -> int:
    """Return a port that nobody has on loopback, for TCP and UDP.

    None that the kernel gives to whoever asks for any: between now and when somebody listens on it
    dozens of sockets are opened.
    """
    return next(port for port in itertools.islice(_NEXT, len(_OURS)) if _is_free(port))


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def hears_datagrams(port: int) -> bool:
    """Whether somebody has a UDP port of IPv4, without taking it for a moment to find out."""
    table = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(int(line.split()[1].partition(":")[2], 16) == port for line in table)


def listens(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def own_folder(user: str | None = None) -> Iterator[Path]:
    """Give a short-named folder, owned by another user where the program insists on one."""
    folder = Path(tempfile.mkdtemp(prefix="tingbo-"))
    try:
        if user:
            shutil.chown(folder, user, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    folder: Path,
    ready: Callable[[], bool],
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program from when it is ready to the end of the block."""
    log = folder / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
    try:
        _wait_until_ready(process, ready, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(
    process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path
) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            name = Path(str(process.args[0] if isinstance(process.args, list) else process.args))
            raise RuntimeError(f"{name.name} did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)
