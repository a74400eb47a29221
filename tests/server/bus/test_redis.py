import asyncio

import pytest

from server.bus.redis import RedisBus


@pytest.mark.usefixtures("unhurried")
async def test_one_server_hears_another(redis_url: str) -> None:
    async with RedisBus(redis_url) as one, RedisBus(redis_url) as other:
        await one.hearing()
        await other.hearing()
        async with one.subscribe("a") as here, other.subscribe("a") as there:
            await one.publish("a", {"n": 1})
            async with asyncio.timeout(30):
                assert await anext(there) == {"n": 1}
                assert await anext(here) == {"n": 1}
            await other.publish("a", {"n": 2})
            async with asyncio.timeout(30):
                assert await anext(here) == {"n": 2}  # and its own not twice


async def test_without_redis_this_server_still_hears_itself() -> None:
    async with RedisBus("redis://127.0.0.1:1/0") as bus:
        async with bus.subscribe("a") as news:
            assert not await bus.publish("a", {"n": 1})
            assert await anext(news) == {"n": 1}
        assert bus.lost == 1
        assert not await bus.is_ready()
