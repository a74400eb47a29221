"""Starts a program for a test, waits until it answers, and stops it afterwards."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 20.0
STOPS_WITHIN = 10.0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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
