"""Two server processes on one PostgreSQL and one Redis are one service, also when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from yarl import URL

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.chain import first_break
from server.journal.store import entries
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service, StartService

WITHIN_S = 5  # in force everywhere (B-30)


@dataclass
class Pair:
    """A hall whose broadcast is on the air, at two servers, and who works there."""

    hall: Hall
    other: Service
    url: str
    clerk: dict[str, str]
    judge: dict[str, str]

    @property
    def servers(self) -> list[Service]:
        """Both servers."""
        return [self.hall.service, self.other]

    async def at_both(self, path: str, body: object, by: dict[str, str]) -> list[Any]:
        """Send the same to both servers at once, three times; return status and answer of each."""

        async def send(service: Service) -> tuple[int, Any]:
            response = await service.post(path, body, headers=by)
            return response.status, await response.json()

        return list(await asyncio.gather(*(send(one) for one in self.servers * 3)))

    async def noted(self, action: str) -> int:
        """Count the entries of an action; the chain of all is whole."""
        async with self.other.app[DATABASE].read() as connection:
            found = [one async for one in entries(connection)]
        assert first_break(found) is None
        return sum(one.action == action for one in found)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Let the database refuse and end all connections."""
        address = URL(self.url).with_scheme("postgresql")
        name = address.name
        owner = await asyncpg.connect(str(address.with_path("/postgres")))
        try:
            await owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1"
            await owner.fetch(end, name)
            yield
            await owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        finally:
            await owner.close()


@pytest.fixture
async def pair(postgres_url: str, redis_url: str, start_service: StartService) -> Pair:
    """Two servers as one installation."""
    there = {"database_url": postgres_url, "redis_url": redis_url, "secret": "the same"}
    one, other = await start_service(**there), await start_service(**there)
    hall = await furnish(one, medium=["image_text"])
    clerk = await one.token("cleo", Role.CLERK, hall.court)
    judge = await one.token("jin", Role.PRESIDING_JUDGE, hall.court)
    assert (await hall.order("start")).status == 200
    return Pair(hall, other, postgres_url, clerk, judge)


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await asked():
            await asyncio.sleep(0.02)


async def test_what_is_sent_to_both_at_once_is_done_once_and_holds_at_both(pair: Pair) -> None:
    path = f"/broadcasts/{pair.hall.broadcast}"
    post = {"client_key": "1", "role": "clerk", "speaker": "", "body": "现在开庭。"}
    posted = await pair.at_both(f"{path}/report/posts", post, pair.clerk)
    assert len({answer["id"] for _, answer in posted}) == 1
    address = f"/broadcasts/{pair.hall.broadcast}"
    for one in pair.servers:
        assert "现在开庭。" in await (await one.client.get(address)).text()
    whole = {"kind": "broadcast", "reason": "secret"}
    withdrawn = await pair.at_both(f"{path}/withdrawals", whole, pair.judge)
    assert sorted(status for status, _ in withdrawn) == [201] + [409] * 5
    assert await pair.noted("withdrawal.order") == 1
    for one in pair.servers:

        async def is_gone(its: Service = one) -> bool:
            return (await its.client.get(address)).status == 410

        await until(is_gone)


async def test_while_the_database_is_away_readers_are_told_when_to_come_again(pair: Pair) -> None:
    address = "/api/v1/hearings"
    async with pair.away():
        for one in pair.servers:
            refused = await one.client.get(address, headers=pair.hall.technician)
            assert (refused.status, int(refused.headers["Retry-After"])) == (503, 5)
            assert (await one.client.get("/readyz")).status == 503
            assert (await one.client.get("/healthz")).status == 200
    for one in pair.servers:
        assert (await one.client.get(address, headers=pair.hall.technician)).status == 200
        assert (await one.client.get("/readyz")).status == 200
    assert (await pair.hall.order("end")).status == 200

    async def is_noted() -> bool:
        return await pair.noted("broadcast.end") == 1

    await until(is_noted)
