"""Posts as they lie in the database, with what belongs to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.reports.model import Photo, Post, PostState, Revision
from server.reports.tables import photos, posts, revisions


async def load(
    connection: AsyncConnection, *where: ColumnElement[bool], limit: int = 5000
) -> list[Post]:
    """Return posts with their photos and history, the oldest first."""
    query: Select[Any] = select(posts).where(*where).order_by(posts.c.number).limit(limit)
    rows = (await connection.execute(query)).all()
    identifiers = [row.id for row in rows]
    pictures = await _by_post(
        connection,
        select(photos).where(photos.c.post_id.in_(identifiers)).order_by(photos.c.place),
    )
    history = await _by_post(
        connection,
        select(revisions).where(revisions.c.post_id.in_(identifiers)).order_by(revisions.c.version),
    )
    return [_post(row, pictures.get(row.id, []), history.get(row.id, [])) for row in rows]


async def _by_post(connection: AsyncConnection, query: Select[Any]) -> dict[str, list[Row[Any]]]:
    grouped: dict[str, list[Row[Any]]] = {}
    for row in await connection.execute(query):
        grouped.setdefault(row.post_id, []).append(row)
    return grouped


def _post(row: Row[Any], pictures: list[Row[Any]], history: list[Row[Any]]) -> Post:
    return Post(
        id=row.id,
        broadcast=row.broadcast_id,
        number=row.number,
        role=row.role,
        speaker=row.speaker,
        phase=row.phase,
        body=row.body,
        court_time=row.court_time,
        created_at=row.created_at,
        public_at=row.public_at,
        state=PostState(row.state),
        author=row.author_id,
        client_key=row.client_key,
        photos=tuple(
            Photo(one.name, one.alt, one.caption, one.width, one.height) for one in pictures
        ),
        history=tuple(
            Revision(one.version, one.kind, one.role, one.speaker, one.body, one.reason, one.at)
            for one in history
        ),
    )
