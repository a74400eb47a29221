"""What was corrected, withdrawn or given back lately, in the broadcasts of all courts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.audience.zones import PLACED
from server.broadcasts.tables import broadcasts
from server.courts.tables import courts
from server.reports.model import PostState
from server.reports.tables import posts, revisions
from server.withdrawal.model import Act, Correction
from server.withdrawn.model import Kind, Reason
from server.withdrawn.tables import withdrawals

_ALIKE = (
    broadcasts.c.id.label("broadcast"),
    courts.c.name.label("court"),
    courts.c.name_en.label("court_en"),
)
_W, _R = withdrawals.c, revisions.c


@dataclass(frozen=True, slots=True)
class Recent:
    """A line of a broadcast's public log; ``about`` identifies it, no case is named."""

    about: str
    broadcast: str
    court: str
    court_en: str
    line: Correction


def _of_court(query: Select[Any], court: str | None) -> Select[Any]:
    return query if court is None else query.where(courts.c.id == court)


def _withdrawn(at: ColumnElement[Any]) -> Select[Any]:
    its: FromClause = PLACED.join(withdrawals, _W.broadcast == broadcasts.c.id)
    columns = (_W.id, _W.kind, _W.reason, at.label("at"))
    return select(*columns, *_ALIKE).select_from(its).where(at.is_not(None))


def _corrected(now: datetime) -> Select[Any]:
    """Select what was said anew of posts that had been read (as ``model.corrections`` does)."""
    its: FromClause = PLACED.join(posts, posts.c.broadcast_id == broadcasts.c.id)
    columns = (_R.post_id, _R.version, _R.kind, _R.at)
    return (
        select(*columns, *_ALIKE)
        .select_from(its.join(revisions, _R.post_id == posts.c.id))
        .where(
            posts.c.public_at <= now,
            posts.c.state != PostState.HELD.value,
            _R.at >= posts.c.public_at,
        )
    )


async def recent(
    connection: AsyncConnection, now: datetime, court: str | None, most: int
) -> list[Recent]:
    """Return the newest lines of all public logs, of a court if one is named, newest first."""
    found: list[Recent] = []
    acts: tuple[tuple[Act, ColumnElement[Any]], ...] = (
        ("withdrawn", _W.ordered_at),
        ("restored", _W.restored_at),
    )
    for act, at in acts:
        query = _of_court(_withdrawn(at), court).order_by(at.desc()).limit(most)
        for row in await connection.execute(query):
            line = Correction(act, Kind(row.kind), Reason(row.reason), row.at)
            found.append(_recent(f"{act}:{row.id}", row, line))
    query = _of_court(_corrected(now), court).order_by(_R.at.desc()).limit(most)
    for row in await connection.execute(query):
        is_gone = row.kind == "withdrawn"
        line = Correction("withdrawn" if is_gone else "corrected", Kind.POST, None, row.at)
        found.append(_recent(f"revision:{row.post_id}:{row.version}", row, line))
    return sorted(found, key=lambda one: one.line.at, reverse=True)[:most]


def _recent(about: str, row: Any, line: Correction) -> Recent:  # noqa: ANN401  (a row)
    return Recent(about, row.broadcast, row.court, row.court_en, line)
