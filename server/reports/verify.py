"""Compares reports with what the journal says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select

from server.database import Database
from server.journal.tables import journal
from server.reports.logbook import digest_of
from server.reports.noting import ACTIONS
from server.reports.reading import load
from server.reports.tables import posts

_PREFIX = "broadcast:"


@dataclass(frozen=True, slots=True)
class ReportVerdict:
    """How many reports were compared; ``changed``: of which broadcasts they are not as noted."""

    count: int
    changed: tuple[str, ...]


async def verify_reports(database: Database) -> ReportVerdict:
    """Hash every report again that the journal tells of; raises ``DatabaseUnavailable``.

    Posts that are newer than the newest entry are in no digest yet.
    """
    its = journal.c
    query = select(its.object, its.details).where(its.action.in_(ACTIONS)).order_by(its.sequence)
    noted: dict[str, str] = {}
    async with database.read() as connection:
        async for about, details in await connection.stream(query):
            noted[about.removeprefix(_PREFIX)] = details
    changed = []
    for broadcast, details in noted.items():
        told = json.loads(details)
        up_to = (posts.c.broadcast_id == broadcast, posts.c.number <= told["through"])
        async with database.read() as connection:
            found = digest_of(await load(connection, *up_to))
        if (found.count, found.sha256) != (told["posts"], told["log"]):
            changed.append(broadcast)
    return ReportVerdict(len(noted), tuple(changed))
