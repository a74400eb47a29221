"""Events and their deliveries in the database: what waits, in which order, and how it went.

What is told of one broadcast to one endpoint is a *lane*, and each withdrawal has one of its own
with what becomes of it: in a lane nothing is sent before what came earlier was taken or given up;
lanes do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, Select, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.identity import new_id
from server.partners.tables import partners
from server.webhooks.model import KEPT, MOST_WAITING, Delivery, Endpoint, Event, Kind
from server.webhooks.retrying import OFF_AFTER
from server.webhooks.tables import deliveries, endpoints, events

EVENT_MARK: Final = "evt_"  # a test's lane is its own id; no broadcast's or withdrawal's begins so
_TOLD_LATE: Final = OFF_AFTER + timedelta(days=1)
_D, _V = deliveries.c, events.c
_WAITS = _D.standing == "waiting"
_JOINED = deliveries.join(events, _V.sequence == _D.event)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, since when the oldest of it, and how many endpoints were switched off."""

    count: int = 0
    oldest_at: datetime | None = None
    off: int = 0


def _event(row: Row[Any]) -> Event:
    return Event(
        source=row.source,
        kind=Kind(row.kind),
        broadcast=row.broadcast,
        court=row.court,
        at=row.at,
        data=row.data,
        id=row.id,
        sequence=row.sequence,
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        event=_event(row),
        endpoint=row.endpoint,
        standing=row.standing,
        attempts=row.attempts,
        next_at=row.next_at,
        last_at=row.last_at,
        last_status=row.last_status,
        last_problem=row.last_problem,
        took_ms=row.took_ms,
    )


def _query() -> Select[Any]:
    return select(*events.c, *_D).select_from(_JOINED)


async def add_event(connection: AsyncConnection, new: Event) -> Event | None:
    """Write down what happened; None if it was written before."""
    known = select(_V.sequence).where(_V.source == new.source)
    if (await connection.execute(known)).first():
        return None
    identifier = f"{EVENT_MARK}{new_id()}{new_id()}"
    made = await connection.execute(
        insert(events).values(
            id=identifier,
            source=new.source,
            kind=new.kind.value,
            broadcast=new.broadcast,
            court=new.court,
            at=new.at,
            data=dict(new.data),
        )
    )
    [sequence] = made.inserted_primary_key or (0,)
    return replace(new, id=identifier, sequence=sequence)


async def add_deliveries(
    connection: AsyncConnection, event: Event, to: Collection[Endpoint], now: datetime
) -> int:
    """Put an event in line for endpoints; return for how many of them there was no room."""
    if not to:
        return 0
    most = MOST_WAITING * (2 if event.goes_ahead else 1)
    query = select(_D.endpoint, func.count()).where(_WAITS, _D.endpoint.in_(one.id for one in to))
    waiting = {row[0]: row[1] for row in await connection.execute(query.group_by(_D.endpoint))}
    full = [one.id for one in to if waiting.get(one.id, 0) >= most]
    if full:
        more = {"dropped": endpoints.c.dropped + 1}
        await connection.execute(update(endpoints).where(endpoints.c.id.in_(full)).values(more))
    rows = [
        {
            "event": event.sequence,
            "endpoint": one.id,
            "lane": event.lane,
            "is_urgent": event.goes_ahead,
            "standing": "waiting",
            "attempts": 0,
            "next_at": now,
            "last_problem": "",
        }
        for one in to
        if one.id not in full
    ]
    if rows:
        await connection.execute(insert(deliveries), rows)
    return len(full)


async def heads(connection: AsyncConnection, now: datetime, most: int) -> list[Delivery]:
    """Return what is next in each lane and due: what is urgent first, then what is due longest.

    At most so many of an endpoint, and as many urgent ones: what waits for one that is down does
    not push aside what waits for others. An endpoint that is switched off gets tests only, one of a
    suspended partner withdrawals only.
    """
    on = select(endpoints.c.id).where(endpoints.c.disabled_at.is_(None))
    lanes = (
        select(func.min(_D.event).label("event"), _D.endpoint)
        .where(_WAITS, or_(_D.endpoint.in_(on), _D.lane.startswith(EVENT_MARK)))
        .group_by(_D.endpoint, _D.lane)
        .subquery()
    )
    due = (_D.next_at, _D.event)
    place = func.row_number().over(partition_by=(_D.endpoint, _D.is_urgent), order_by=due)
    first = deliveries.join(lanes, (lanes.c.event == _D.event) & (lanes.c.endpoint == _D.endpoint))
    numbered = (
        select(_D.event, _D.endpoint, place.label("place"))
        .select_from(first)
        .where(_D.next_at <= now)
        .subquery()
    )
    its = (numbered.c.event == _D.event) & (numbered.c.endpoint == _D.endpoint)
    joined = (
        _JOINED.join(numbered, its & (numbered.c.place <= most))
        .join(endpoints, endpoints.c.id == _D.endpoint)
        .join(partners, partners.c.id == endpoints.c.partner_id)
    )
    may = or_(partners.c.suspended_at.is_(None), _D.is_urgent)
    query = _query().select_from(joined).where(may)
    order = (case((_D.is_urgent, 0), else_=1), *due, _D.endpoint)
    rows = await connection.execute(query.order_by(*order))
    return [_delivery(row) for row in rows]


