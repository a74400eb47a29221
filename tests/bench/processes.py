"""Processor time and memory of a running service: ``python -m tests.bench.processes DATA``.

Looks at every process that the data directory's supervisor has started, for some seconds. Memory is
what a process would give back (proportional set size), so that shared libraries count once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Seen:
    """A process at a moment: processor seconds so far, memory in bytes."""

    cpu_seconds: float
    memory: int


def look(data: Path) -> dict[str, Seen]:
    """Return the service's processes by name."""
    marks = {str(data / "run" / "assignments" / name): name for name in _assigned(data)}
    found = {}
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            arguments = (folder / "cmdline").read_bytes().decode().split("\0")
            name = next((marks[one] for one in arguments if one in marks), None)
            if name is not None:
                found[name.removesuffix(".json")] = _seen(folder)
        except (OSError, ValueError):
            continue  # it has ended meanwhile
    return found


def _assigned(data: Path) -> list[str]:
    return [path.name for path in (data / "run" / "assignments").glob("*.json")]


def _seen(folder: Path) -> Seen:
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    memory = next(
        int(line.split()[1]) * 1024
        for line in (folder / "smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    )
    return Seen((int(fields[11]) + int(fields[12])) / TICKS, memory)


def main() -> int:
    """Print one line of JSON for each process; 1 if there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="data directory of the running service")
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    data = asked.data.absolute()
    before, began = look(data), time.monotonic()
    time.sleep(asked.seconds)
    after, took = look(data), time.monotonic() - began
    for name in sorted(before.keys() & after.keys()):
        cpu = (after[name].cpu_seconds - before[name].cpu_seconds) / took
        line = {"process": name, "cpu_s_per_s": round(cpu, 3)}
        memory = {"memory_mib": round(after[name].memory / 2**20, 1)}
        sys.stdout.write(json.dumps(line | memory) + "\n")
    return 0 if before.keys() & after.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
