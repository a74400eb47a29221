"""Verify the journal: ``scripts/journal``.

Every entry is hashed again with the digest before it. Whoever can write to the database can write
a whole new chain, or cut entries off its end: so note the line that this prints somewhere else, and
give it the next time (``--contains``). Exit status: 0 whole, 1 not, 2 it cannot be told.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path

from server.database import Database
from server.errors import ServiceError
from server.journal.chain import BEGINNING, ChainCheck, Row
from server.journal.store import rows_after
from server.run_options import DEFAULT_DATA
from server.settings import Settings

_AT_ONCE = 5000
_DIGEST = -2  # in a row
BROKEN = "Broken:"
Check = Callable[[Database], Awaitable[str]]
"""Compares something with the journal; its line begins with ``BROKEN`` if they differ."""
_MARK = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry that was seen before."""

    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found; ``broken_at``: the first entry that is not as it was written."""

    count: int
    newest: str
    broken_at: int | None
    has_mark: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken_at is None and self.has_mark


async def verify(database: Database, mark: Mark | None = None) -> Verdict:
    """Read the whole journal; ``mark`` must be in it. Raises ``DatabaseUnavailable``."""
    check, has_mark = ChainCheck(), mark is None or mark == Mark(0, BEGINNING)
    while True:
        async with database.read() as connection:
            rows = await rows_after(connection, check.count, _AT_ONCE)
        if not rows or not await asyncio.to_thread(check.take, rows):
            return Verdict(check.count, check.newest, check.broken_at, has_mark)
        has_mark = has_mark or _holds(rows, mark)


def _holds(rows: Sequence[Row], mark: Mark | None) -> bool:
    if mark is None or not rows[0][0] <= mark.sequence <= rows[-1][0]:
        return False
    return rows[mark.sequence - rows[0][0]][_DIGEST] == mark.digest


def _mark(text: str) -> Mark:
    found = _MARK.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("give NUMBER:DIGEST as this has printed it")
    return Mark(int(found[1]), found[2])


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/journal",
        description="Hash every entry of the journal again, and compare people's roles "
        "and the reports with it. "
        "Exit status 1 if something was changed, taken out or put in.",
    )
    parser.add_argument(
        "--contains",
        type=_mark,
        metavar="NUMBER:DIGEST",
        help="an entry that an earlier run has printed as the newest: it must still be there",
    )
    parser.add_argument(
        "--data", type=Path, help=f"the service's data directory (default: {DEFAULT_DATA})"
    )
    return parser.parse_args(arguments)


async def _run(settings: Settings, mark: Mark | None, further: Sequence[Check]) -> list[str]:
    if not settings.database_url and not (settings.data / "tingbo.sqlite").exists():
        raise ServiceError(f"There is no database in {settings.data}.")
    database = Database(settings.database())
    try:
        found = await verify(database, mark)
        said = [_words(found)]
        if found.is_whole:  # what is compared with a journal that is not whole proves nothing
            said += [await check(database) for check in further]
        return said
    finally:
        await database.close()


def _words(found: Verdict) -> str:
    if found.broken_at is not None:
        return f"{BROKEN} entry {found.broken_at} is not as it was written."
    if not found.has_mark:
        return f"{BROKEN} the entry that was noted before is not in it any more."
    return f"Whole: {found.count} entries. Newest: {found.count}:{found.newest}"


def main(arguments: Sequence[str], further: Sequence[Check] = ()) -> int:
    """Run the command; ``further`` compares with the journal what it tells of."""
    asked = _arguments(arguments)
    try:
        settings = Settings.from_env(environ, {"data": asked.data})
        said = asyncio.run(_run(settings, asked.contains, further))
    except ServiceError as problem:
        sys.stderr.write(f"The journal cannot be verified: {problem}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in said))
    return int(any(line.startswith(BROKEN) for line in said))
