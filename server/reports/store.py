"""Where posts are kept: the truth of the report. The bus is only its bell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Table, and_, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.broadcasts.tables import broadcasts
from server.database import Database
from server.errors import Conflict, Invalid, NotFound
from server.identity import new_id
from server.reports.model import NewPost, Photo, Post, PostState, is_readable
from server.reports.noting import Change, note_change
from server.reports.reading import load
from server.reports.tables import events, photos, posts, revisions

_POST_FIELDS = ("role", "speaker", "body")


@dataclass(frozen=True, slots=True)
class Event:
    """Something for readers: this post is new or changed. Ordered by ``(public_at, number)``."""

    number: int
    post: str
    public_at: datetime


@dataclass(frozen=True, slots=True)
class Edit:
    """A correction or withdrawal to be made.

    ``seen``: how many versions of before its author has read; None: however many there are.
    """

    kind: Literal["corrected", "withdrawn"]
    reason: str
    by: str
    at: datetime
    role: str | None = None
    speaker: str | None = None
    body: str | None = None
    seen: int | None = None


class ReportStore:
    """Posts, revisions, photos and the events that readers follow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, broadcast: str, new: NewPost, author: str, at: datetime, public_at: datetime | None
    ) -> tuple[Post, bool]:
        """Add a post; the same client key again returns the first one and False."""
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            known = await connection.execute(
                select(posts.c.id).where(
                    posts.c.broadcast_id == broadcast, posts.c.client_key == new.client_key
                )
            )
            if (first := known.scalar()) is not None:
                return (await load(connection, posts.c.id == first))[0], False
            identifier = new_id()
            await connection.execute(
                insert(posts).values(
                    id=identifier,
                    broadcast_id=broadcast,
                    number=await _next(connection, posts, broadcast),
                    client_key=new.client_key,
                    role=new.role.value,
                    speaker=new.speaker,
                    phase=new.phase.value if new.phase else None,
                    body=new.body,
                    court_time=at,
                    created_at=at,
                    public_at=public_at,
                    state=(PostState.PUBLISHED if public_at else PostState.HELD).value,
                    author_id=author,
                )
            )
            await _attach(connection, broadcast, identifier, new.photos)
            if public_at is not None:
                await _announce(connection, broadcast, identifier, public_at)
            return (await load(connection, posts.c.id == identifier))[0], True

    async def edit(self, broadcast: str, post: str, edit: Edit) -> Post:
        """Correct or withdraw a post; what it said before becomes a revision.

        Raises ``Conflict`` where it says something else than its author has read.
        """
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            before = _only(
                await load(connection, posts.c.id == post, posts.c.broadcast_id == broadcast)
            )
            if before.state is PostState.WITHDRAWN:
                return before
            if edit.seen not in (None, len(before.history)):
                raise Conflict("Somebody else has just corrected this post; look again.")
            await connection.execute(
                insert(revisions).values(
                    post_id=post,
                    version=len(before.history) + 1,
                    kind=edit.kind,
                    role=before.role,
                    speaker=before.speaker,
                    body=before.body,
                    reason=edit.reason,
                    at=edit.at,
                    by_id=edit.by,
                )
            )
            if changes := _changes(before, edit):  # of a held post a reason alone changes nothing
                await connection.execute(update(posts).where(posts.c.id == post).values(**changes))
            if before.public_at is not None:
                await _announce(connection, broadcast, post, max(before.public_at, edit.at))
            details = {
                "post": post,
                "version": len(before.history) + 1,
                "is_public": is_readable(before, edit.at),
            }
            await note_change(connection, Change(broadcast, edit.kind, edit.by, details), edit.at)
            return (await load(connection, posts.c.id == post))[0]

    async def release(self, broadcast: str, post: str, at: datetime, by: str) -> Post:
        """Let a held post become public."""
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            before = _only(
                await load(connection, posts.c.id == post, posts.c.broadcast_id == broadcast)
            )
            if before.state is PostState.HELD:
                state = PostState.CORRECTED if before.history else PostState.PUBLISHED
                await connection.execute(
                    update(posts).where(posts.c.id == post).values(state=state.value, public_at=at)
                )
                await _announce(connection, broadcast, post, at)
                change = Change(broadcast, "released", by, {"post": post})
                await note_change(connection, change, at)
            return (await load(connection, posts.c.id == post))[0]

    async def hold_pending(
        self, broadcast: str, at: datetime, since: datetime | None = None
    ) -> int:
        """Hold every post (from ``since`` on) that the public has not reached; return how many."""
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            pending = and_(posts.c.broadcast_id == broadcast, posts.c.public_at > at)
            if since is not None:
                pending = and_(pending, posts.c.court_time >= since)
            found = (await connection.execute(select(posts.c.id).where(pending))).scalars().all()
            if found:
                await connection.execute(
                    update(events).where(events.c.post_id.in_(found)).values(public_at=None)
                )
                await connection.execute(
                    update(posts)
                    .where(posts.c.id.in_(found), posts.c.state != PostState.WITHDRAWN.value)
                    .values(public_at=None, state=PostState.HELD.value)
                )
                change = Change(broadcast, "held", "", {"held": sorted(found)})
                await note_change(connection, change, at)
            return len(found)

    async def delay_pending(self, broadcast: str, at: datetime, delay: timedelta) -> int:
        """Let every post that the public has not reached be public ``delay`` after its court time.

        Never before now; what it said in between comes with it. Returns how many moved.
        """
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            pending = and_(posts.c.broadcast_id == broadcast, posts.c.public_at > at)
            found = (
                await connection.execute(
                    select(posts.c.id, posts.c.court_time, posts.c.public_at).where(pending)
                )
            ).all()
            moved = 0
            for post, court_time, before in found:
                public_at = max(at, court_time + delay)
                if public_at == before:
                    continue
                moved += 1
                for table, key in ((posts, posts.c.id), (events, events.c.post_id)):
                    await connection.execute(
                        update(table).where(key == post).values(public_at=public_at)
                    )
            return moved

    async def posts(self, broadcast: str, limit: int = 5000) -> list[Post]:
        """Return all posts of a broadcast, oldest first."""
        async with self._database.read() as connection:
            return await load(connection, posts.c.broadcast_id == broadcast, limit=limit)

    async def some(self, identifiers: Iterable[str]) -> dict[str, Post]:
        """Return the posts of these identifiers."""
        async with self._database.read() as connection:
            found = await load(connection, posts.c.id.in_(list(identifiers)))
        return {post.id: post for post in found}

    async def events(
        self, broadcast: str, after: tuple[datetime, int], until: datetime, limit: int = 500
    ) -> list[Event]:
        """Return what became public after a place in the order, up to a time."""
        at, number = after
        query = (
            select(events.c.number, events.c.post_id, events.c.public_at)
            .where(
                events.c.broadcast_id == broadcast,
                events.c.public_at <= until,
                or_(
                    events.c.public_at > at,
                    and_(events.c.public_at == at, events.c.number > number),
                ),
            )
            .order_by(events.c.public_at, events.c.number)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [Event(row.number, row.post_id, row.public_at) for row in rows]

    async def next_public_at(self, broadcast: str, after: datetime) -> datetime | None:
        """Return when the next thing becomes public."""
        query = select(func.min(events.c.public_at)).where(
            events.c.broadcast_id == broadcast, events.c.public_at > after
        )
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(query)).scalar()
        return found

    async def announce_again(
        self, broadcast: str, concerns: Callable[[Post], bool], at: datetime
    ) -> int:
        """Tell readers again, at ``at``, of the public posts that something concerns.

        For what changes how posts are shown and not what they say. Returns how many there are.
        """
        async with self._database.begin() as connection:
            await _must_be(connection, broadcast)
            found = [
                post.id
                for post in await load(connection, posts.c.broadcast_id == broadcast)
                if post.public_at is not None and post.public_at <= at and concerns(post)
            ]
            first = await _next(connection, events, broadcast)
            rows = [
                {"broadcast_id": broadcast, "number": number, "post_id": post, "public_at": at}
                for number, post in enumerate(found, first)
            ]
            if rows:
                await connection.execute(insert(events), rows)
        return len(found)

    async def add_photo(self, broadcast: str, photo: Photo, by: str, at: datetime) -> None:
        """Note an uploaded photo; it is in no post yet."""
        values: dict[str, Any] = {
            "broadcast_id": broadcast,
            "place": 0,
            "alt": photo.alt,
            "caption": photo.caption,
            "width": photo.width,
            "height": photo.height,
            "uploaded_at": at,
            "by_id": by,
        }
        async with self._database.begin() as connection:
            await connection.execute(insert(photos).values(name=photo.name, **values))

    async def photo(self, name: str) -> tuple[str, Post | None] | None:
        """Return a photo's broadcast and post, None for a photo that is in none.

        None: there is no photo of this name.
        """
        query = select(photos.c.broadcast_id, photos.c.post_id).where(photos.c.name == name)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
            if row is None:
                return None
            found = await load(connection, posts.c.id == row.post_id) if row.post_id else []
        return row.broadcast_id, found[0] if found else None


