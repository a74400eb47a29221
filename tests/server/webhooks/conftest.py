"""A partner's server that takes messages, and a service whose partner has it told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from server.accounts.roles import Role
from server.database import DATABASE, Database
from server.partners.model import TERMS_VERSION
from tests.server.conftest import Service, StartService
from tests.server.counted import add_broadcast, add_courts
from tests.services.databases import DatabaseOf

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Receiver:
    """What a partner's server has been told; ``reply`` is how it answers (204 by itself)."""

    url: str = ""
    reply: Reply | None = None
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take a message."""
        body = await request.read()
        self.got.append((dict(request.headers), body))
        self._news.set()
        return web.Response(status=204) if self.reply is None else await self.reply(request)

    async def until(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many messages; return them all."""
        async with asyncio.timeout(20):
            while len(self.got) < count:
                self._news.clear()
                await self._news.wait()
        return self.told()

    async def until_told(self, kind: str) -> dict[str, Any]:
        """Wait for a message of a kind; return the last one."""
        async with asyncio.timeout(20):
            while not (found := [one for one in self.told() if one["type"] == kind]):
                self._news.clear()
                await self._news.wait()
        return found[-1]

    def told(self) -> list[dict[str, Any]]:
        """Return the messages."""
        return [json.loads(body) for _, body in self.got]

    def ids(self) -> list[str]:
        """Return the messages' ids."""
        return [headers["webhook-id"] for headers, _ in self.got]

    def verified(self, secret: str) -> list[dict[str, Any]]:
        """Return what the receiver's own library takes with a secret; raises for anything else."""
        return [Webhook(secret).verify(body, headers) for headers, body in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A partner's server on loopback."""
    one = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", one.take)
    async with TestServer(app) as server:
        one.url = str(server.make_url("/hook"))
        yield one


@pytest.fixture
async def kept(database_of: DatabaseOf, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with nothing in line."""
    database = Database(database_of(tmp_path))
    yield database
    await database.close()


@dataclass
class Office:
    """A service with ``b1`` on the air and who manages its partner."""

    service: Service
    manager: dict[str, str]
    partner: str

    @property
    def path(self) -> str:
        """Where the partner's endpoints are."""
        return f"/partners/{self.partner}/webhooks"

    async def call(self, method: str, path: str, body: object = None, status: int = 200) -> Any:  # noqa: ANN401
        """Ask the API as the manager; return what is answered."""
        response = await self.service.client.request(
            method, f"/api/v1{path}", json=body, headers=self.manager
        )
        assert response.status == status, await response.text()
        return await response.json() if response.content_type == "application/json" else None

    async def add(self, url: str, **more: object) -> Any:  # noqa: ANN401
        """Add an endpoint."""
        return await self.call("POST", self.path, {"url": url, **more}, 201)

    async def deliveries(self, webhook: str) -> list[dict[str, Any]]:
        """Return an endpoint's deliveries, newest first."""
        return list((await self.call("GET", f"{self.path}/{webhook}/deliveries"))["deliveries"])

    async def settled(self, webhook: str, count: int) -> list[dict[str, Any]]:
        """Wait until so many deliveries do not wait any more; return all."""
        async with asyncio.timeout(20):
            while True:
                found = await self.deliveries(webhook)
                if sum(one["state"] != "waiting" for one in found) >= count:
                    return found
                await asyncio.sleep(0.02)


@pytest.fixture
async def office(start_service: StartService) -> Office:
    """A service that tells endpoints on loopback, and a partner that has accepted the terms."""
    service = await start_service(
        webhook_networks="127.0.0.0/8", webhook_http="true", public_url="https://court.example"
    )
    await add_courts(service.app[DATABASE])
    await add_broadcast(service.app[DATABASE], "b1", has_report=True, has_video=False)
    manager = await service.token("pam", Role.PARTNER_MANAGER, "sh")
    made = await service.post("/partners", {"name": "电视台", "court": "sh"}, headers=manager)
    partner = (await made.json())["id"]
    await service.client.patch(
        f"/api/v1/partners/{partner}", json={"terms_version": TERMS_VERSION}, headers=manager
    )
    return Office(service, manager, partner)
