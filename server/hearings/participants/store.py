"""Participants and their log in the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.hearings.participants.model import Logged, Part, Participant
from server.hearings.participants.tables import participant_log, participants
from server.identity import new_id

_P, _L = participants.c, participant_log.c


async def of_hearing(connection: AsyncConnection, hearing: str) -> list[Participant]:
    """Return the participants of a hearing in the order of entering, the removed too."""
    return await _where(connection, _P.hearing == hearing)


async def of_hearings(
    connection: AsyncConnection, hearings: Collection[str]
) -> dict[str, list[Participant]]:
    """Return the participants of hearings, by hearing."""
    found: defaultdict[str, list[Participant]] = defaultdict(list)
    for one in await _where(connection, _P.hearing.in_(hearings)):
        found[one.hearing].append(one)
    return dict(found)


async def one(connection: AsyncConnection, identifier: str) -> Participant | None:
    """Return a participant."""
    found = await _where(connection, _P.id == identifier)
    return found[0] if found else None


async def _where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Participant]:
    query = select(_P.id, _P.hearing, _P.role, _P.name, _P.alias).where(condition)
    rows = (await connection.execute(query.order_by(_P.hearing, _P.place, _P.id))).all()
    logs: defaultdict[str, list[Logged]] = defaultdict(list)
    query_log = (
        select(_L.participant, _L.kind, _L.value, _L.at, _L.note, _L.written_by, _L.written_at)
        .join(participants, _L.participant == _P.id)
        .where(condition)
        .order_by(_L.participant, _L.number)
    )
    for participant, *values in await connection.execute(query_log):
        logs[participant].append(Logged(*values))
    return [
        Participant(identifier, hearing, Part(role), name, alias, tuple(logs[identifier]))
        for identifier, hearing, role, name, alias in rows
    ]


async def add(
    connection: AsyncConnection,
    new: Iterable[tuple[str, Part, str, str]],
    by: str,
    at: datetime,
) -> list[str]:
    """Add participants (hearing, role, name, alias); return their ids in that order."""
    rows = [
        {
            "id": new_id(),
            "hearing": hearing,
            "role": role.value,
            "name": name,
            "alias": alias,
            "place": place,
            "added_at": at,
            "added_by": by,
        }
        for place, (hearing, role, name, alias) in enumerate(new)
    ]
    if rows:
        newest = select(func.max(_P.place)).where(_P.hearing.in_({one["hearing"] for one in rows}))
        first = (await connection.scalar(newest) or 0) + 1
        for row in rows:
            row["place"] = first + int(str(row["place"]))
        await connection.execute(insert(participants), rows)
    return [str(one["id"]) for one in rows]


async def log(connection: AsyncConnection, participant: str, new: Logged) -> None:
    """Append an entry to a participant's log."""
    newest = select(func.max(_L.number)).where(_L.participant == participant)
    await connection.execute(
        insert(participant_log).values(
            participant=participant,
            number=(await connection.scalar(newest) or 0) + 1,
            kind=new.kind,
            value=new.value,
            at=new.at,
            note=new.note,
            written_by=new.written_by,
            written_at=new.written_at,
        )
    )