async def settle(connection: AsyncConnection, done: Delivery) -> bool:
    """Write how an attempt went; False if the message does not wait any more."""
    its = (_D.event == done.event.sequence) & (_D.endpoint == done.endpoint)
    if done.standing != "delivered":
        its &= _WAITS
    values = {
        "standing": done.standing,
        "attempts": done.attempts,
        "next_at": done.next_at,
        "last_at": done.last_at,
        "last_status": done.last_status,
        "last_problem": done.last_problem,
        "took_ms": done.took_ms,
    }
    return bool((await connection.execute(update(deliveries).where(its).values(values))).rowcount)


async def hurry(connection: AsyncConnection, endpoint: str, now: datetime) -> None:
    """Let what could not reach an endpoint be tried at once: it is back."""
    its = (_D.endpoint == endpoint) & _WAITS & (_D.attempts > 0) & _D.last_status.is_(None)
    await connection.execute(update(deliveries).where(its).values(next_at=now))


async def supersede(connection: AsyncConnection, broadcast: str) -> None:
    """Drop what waits of a broadcast that is withdrawn as a whole, but for its withdrawals."""
    of = select(_V.sequence).where(_V.broadcast == broadcast)
    its = _WAITS & ~_D.is_urgent & _D.event.in_(of)
    gone = update(deliveries).where(its).values(standing="superseded", next_at=None)
    await connection.execute(gone)


async def again(connection: AsyncConnection, event: int, endpoint: str, now: datetime) -> bool:
    """Put a delivery in line anew; False while it waits anyway."""
    its = (_D.event == event) & (_D.endpoint == endpoint) & (_D.standing != "waiting")
    values = {"standing": "waiting", "attempts": 0, "next_at": now}
    return bool((await connection.execute(update(deliveries).where(its).values(values))).rowcount)


async def one(connection: AsyncConnection, endpoint: str, event: str) -> Delivery | None:
    """Return a delivery by the event's id."""
    query = _query().where(_D.endpoint == endpoint, _V.id == event)
    row = (await connection.execute(query)).first()
    return _delivery(row) if row else None


async def of_endpoint(
    connection: AsyncConnection, endpoint: str, before: int | None, most: int
) -> Sequence[Delivery]:
    """Return an endpoint's deliveries, the newest event first; those before an event's number."""
    query = _query().where(_D.endpoint == endpoint)
    if before is not None:
        query = query.where(_D.event < before)
    rows = await connection.execute(query.order_by(_D.event.desc()).limit(most))
    return [_delivery(row) for row in rows]


async def waiting(connection: AsyncConnection) -> Waiting:
    """Return how much waits for endpoints that are on."""
    joined = _JOINED.join(endpoints, endpoints.c.id == _D.endpoint)
    on = endpoints.c.disabled_at.is_(None)
    query = select(func.count(), func.min(_V.at)).select_from(joined).where(_WAITS, on)
    count, oldest = (await connection.execute(query)).one()
    off = select(func.count()).where(endpoints.c.disabled_why.in_(("gone", "failing")))
    return Waiting(count, oldest, await connection.scalar(off) or 0)


async def clear(connection: AsyncConnection, now: datetime) -> None:
    """Give up what could not be told for days; forget what was settled long ago."""
    late = select(_V.sequence).where(_V.at < now - _TOLD_LATE)
    old = select(_V.sequence).where(_V.at < now - KEPT)
    its = _WAITS & ((~_D.is_urgent & _D.event.in_(late)) | _D.event.in_(old))
    given_up = update(deliveries).where(its).values(standing="failed", next_at=None)
    await connection.execute(given_up)
    await connection.execute(delete(deliveries).where(~_WAITS, _D.event.in_(old)))
    left = exists().where(_D.event == _V.sequence)
    await connection.execute(delete(events).where(_V.at < now - KEPT, ~left))
