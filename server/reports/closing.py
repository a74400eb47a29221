"""Notes the digest of each report when its hearing is over, whichever server sees it first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import String, func, literal, select
from sqlalchemy import cast as sql_cast

from server.broadcasts.tables import broadcasts
from server.database import Database
from server.errors import ServiceError
from server.journal.tables import journal
from server.reports.noting import Change, note_change
from server.reports.tables import posts

LOOK_S: Final = 60.0
_AGAIN: Final = timedelta(days=7)  # what is written later is noted by the next start of a server
_AT_ONCE: Final = 100
_log = structlog.stdlib.get_logger(__name__)


class Closing:
    """Looks for reports whose hearing is over and whose last post no entry has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Look at all reports, then again and again at those of the last days; until cancelled."""
        since: datetime | None = None
        while True:
            try:
                await self.look(since)
                since = datetime.now(UTC) - _AGAIN
            except ServiceError as problem:
                _log.warning("reports wait for the journal", why=problem.code)
            await asyncio.sleep(LOOK_S)

    async def look(self, since: datetime | None = None) -> int:
        """Note what ended (``since`` then) and is not in the journal; return how many that were."""
        count = 0
        while found := await self._open(since):
            for broadcast, through in found:
                source = source_of(broadcast, through)
                async with self._database.begin() as connection:
                    change = Change(broadcast, "closed", source=source)
                    await note_change(connection, change, datetime.now(UTC))
                count += 1
        return count

    async def _open(self, since: datetime | None) -> list[tuple[str, int]]:
        newest = (
            select(posts.c.broadcast_id, func.max(posts.c.number).label("through"))
            .join(broadcasts, broadcasts.c.id == posts.c.broadcast_id)
            .where(broadcasts.c.state == "ended")
            .group_by(posts.c.broadcast_id)
        )
        if since is not None:
            newest = newest.where(broadcasts.c.ended_at >= since)
        its = newest.subquery().c
        number = sql_cast(its.through, String)
        source = literal("report-close:") + its.broadcast_id + ":" + number
        known = select(journal.c.sequence).where(journal.c.source == source).exists()
        query = select(its.broadcast_id, its.through).where(~known).limit(_AT_ONCE)
        async with self._database.read() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]


def source_of(broadcast: str, through: int) -> str:
    """Return by what the entry about a report is noted once."""
    return f"report-close:{broadcast}:{through}"
