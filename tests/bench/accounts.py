"""What a right costs: ``python -m tests.bench.accounts [--entries N]``.

Prints the time of a permission check (``Person.may`` of somebody with four roles, and the whole way
from a session's cookie that is known to the end of the check), and of the verification of a journal
with a million entries, made for the purpose. Aims: 50 µs, 20 s. ``--database URL`` has all of it in
a PostgreSQL with an empty database instead of SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from server.accounts.model import Person, Posting
from server.accounts.roles import Permission, Role
from server.accounts.service import AccountService, SignInFrom
from server.database import Database
from server.database.migrate import upgrade
from server.journal.chain import Entry, canonical, digest_of
from server.journal.tables import journal
from server.journal.verify import verify
from server.signing import Signer

PASSWORD = "a long way to the court"  # noqa: S105
POSTINGS = [Posting(role, f"court{n}") for n, role in enumerate(list(Role)[1:5])]
ROUNDS = 100_000
AT_ONCE = 10_000


def entries(first: int, previous: str, count: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of a journal up to a count, from a number on; ``previous`` is a digest."""
    for number in range(first, count + 1):
        details = canonical({"court_us": number * 40_000, "order": "mute", "camera": "全景"})
        entry = Entry(
            number, number * 1000, "person", "broadcast.mute", f"broadcast:{number % 997}",
            details, f"order:{number}", previous, "", "court1",
        )  # fmt: skip
        entry = replace(entry, digest=digest_of(entry))
        previous = entry.digest
        yield {name: getattr(entry, name) for name in Entry.__slots__}


async def fill(database: Database, count: int) -> None:
    """Write entries until the journal has so many."""
    async with database.read() as connection:
        last = select(journal.c.sequence, journal.c.digest).order_by(journal.c.sequence.desc())
        newest = (await connection.execute(last)).first()
    assert newest is not None  # somebody was added
    rows = entries(newest.sequence + 1, newest.digest, count)
    while chunk := list(islice(rows, AT_ONCE)):
        async with database.begin() as connection:
            await connection.execute(insert(journal), chunk)


def check(person: Person) -> float:
    """Return the microseconds of a check."""
    began = time.perf_counter()
    for _ in range(ROUNDS):
        person.may(Permission.STATISTICS, "court3")
    return (time.perf_counter() - began) / ROUNDS * 1e6


async def measure(address: str, count: int) -> dict[str, float]:
    """Return the figures."""
    database = Database(address)
    await upgrade(database)
    accounts = AccountService(database, Signer(b"of this measurement"))
    person = await accounts.add_person("tom", "Tom", PASSWORD, POSTINGS)
    _, cookie = await accounts.sign_in("tom", PASSWORD, SignInFrom("192.0.2.1"))
    await accounts.recognise(cookie)
    began = time.perf_counter()
    for _ in range(ROUNDS):
        known = await accounts.recognise(cookie)
        if known is not None:
            known.may(Permission.STATISTICS, "court3")
    whole = (time.perf_counter() - began) / ROUNDS * 1e6
    await fill(database, count)
    began = time.perf_counter()
    verdict = await verify(database)
    seconds = time.perf_counter() - began
    await database.close()
    assert (verdict.is_whole, verdict.count) == (True, count)
    return {
        "permission_check_us": round(check(person), 2),
        "recognised_and_checked_us": round(whole, 2),
        "entries": count,
        "verified_s": round(seconds, 2),
    }


def main(arguments: list[str]) -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="address (default: a new SQLite)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        address = asked.database or f"sqlite:///{Path(folder) / 'tingbo.sqlite'}"
        found = asyncio.run(measure(address, asked.entries))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
