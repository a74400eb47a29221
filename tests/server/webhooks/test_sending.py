"""What follows from answers, with a real receiver and the time told to the database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import update

from server.database import Database
from server.destinations import read_networks
from server.identity import new_id
from server.journal.store import entries
from server.partners import store as partners
from server.partners.model import TERMS_VERSION, Partner
from server.signing import Signer
from server.webhooks import queue, store
from server.webhooks.calling import Caller
from server.webhooks.model import Delivery, Endpoint, Event, Kind
from server.webhooks.sending import PURPOSE, Sending
from server.webhooks.tables import endpoints
from tests.server.webhooks.conftest import Receiver

NOW = datetime.now(UTC)
SIGNER = Signer(b"s" * 32)


class Line:
    """An endpoint at the receiver, and attempts that are made one by one."""

    def __init__(self, database: Database, caller: Caller) -> None:
        self.database = database
        self.sending = Sending(database, SIGNER, caller, lambda _: False, "https://court.example")

    async def open(self, url: str, sealed: str = "") -> None:
        """Add the endpoint."""
        partner = Partner("p1", "台", "", NOW, TERMS_VERSION, NOW, None)
        async with self.database.begin() as connection:
            await partners.add_partner(connection, partner)
            new = Endpoint("e1", "p1", url, frozenset(Kind), NOW)
            secret = sealed or SIGNER.seal(PURPOSE, "e1", b"k" * 32)
            await store.add(connection, new, secret)

    async def put(self, kind: Kind = Kind.LIVE, broadcast: str = "b1") -> None:
        """Put an event in line."""
        async with self.database.begin() as connection:
            new = Event(new_id(), kind, broadcast, "sh", NOW, {"withdrawal": "w1", "kind": "name"})
            kept = await queue.add_event(connection, new)
            assert kept
            await queue.add_deliveries(connection, kept, [await self.endpoint()], NOW)

    async def attempt(self) -> Delivery:
        """Make the next attempt, whenever it is due; return what it led to."""
        async with self.database.read() as connection:
            [first, *_] = await queue.heads(connection, NOW + timedelta(days=9), 4)
        await self.sending.send(first)
        async with self.database.read() as connection:
            found = await queue.one(connection, "e1", first.event.id)
        assert found
        return found

    async def endpoint(self) -> Endpoint:
        async with self.database.read() as connection:
            return await store.by_id(connection, "e1")


@pytest.fixture
async def line(kept: Database) -> AsyncIterator[Line]:
    """A line of the service, and attempts on loopback."""
    caller = Caller(read_networks("127.0.0.0/8"))
    yield Line(kept, caller)
    await caller.close()


def answering(status: int, **headers: str) -> web.Response:
    return web.Response(status=status, headers=headers)


async def test_a_failed_attempt_is_made_again_and_success_hurries_what_waits(
    line: Line, receiver: Receiver
) -> None:
    await line.open("http://127.0.0.1:9/")  # nobody listens there
    await line.put()
    await line.put(broadcast="b2")
    for _ in range(2):
        began = datetime.now(UTC)
        failed = await line.attempt()
        assert (failed.standing, failed.attempts, failed.last_problem) == (
            "waiting",
            1,
            "connection",
        )
        assert failed.next_at
        soonest, latest = began + timedelta(seconds=5), datetime.now(UTC) + timedelta(seconds=6)
        assert soonest <= failed.next_at <= latest
    assert (await line.endpoint()).is_in_trouble
    async with line.database.begin() as connection:
        await store.change(connection, "e1", {"url": receiver.url})
    assert (await line.attempt()).standing == "delivered"
    assert not (await line.endpoint()).is_in_trouble
    async with line.database.read() as connection:
        [other] = await queue.heads(connection, NOW + timedelta(days=9), 4)
    assert other.next_at
    assert other.next_at <= datetime.now(UTC)  # it need not wait: the partner is back


async def test_a_partner_that_is_suspended_while_a_message_goes_out(
    line: Line, receiver: Receiver
) -> None:
    """What was taken up before and is not urgent stays; a withdrawal goes out all the same."""
    await line.open(receiver.url)
    await line.put()
    await line.put(Kind.WITHDRAWN, broadcast="b2")
    async with line.database.read() as connection:
        taken_up = await queue.heads(connection, NOW + timedelta(days=9), 4)
    async with line.database.begin() as connection:
        await partners.change_partner(connection, "p1", suspended_at=NOW)
    for one in taken_up:
        await line.sending.send(one)
    assert [one["type"] for one in receiver.told()] == ["content.withdrawn"]
    async with line.database.begin() as connection:
        await partners.change_partner(connection, "p1", suspended_at=None)
    assert (await line.attempt()).standing == "delivered"  # nothing was lost


async def test_who_wants_nothing_any_more_is_told_nothing_but_withdrawals(
    line: Line, receiver: Receiver
) -> None:
    async def gone(_: web.Request) -> web.StreamResponse:
        return answering(410)

    receiver.reply = gone
    await line.open(receiver.url)
    await line.put()
    await line.put(Kind.WITHDRAWN)
    await line.attempt()
    endpoint = await line.endpoint()
    assert endpoint.disabled_why == "gone"
    async with line.database.read() as connection:
        assert (
            await queue.heads(connection, NOW + timedelta(days=9), 4) == []
        )  # until it is switched on again
        noted = [one async for one in entries(connection, "partner:p1")]
    assert [(one.action, one.person) for one in noted] == [("webhook.disable", "")]


async def test_three_days_of_failure_switch_off(line: Line) -> None:
    await line.open("http://127.0.0.1:9/")
    for days, why in ((2.9, None), (3.1, "failing")):
        since = {"failing_since": datetime.now(UTC) - timedelta(days=days)}
        async with line.database.begin() as connection:
            await connection.execute(update(endpoints).values(since))
        await line.put(broadcast=f"b{days}")
        await line.attempt()
        assert (await line.endpoint()).disabled_why == why


async def test_retry_after_is_obeyed_and_a_test_is_made_once(
    line: Line, receiver: Receiver
) -> None:
    async def busy(_: web.Request) -> web.StreamResponse:
        return answering(503, **{"Retry-After": "600"})

    receiver.reply = busy
    await line.open(receiver.url)
    await line.put()
    began = datetime.now(UTC)
    later = await line.attempt()
    assert later.next_at
    assert later.next_at >= began + timedelta(seconds=600)
    await line.put(Kind.TEST, "")
    test = await line.attempt()
    assert (test.standing, test.last_status) == ("failed", 503)


async def test_without_the_server_s_secret_nothing_is_sent(line: Line, receiver: Receiver) -> None:
    other = Signer(b"another" * 5).seal(PURPOSE, "e1", b"k" * 32)
    await line.open(receiver.url, other)
    await line.put()
    failed = await line.attempt()
    assert (failed.last_problem, failed.last_status) == ("secret", None)
    assert receiver.got == []


async def test_an_attempt_that_is_cut_is_as_if_never_made(line: Line, receiver: Receiver) -> None:
    reached, free = asyncio.Event(), asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        reached.set()
        await free.wait()
        return answering(204)

    receiver.reply = hang
    await line.open(receiver.url)
    await line.put()
    attempt = asyncio.create_task(line.attempt())
    await reached.wait()
    line.sending.cut()
    found = await attempt
    free.set()
    assert (found.standing, found.attempts) == ("waiting", 0)
    receiver.reply = None
    assert (await line.attempt()).standing == "delivered"
    assert len(set(receiver.ids())) == 1


async def test_an_endpoint_that_is_removed_meanwhile(line: Line, receiver: Receiver) -> None:
    async def removes(_: web.Request) -> web.StreamResponse:
        async with line.database.begin() as connection:
            await store.remove(connection, "e1")
        return answering(500)

    receiver.reply = removes
    await line.open(receiver.url)
    await line.put()
    async with line.database.read() as connection:
        [one] = await queue.heads(connection, NOW + timedelta(days=9), 4)
    await line.sending.send(one)
    async with line.database.read() as connection:
        assert await queue.heads(connection, NOW + timedelta(days=9), 4) == []
