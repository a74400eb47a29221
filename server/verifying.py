"""Verify the journal, and what it tells of: ``scripts/journal``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from server.accounts.verify import verify_people
from server.database import Database
from server.journal import verify
from server.reports.verify import verify_reports


async def _reports(database: Database) -> str:
    found = await verify_reports(database)
    if found.changed:
        named = ", ".join(found.changed)
        return f"{verify.BROKEN} reports are not as the journal knows them: {named}"
    return f"Reports as the journal knows them: {found.count}."


async def _people(database: Database) -> str:
    found = await verify_people(database)
    if found.changed:
        named = ", ".join(found.changed)
        return f"{verify.BROKEN} people are not as the journal knows them: {named}"
    return f"People and their roles as the journal knows them: {found.count}."


def main(arguments: Sequence[str]) -> int:
    """Run the command."""
    return verify.main(arguments, [_people, _reports])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
