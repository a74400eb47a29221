"""Checks a court's daily roots offline: ``python -m media.proof.days FILE… --key court.pem``.

FILE is what ``GET /api/v1/courts/ID/daily-roots`` answered, page after page, oldest first. Exit
status 0: every day follows the one before and is signed; 1: not so; 2: nothing could be checked.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from media.proof.daily import check_days, link_of, read_daily
from media.proof.keys import TrustedKeys


def read_files(paths: Sequence[Path]) -> list[bytes]:
    """Return the days of saved answers; raises ``OSError`` or ``ValueError``."""
    days: list[bytes] = []
    for path in paths:
        try:
            days += [one["signed"].encode() for one in json.loads(path.read_bytes())["days"]]
        except (KeyError, TypeError, AttributeError) as problem:
            raise ValueError(f"{path} is not a list of daily roots") from problem
    return days


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m media.proof.days",
        description="Check that a court's daily roots are signed and follow one another.",
    )
    parser.add_argument("file", type=Path, nargs="+")
    parser.add_argument("--key", type=Path, action="append", required=True, metavar="PEM")
    parser.add_argument(
        "--printed",
        metavar="DAY=DIGEST",
        help="a root, or the SHA-256 of a signed day, as it stands on paper: 2026-11-26=9f86…",
    )
    asked = parser.parse_args(arguments)
    try:
        keys = TrustedKeys.read(asked.key)
        days = read_files(asked.file)
    except (OSError, ValueError, RecursionError) as problem:
        sys.stderr.write(f"Nothing could be checked: {problem}\n")
        return 2
    if not days:
        sys.stderr.write("Nothing could be checked: there are no days.\n")
        return 2
    said = [
        f"NOT WHOLE: {one.day or 'entry'} ({one.place + 1}): {one.what}"
        for one in check_days(days, keys.have_signed)
    ]
    if asked.printed and not _is_there(asked.printed, days):
        said.append("NOT WHOLE: what was printed is not of this chain")
    if not said:
        first, last = read_daily(days[0])[0], read_daily(days[-1])[0]
        sys.stdout.write(
            f"{len(days)} days, {first.day} to {last.day}, court {last.court}:"
            f" all signed, each follows the one before. Root of {last.day}: {last.root}\n"
        )
        return 0
    sys.stdout.write("\n".join(said) + "\n")
    return 1


def _is_there(printed: str, days: Sequence[bytes]) -> bool:
    day, _, digest = printed.partition("=")
    for raw in days:
        try:
            found, _ = read_daily(raw)
        except ValueError:
            continue
        if found.day == day and digest.lower() in (found.root, link_of(raw)):
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
