"""The queue, its order on both databases: bounds, and what is forgotten."""

from datetime import timedelta

import pytest

from server.database import Database
from server.partners import store as partners
from server.partners.model import TERMS_VERSION, Partner
from server.webhooks import queue, store
from server.webhooks.model import Delivery, Endpoint, Event, Kind
from tests.server.counted import START

LATER = START + timedelta(hours=1)
PARTNER = Partner("p1", "台", "", START, TERMS_VERSION, START, None)


def endpoint(identifier: str) -> Endpoint:
    url = "https://partner.example/"
    return Endpoint(identifier, "p1", url, frozenset({Kind.LIVE, Kind.WITHDRAWN}), START)


def event(number: int, kind: Kind, broadcast: str = "b1", withdrawal: str = "w1") -> Event:
    data = {"withdrawal": withdrawal, "kind": "name"} if kind is Kind.WITHDRAWN else {}
    return Event(f"journal:{number}", kind, broadcast, "sh", START, data)


async def line(database: Database, *events: Event) -> None:
    """Put events in line for two endpoints."""
    to = [endpoint("e1"), endpoint("e2")]
    async with database.begin() as connection:
        if not await store.all_of(connection):
            await partners.add_partner(connection, PARTNER)
            for new in to:
                await store.add(connection, new, "sealed")
        for one in events:
            kept = await queue.add_event(connection, one)
            if kept is not None:
                await queue.add_deliveries(connection, kept, to, START)


async def heads(database: Database, of: str = "e1") -> list[Delivery]:
    async with database.read() as connection:
        return [one for one in await queue.heads(connection, LATER, 4) if one.endpoint == of]


async def settle(database: Database, one: Delivery, standing: str) -> None:
    async with database.begin() as connection:
        await queue.settle(
            connection,
            Delivery(one.event, one.endpoint, standing, one.attempts + 1, LATER),  # type: ignore[arg-type]
        )


async def test_withdrawals_go_ahead_and_a_lane_keeps_its_order(database: Database) -> None:
    await line(
        database,
        event(1, Kind.LIVE),
        event(2, Kind.RECESS),
        event(3, Kind.LIVE, "b2"),
        event(4, Kind.WITHDRAWN),
        event(5, Kind.WITHDRAWN, withdrawal="w2"),
        event(2, Kind.RECESS),  # told once
    )
    first = await heads(database)
    kinds = [(one.event.kind, one.event.broadcast) for one in first]
    assert kinds == [
        (Kind.WITHDRAWN, "b1"),
        (Kind.WITHDRAWN, "b1"),
        (Kind.LIVE, "b1"),
        (Kind.LIVE, "b2"),
    ]
    await settle(database, first[2], "waiting")  # it failed: what follows waits behind it
    again = await heads(database)
    assert [one.event.source for one in again if one.event.broadcast == "b1"][-1] == "journal:1"
    await settle(database, first[2], "delivered")
    after = [one.event.source for one in await heads(database)]
    assert "journal:2" in after
    assert len(await heads(database, "e2")) == 4  # another endpoint waits for nobody
    async with database.begin() as connection:  # statements that databases read differently
        await queue.supersede(connection, "b1")
        await queue.clear(connection, START)
        await queue.hurry(connection, "e1", START)
        assert await store.hold(connection, "here", START, LATER)
        assert (await queue.waiting(connection)).count == 6


async def test_what_is_superseded_stays_so_whatever_becomes_of_an_attempt(
    kept: Database,
) -> None:
    await line(kept, event(1, Kind.LIVE), event(2, Kind.WITHDRAWN), event(3, Kind.LIVE, "b2"))
    live = (await heads(kept))[1]
    async with kept.begin() as connection:
        await queue.supersede(connection, "b1")
    await settle(kept, live, "waiting")
    left = [one.event.source for one in await heads(kept)]
    assert left == ["journal:2", "journal:3"]


async def test_a_queue_that_is_full_drops_and_counts(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_WAITING", 2)
    await line(kept, *(event(number, Kind.LIVE, f"b{number}") for number in range(4)))
    await line(kept, event(9, Kind.WITHDRAWN))
    found = await heads(kept)
    assert [one.event.source for one in found] == ["journal:9", "journal:0", "journal:1"]
    async with kept.read() as connection:
        assert [one.dropped for one in await store.all_of(connection)] == [2, 2]


async def test_endpoints_that_are_off_get_tests_only(kept: Database) -> None:
    await line(kept, event(1, Kind.LIVE), event(2, Kind.WITHDRAWN))
    async with kept.begin() as connection:
        await store.change(connection, "e1", {"disabled_at": START, "disabled_why": "gone"})
        test = await queue.add_event(connection, Event("test:1", Kind.TEST, "", "", START))
        assert test
        await queue.add_deliveries(connection, test, [endpoint("e1")], START)
        await partners.change_partner(connection, "p1", suspended_at=START)
    assert [one.event.kind for one in await heads(kept)] == [Kind.TEST]
    assert [one.event.kind for one in await heads(kept, "e2")] == [Kind.WITHDRAWN]
    async with kept.read() as connection:
        assert (await queue.waiting(connection)).off == 1


async def test_old_messages_are_given_up_and_then_forgotten(kept: Database) -> None:
    await line(kept, event(1, Kind.LIVE), event(2, Kind.WITHDRAWN))
    for days, left in ((3, 2), (5, 1), (31, 0)):
        async with kept.begin() as connection:
            await queue.clear(connection, START + timedelta(days=days))
        assert len(await heads(kept)) == left, days
    async with kept.read() as connection:
        assert await queue.of_endpoint(connection, "e1", None, 50) == []


async def test_one_server_holds_the_duty_until_it_lets_go(kept: Database) -> None:
    await line(kept)
    soon, late = START + timedelta(seconds=15), START + timedelta(seconds=16)
    async with kept.begin() as connection:
        assert await store.hold(connection, "here", START, soon)
        assert not await store.hold(connection, "there", START, soon)
        assert await store.hold(connection, "there", late, late + timedelta(seconds=15))
        assert not await store.hold(connection, "here", late, late)
        await store.let_go(connection, "there")
        assert await store.hold(connection, "here", late, late)


async def test_a_place_in_the_journal_is_taken_once(kept: Database) -> None:
    await line(kept)
    async with kept.begin() as connection:
        begun = await store.read_up_to(connection)
        assert begun is not None
        assert await store.advance(connection, begun, begun + 5)
        assert not await store.advance(connection, begun, begun + 5)


async def test_what_waits_for_one_endpoint_pushes_nobody_else_aside(kept: Database) -> None:
    many = [event(number, Kind.WITHDRAWN, withdrawal=f"w{number}") for number in range(9)]
    await line(kept, *many, event(10, Kind.LIVE))
    async with kept.read() as connection:
        found = await queue.heads(connection, LATER, 3)
    assert [(one.endpoint, one.event.is_urgent) for one in found].count(("e1", True)) == 3
    assert [(one.endpoint, one.event.is_urgent) for one in found].count(("e2", True)) == 3
    assert [one.endpoint for one in found if not one.event.is_urgent] == ["e1", "e2"]
    async with kept.read() as connection:
        assert await queue.heads(connection, START - timedelta(seconds=1), 3) == []
