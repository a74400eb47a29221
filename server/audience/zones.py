"""In which time zone a broadcast is counted: that of the court whose case it is."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.tables import broadcasts
from server.courts.tables import courts
from server.hearings.tables import cases, hearings

_AT_ONCE = 400

# Broadcast with its hearing, case and court.
PLACED = (
    broadcasts.join(hearings, broadcasts.c.hearing == hearings.c.id)
    .join(cases, hearings.c.case == cases.c.id)
    .join(courts, cases.c.court == courts.c.id)
)


async def time_zones(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, str]:
    """Return the time zones of those broadcasts that exist."""
    query = select(broadcasts.c.id, courts.c.time_zone).select_from(PLACED)
    asked = sorted(ids)
    zones: dict[str, str] = {}
    for start in range(0, len(asked), _AT_ONCE):
        chunk = query.where(broadcasts.c.id.in_(asked[start : start + _AT_ONCE]))
        rows = await connection.execute(chunk)
        zones |= {row.id: row.time_zone for row in rows}
    return zones
