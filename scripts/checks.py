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
MOST_SERVICES = 2  # each with two hearings on the air; while one waits another one works
TOOLS = (
    ("ruff check", ("ruff", "check", "--quiet")),
    ("ruff format", ("ruff", "format", "--check", "--quiet")),
    ("mypy", ("mypy", "--no-error-summary")),
    ("import contracts", ("lint-imports", "--no-cache")),
)


def main(arguments: list[str]) -> None:
    """Do what the command line asks for and end with 0 only if nothing failed."""
    if arguments and arguments[0] in {"-h", "--help"}:
        print(USAGE, end="")
        return
    bootstrap.prepare_python("test")
    bootstrap.prepare_native()
    os.chdir(bootstrap.ROOT)
    only_checks, everything = arguments == ["--checks"], not arguments
    failed = [] if bootstrap.prepare_web() else ["web build"]
    if only_checks or everything:
        failed += [title for title, passed in _checks() if not passed]
    if not only_checks:
        failed += _tests(arguments)
    if failed:
        say(f"Failed: {', '.join(failed)}.")
    sys.exit(bool(failed))


def _checks() -> list[tuple[str, bool]]:
    """Run all checks; that of the web part, half of the time, beside the others."""
    with ThreadPoolExecutor(1) as beside:
        web = beside.submit(_check_web) if (WEB / "package.json").exists() else None
        results = [(title, _run(title, _tool(*command))) for title, command in TOOLS]
        if web is not None:
            results.append(("web", web.result()))
    return results


def _check_web() -> bool:
    try:
        npm, env = install_modules()
    except CannotGoOn as reason:
        say(str(reason))
        return False
    return _run("web", [*npm, "run", "--silent", "check"], cwd=WEB, env=env)


def _tests(arguments: list[str]) -> list[str]:
    """Run the tests asked for; return what failed.

    All tests are run in two goes, each spread over the processors by file: the stories, which run
    the whole service with browsers, after everything else.
    """
    if arguments:
        return [] if _pytest(arguments) else ["pytest"]
    passed = {
        "tests": _pytest([f"--ignore={STORIES}", *_spread(MOST_PROCESSES)]),
        "stories": _pytest([STORIES, "--durations=12", *_spread(MOST_SERVICES)]),
    }
    return [title for title, has_passed in passed.items() if not has_passed]


def _spread(most: int) -> list[str]:
    processes = min(os.cpu_count() or 1, most)
    return ["-n", str(processes), "--dist", "loadfile"] if processes > 1 else []


def _pytest(arguments: list[str]) -> bool:
    command = [str(bootstrap.PYTHON), "-m", "pytest", *arguments]
    return subprocess.run(command, check=False).returncode == 0


def _tool(name: str, *arguments: str) -> list[str]:
    return [str(bootstrap.VENV / "bin" / name), *arguments]


def _run(
    title: str, command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> bool:
    """Run one check; its output is shown only if it failed."""
    started = time.monotonic()
    done = subprocess.run(
        command,
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
