"""The same on every bus."""

import asyncio

from server.bus import MISSED, Bus
from server.bus.contract import MOST_WAITING


async def test_listeners_hear_their_topic_in_order(bus: Bus) -> None:
    async with bus.subscribe("a") as first, bus.subscribe("a") as second, bus.subscribe("b") as b:
        for number in range(3):
            assert await bus.publish("a", {"n": number})
        await bus.publish("b", {"n": 9})
        for subscription in (first, second):
            assert [await anext(subscription) for _ in range(3)] == [
                {"n": number} for number in range(3)
            ]
        assert await anext(b) == {"n": 9}


async def test_a_slow_listener_is_told_that_it_missed_something(bus: Bus) -> None:
    async with bus.subscribe("a") as news:
        for number in range(MOST_WAITING + 1):
            await bus.publish("a", {"n": number})
        assert await anext(news) == MISSED
        assert news.dropped == MOST_WAITING + 1
        await bus.publish("a", {"n": "next"})
        assert await anext(news) == {"n": "next"}


async def test_who_has_left_hears_nothing(bus: Bus) -> None:
    async with bus.subscribe("a") as news:
        pass
    await bus.publish("a", {"n": 1})
    waiting = asyncio.ensure_future(anext(news))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_bus_says_that_it_is_ready(bus: Bus) -> None:
    assert await bus.is_ready()
