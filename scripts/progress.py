"""One line on standard error for each long step, with the time it has taken."""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

KEPT_LINES = 30
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class CannotGoOn(Exception):
    """Set-up is impossible here; the message says in one sentence what is missing."""


def say(text: str, *, end: str = "\n") -> None:
    """Write to standard error: standard output belongs to the command itself."""
    print(text, end=end, file=sys.stderr, flush=True)


def step(
    title: str,
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    otherwise: str = "",
) -> None:
    """Run one long command quietly; if it fails, show its last lines and say `otherwise`."""
    terminal = sys.stderr.isatty()
    started = time.monotonic()
    say(f"  {title} …", end="" if terminal else "\n")
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=env,
            )
        except OSError as error:
            raise CannotGoOn(f"{command[0]} could not be started: {error.strerror}.") from error
        code = _wait(process, title, started, show=terminal)
        log.seek(0)
        output = log.read().decode(errors="replace")
    seconds = time.monotonic() - started
    if code:
        lines = COLOURS.sub("", output).splitlines()[-KEPT_LINES:]
        say("\n".join(["", *(f"    {line}" for line in lines)]))
        raise CannotGoOn(
            otherwise or f"“{title}” failed ({Path(command[0]).name} ended with {code})."
        )
    back = "\r" if terminal else ""
    say(f"{back}  {title}: {seconds:.1f} s")


def _wait(process: subprocess.Popen[bytes], title: str, started: float, *, show: bool) -> int:
    """Wait for the end; on a terminal the elapsed seconds are counted meanwhile."""
    try:
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if show:
                    say(f"\r  {title} … {time.monotonic() - started:.0f} s", end="")
    except BaseException:
        process.terminate()
        process.wait()
        raise