def _changes(before: Post, edit: Edit) -> dict[str, Any]:
    given = {name: getattr(edit, name) for name in _POST_FIELDS}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if edit.kind == "withdrawn":
        changes["state"] = PostState.WITHDRAWN.value
        if before.public_at is not None and before.public_at > edit.at:
            changes["public_at"] = None  # nobody has seen it: nothing to mourn
    elif before.state is not PostState.HELD:
        changes["state"] = PostState.CORRECTED.value
    return changes


def _only(found: Sequence[Post]) -> Post:
    if not found:
        raise NotFound("There is no such post.")
    return found[0]


async def _must_be(connection: AsyncConnection, broadcast: str) -> None:
    query = select(broadcasts.c.id).where(broadcasts.c.id == broadcast)
    if (await connection.execute(query)).first() is None:
        raise NotFound("There is no such broadcast.")


async def _next(connection: AsyncConnection, table: Table, broadcast: str) -> int:
    query = select(func.max(table.c.number)).where(table.c.broadcast_id == broadcast)
    return ((await connection.execute(query)).scalar() or 0) + 1


async def _announce(
    connection: AsyncConnection, broadcast: str, post: str, public_at: datetime
) -> None:
    await connection.execute(
        insert(events).values(
            broadcast_id=broadcast,
            number=await _next(connection, events, broadcast),
            post_id=post,
            public_at=public_at,
        )
    )


async def _attach(
    connection: AsyncConnection, broadcast: str, post: str, names: Sequence[str]
) -> None:
    for place, name in enumerate(names):
        done = await connection.execute(
            update(photos)
            .where(
                photos.c.name == name,
                photos.c.broadcast_id == broadcast,
                photos.c.post_id.is_(None),
            )
            .values(post_id=post, place=place)
        )
        if done.rowcount != 1:
            raise Invalid("This photo is not there or already in a post.", field="photos")
