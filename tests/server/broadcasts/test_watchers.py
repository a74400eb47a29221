"""The watch as the court's people meet it: the button, the alarm, the slate, a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from media.orders import read_orders
from server.accounts.roles import Role
from server.broadcasts import watchers
from server.broadcasts.watchers import WATCHERS
from server.database import DATABASE
from server.journal.store import entries
from tests.server.broadcasts.conftest import Hall, Listen, Worker, furnish, worker_status
from tests.server.conftest import StartService

LATE = 10_000
SOON = "0.02"  # minutes


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something to be so."""
    async with asyncio.timeout(30):
        while not await found():
            await asyncio.sleep(0.05)


@pytest.fixture
async def hall(start_service: StartService) -> Hall:
    """A courtroom whose broadcasts are late, and a slate where nobody watches."""
    service = await start_service(watch_minutes=SOON, watch_missed="slate")
    return await furnish(service, delay_s=10)


@pytest.fixture
async def on_air(hall: Hall, listen: Listen) -> Worker:
    """The hall's broadcast, begun; whoever drives the worker says what is on the air."""
    worker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), worker)
    await hall.order("start")
    return worker


def say(worker: Worker, air: str, delay_ms: int = LATE) -> None:
    """Tell what the public sees, and how late."""
    worker.say(replace(worker_status(air, 1), delay_ms=delay_ms))


async def orders(hall: Hall) -> list[tuple[str, str]]:
    """Return the orders with who gave them."""
    records = await asyncio.to_thread(read_orders, hall.directory)
    return [(one.order, one.by) for one in records]


async def confirm(hall: Hall, headers: dict[str, str], **body: bool) -> dict[str, object]:
    """Press the button."""
    path = f"/broadcasts/{hall.broadcast}/watch"
    response = await hall.service.post(path, body, headers=headers)
    assert response.status == 200, await response.text()
    answer: dict[str, object] = await response.json()
    return answer


async def test_a_missed_watch_shows_the_slate_once_in_the_name_of_who_should_have_watched(
    hall: Hall, on_air: Worker
) -> None:
    clerk = await hall.service.token("carla", Role.CLERK, hall.court)
    answer = await confirm(hall, clerk)
    assert (answer["watcher"], answer["missed"]) == ("Carla", False)
    say(on_air, "room")

    async def recess() -> bool:
        return [order for order, _ in await orders(hall)] == ["start", "recess"]

    await until(recess)
    watch = hall.service.app[WATCHERS].about(hall.broadcast)
    assert (await orders(hall))[1] == ("recess", watch.watcher)
    assert watch.missed
    await hall.order("resume")  # before the slate was on the air
    for _ in range(3):
        await hall.service.app[WATCHERS].look()
    assert [order for order, _ in await orders(hall)] == ["start", "recess", "resume"]
    async with hall.service.app[DATABASE].read() as connection:
        found = [one async for one in entries(connection, f"broadcast:{hall.broadcast}")]
    told = [(one.action, one.person) for one in found if "watch" in one.action]
    person = watch.watcher
    assert told == [("broadcast.watch_begin", person), ("broadcast.watch_miss", person)]


async def test_a_clock_that_is_set_forward_gives_time_to_confirm(
    start_service: StartService, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour that nobody lived through is none in which nobody watched."""
    service = await start_service(watch_minutes="10", watch_missed="slate")
    hall = await furnish(service, delay_s=10)
    worker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), worker)
    await hall.order("start")
    await confirm(hall, hall.technician)
    say(worker, "room")
    watch = hall.service.app[WATCHERS]

    async def is_asked() -> bool:
        await watch.look()
        return bool(watch.about(hall.broadcast).due_us)

    await until(is_asked)
    before_us = watch.about(hall.broadcast).due_us
    now_us = watchers._now_us
    monkeypatch.setattr(watchers, "_now_us", lambda: now_us() + 3_600_000_000)
    await watch.look()
    after = watch.about(hall.broadcast)
    assert not after.missed
    assert after.due_us > before_us
    assert [order for order, _ in await orders(hall)] == ["start"]


async def test_nobody_is_asked_where_nothing_is_late(hall: Hall, on_air: Worker) -> None:
    watch = hall.service.app[WATCHERS]
    say(on_air, "room", delay_ms=0)
    await asyncio.sleep(2.5)  # twice as long as would be allowed: that nothing happens takes time
    await watch.look()
    assert not watch.about(hall.broadcast).missed
    assert [order for order, _ in await orders(hall)] == ["start"]


async def test_another_server_and_a_later_one_know_who_watches(
    hall: Hall, on_air: Worker, start_service: StartService
) -> None:
    say(on_air, "recess")
    await confirm(hall, hall.technician, watching=True)
    person = hall.service.app[WATCHERS].about(hall.broadcast).watcher
    later = await start_service(data=str(hall.service.data), watch_minutes="10")

    async def known() -> bool:
        return bool(later.app[WATCHERS].about(hall.broadcast).watcher == person)

    await until(known)
    answer = await confirm(hall, hall.technician, watching=False)
    assert answer["watcher"] == ""


async def test_only_who_may_watch_the_room_confirms(hall: Hall) -> None:
    path = f"/broadcasts/{hall.broadcast}/watch"
    manager = await hall.service.token("pam", Role.PARTNER_MANAGER)
    stranger = await hall.service.token("sam", Role.CLERK, "elsewhere")
    for headers, status in ((manager, 403), (stranger, 403), ({}, 401)):
        assert (await hall.service.post(path, {}, headers=headers)).status == status
