"""Broadcasts in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.approvals.policy import ReplayPlan
from server.broadcasts.model import Broadcast, Phase
from server.broadcasts.state import ON_AIR, State
from server.broadcasts.tables import broadcasts
from server.hearings.model import Hearing
from server.hearings.store import COLUMNS, JOINED
from server.hearings.tables import cases, hearings
from server.identity import new_id

_OWN = (
    broadcasts.c.id,
    broadcasts.c.has_video,
    broadcasts.c.has_report,
    broadcasts.c.delay_ms,
    broadcasts.c.layout,
    broadcasts.c.cameras,
    broadcasts.c.state,
    broadcasts.c.replay,
    broadcasts.c.started_at,
    broadcasts.c.ended_at,
    broadcasts.c.replay_due,
    broadcasts.c.replay_until,
    broadcasts.c.policy,
)
_ON_AIR = sorted(state.value for state in ON_AIR)
_PHASES: dict[Phase, ColumnElement[bool]] = {
    "upcoming": broadcasts.c.state == State.PLANNED.value,
    "live": broadcasts.c.state.in_(_ON_AIR),
    "replay": (broadcasts.c.state == State.ENDED.value) & (broadcasts.c.replay == "public"),
    "ended": broadcasts.c.state == State.ENDED.value,
}


class Among(TypedDict, total=False):
    """Which broadcasts of a phase: of a court, of hearings from a time on."""

    court: str | None
    since: datetime | None


def _query() -> Select[Any]:
    joined = JOINED.join(broadcasts, broadcasts.c.hearing == hearings.c.id)
    return select(*_OWN, *COLUMNS).select_from(joined)


def _broadcast(row: Row[Any]) -> Broadcast:
    own, hearing = row[: len(_OWN)], row[len(_OWN) :]
    values = dict(zip((column.name for column in _OWN), own, strict=True))
    values |= {"cameras": tuple(values["cameras"]), "state": State(values["state"])}
    return Broadcast(hearing=Hearing(*hearing), **values)


async def broadcast(connection: AsyncConnection, identifier: str) -> Broadcast | None:
    """Return a broadcast with its hearing."""
    row = (await connection.execute(_query().where(broadcasts.c.id == identifier))).first()
    return _broadcast(row) if row else None


async def of_hearings(connection: AsyncConnection, ids: list[str]) -> dict[str, Broadcast]:
    """Return the broadcasts of these hearings, by hearing."""
    found = await connection.execute(_query().where(broadcasts.c.hearing.in_(ids)))
    return {one.hearing.id: one for one in map(_broadcast, found)}


async def listed(
    connection: AsyncConnection,
    phase: Phase,
    limit: int,
    **among: Unpack[Among],
) -> list[Broadcast]:
    """Return the broadcasts of a phase: upcoming ones soonest first, others newest first."""
    query = _query().where(_PHASES[phase], hearings.c.cancelled_at.is_(None)).limit(limit)
    court, since = among.get("court"), among.get("since")
    if since is not None:
        query = query.where(hearings.c.scheduled_at >= since)
    if court is not None:
        query = query.where(cases.c.court == court)
    soonest = hearings.c.scheduled_at
    order = soonest if phase == "upcoming" else soonest.desc()
    rows = await connection.execute(query.order_by(order, broadcasts.c.id))
    return [_broadcast(row) for row in rows]


async def recorded(
    connection: AsyncConnection,
    courts: frozenset[str] | None,
    number: str,
    before: datetime | None,
    limit: int,
) -> list[Broadcast]:
    """Return broadcasts that are over and had pictures, the last that ended first.

    ``courts`` None: of every court. ``number`` is a part of the case's number.
    """
    ended = broadcasts.c.ended_at
    query = _query().where(_PHASES["ended"], broadcasts.c.has_video, ended.is_not(None))
    if courts is not None:
        query = query.where(cases.c.court.in_(courts))
    if number:
        query = query.where(cases.c.number.icontains(number, autoescape=True))
    if before is not None:
        query = query.where(ended < before)
    rows = await connection.execute(query.order_by(ended.desc(), broadcasts.c.id).limit(limit))
    return [_broadcast(row) for row in rows]


async def on_air(connection: AsyncConnection) -> list[Broadcast]:
    """Return the broadcasts that the table takes to be on the air."""
    return [_broadcast(row) for row in await connection.execute(_query().where(_PHASES["live"]))]


async def not_ended(connection: AsyncConnection, ids: list[str]) -> list[Broadcast]:
    """Return those of the broadcasts that the table does not take to be over."""
    query = _query().where(broadcasts.c.id.in_(ids), broadcasts.c.state != State.ENDED.value)
    return [_broadcast(row) for row in await connection.execute(query)]


async def add(connection: AsyncConnection, values: Mapping[str, Any], by: str, at: datetime) -> str:
    """Plan a broadcast; raises ``IntegrityError`` if the hearing has one."""
    identifier = new_id()
    await connection.execute(
        insert(broadcasts).values(
            **values,
            id=identifier,
            state=State.PLANNED.value,
            replay="none",
            created_at=at,
            created_by=by,
        )
    )
    return identifier


async def replan(connection: AsyncConnection, identifier: str, values: Mapping[str, Any]) -> bool:
    """Plan a broadcast anew; False if it has started."""
    planned = (broadcasts.c.id == identifier) & (broadcasts.c.state == State.PLANNED.value)
    result = await connection.execute(update(broadcasts).where(planned).values(dict(values)))
    return bool(result.rowcount)


async def begin_under(connection: AsyncConnection, identifier: str, policy: str) -> None:
    """Write by which rules a broadcast begins: the digest of its policy, "" for none."""
    planned = (broadcasts.c.id == identifier) & (broadcasts.c.state == State.PLANNED.value)
    await connection.execute(update(broadcasts).where(planned).values(policy=policy))


async def end_unstarted(connection: AsyncConnection, identifier: str) -> bool:
    """Write that a broadcast will never start; False if it has. It has no time of its end."""
    planned = (broadcasts.c.id == identifier) & (broadcasts.c.state == State.PLANNED.value)
    ended = update(broadcasts).where(planned).values(state=State.ENDED.value)
    return bool((await connection.execute(ended)).rowcount)


async def stand(
    connection: AsyncConnection,
    identifier: str,
    state: State,
    started_at: datetime | None,
    delay_ms: int | None = None,
) -> None:
    """Write where a broadcast stands by its order log; one that is over stays over."""
    values: dict[str, Any] = {"state": state.value}
    if started_at is not None:
        values["started_at"] = started_at
    if delay_ms is not None:
        values["delay_ms"] = delay_ms
    await connection.execute(
        update(broadcasts)
        .where(broadcasts.c.id == identifier, broadcasts.c.state != State.ENDED.value)
        .values(values)
    )


async def finish(
    connection: AsyncConnection, identifier: str, plan: ReplayPlan, at: datetime
) -> bool:
    """Write that a broadcast is over; False if it was written before."""
    replay = {"replay": plan.state, "replay_due": plan.due, "replay_until": plan.until}
    result = await connection.execute(
        update(broadcasts)
        .where(broadcasts.c.id == identifier, broadcasts.c.state != State.ENDED.value)
        .values(state=State.ENDED.value, ended_at=at, **replay)
    )
    return bool(result.rowcount)
