"""The checks and tests of `scripts/test`, in order, quick ones first."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scripts import bootstrap
from scripts.progress import CannotGoOn, say
from scripts.webpart import WEB, install_modules

USAGE = """\
usage: scripts/test [-h] [--checks] [pytest arguments …]

Set everything up, then run ruff, mypy, the import contracts, the checks of the web part and all
tests. With arguments only pytest is run, with these arguments.

  --checks     everything but pytest
  -h, --help   show this

Tests that need a program this machine lacks (chromium, redis-server, postgres, nginx, ffmpeg) are
skipped with the reason; TINGBO_REQUIRE_TOOLS=1 makes them fail instead.
"""

STORIES = "tests/story"
MOST_PROCESSES = 4  # more would start more databases and browsers than they save time
QUICK = (
    ("ruff check", ("ruff", "check", "--quiet")),
    ("ruff format", ("ruff", "format", "--check", "--quiet")),
    ("import contracts", ("lint-imports", "--no-cache")),
)
MYPY = ("mypy", ("mypy", "--no-error-summary"))


def main(arguments: list[str]) -> None:
    """Do what the command line asks for and end with 0 only if nothing failed."""
    if arguments and arguments[0] in {"-h", "--help"}:
        print(USAGE, end="")
        return
    bootstrap.prepare_python("test")
    bootstrap.prepare_native()
    os.chdir(bootstrap.ROOT)
    failed = [] if bootstrap.prepare_web() else ["web build"]
    if arguments and arguments != ["--checks"]:
        failed += _pytest("pytest", arguments)
    else:
        failed += [title for title, command in QUICK if not _run(title, _tool(*command))]
        failed += _slow_checks() if arguments else _tests_and_slow_checks()
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    sys.exit(bool(failed))


def _slow_checks() -> list[str]:
    """Check types and the web part, side by side; return what failed."""
    with ThreadPoolExecutor(1) as beside:
        web = beside.submit(_check_web) if (WEB / "package.json").exists() else None
        title, command = MYPY
        failed = [] if _run(title, _tool(*command)) else [title]
        if web is not None and not web.result():
            failed.append("web")
    return failed


def _check_web() -> bool:
    try:
        npm, env = install_modules()
    except CannotGoOn as reason:
        say(str(reason))
        return False
    return _run("web", [*npm, "run", "--silent", "check"], cwd=WEB, env=env)


def _tests_and_slow_checks() -> list[str]:
    """Run all tests and what is left of the checks; return what failed.

    The stories, each of which runs the whole service and needs the machine for itself, come after
    everything else, which is spread over the processors by file. They wait half of the time: the
    slow checks get what they leave.
    """
    processes = str(min(os.cpu_count() or 1, MOST_PROCESSES))
    spread = ["-n", processes, "--dist", "loadfile"] if processes != "1" else []
    failed = _pytest("tests", [f"--ignore={STORIES}", "--durations=30", *spread])
    with ThreadPoolExecutor(1) as beside:
        checks = beside.submit(_slow_checks)
        failed += _pytest("stories", [STORIES, "--durations=12"])
        return failed + checks.result()


def _pytest(title: str, arguments: list[str]) -> list[str]:
    command = [str(bootstrap.PYTHON), "-m", "pytest", *arguments]
    return [] if subprocess.run(command, check=False).returncode == 0 else [title]


def _tool(name: str, *arguments: str) -> list[str]:
    return [str(bootstrap.VENV / "bin" / name), *arguments]


def _run(
    title: str, command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> bool:
    """Run one check; its output is shown only if it failed."""
    started = time.monotonic()
    done = subprocess.run(
        ["nice", "-n", "19", *command],  # stories may run beside it
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    say(f"  {title}: {'passed' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)")
    if not passed:
        say(done.stdout + done.stderr)
    return passed
