"""A server for tests: in-process bus or Redis, and the database that the run is about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from server.accounts.model import Person, Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS, AccountService
from server.app import make_app
from server.broadcasts import alone, ledger
from server.bus import Bus, InProcessBus, redis
from server.bus.redis import RedisBus
from server.database import Database
from server.proofs import service as proofs
from server.settings import Settings
from tests.services.databases import DatabaseOf

PASSWORD = "a long way to the court"  # noqa: S105


@dataclass
class Service:
    """A running server with a client for each role."""

    client: TestClient[Any, Any]
    data: Path
    settings: Settings

    @property
    def app(self) -> Any:  # noqa: ANN401
        """The application."""
        return self.client.app

    async def person(self, name: str, role: Role, court: str | None = None) -> Person:
        """Add a person with a role and PASSWORD."""
        accounts: AccountService = self.client.app[ACCOUNTS]
        return await accounts.add_person(
            name, name.title(), PASSWORD, [Posting(role, court)], must_change=False
        )

    async def token(self, name: str, role: Role, court: str | None = None) -> dict[str, str]:
        """Add a person; return headers that speak for them."""
        person = await self.person(name, role, court)
        token = await self.client.app[ACCOUNTS].issue_token(person.id, "test")
        return {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **options: Any) -> ClientResponse:  # noqa: ANN401
        """GET below /api/v1."""
        return await self.client.get(f"/api/v1{path}", **options)

    async def post(self, path: str, body: object = None, **options: Any) -> ClientResponse:  # noqa: ANN401
        """POST JSON below /api/v1."""
        return await self.client.post(f"/api/v1{path}", json=body, **options)

    async def put(self, path: str, body: object, **options: Any) -> ClientResponse:  # noqa: ANN401
        """PUT JSON to the API."""
        return await self.client.put(f"/api/v1{path}", json=body, **options)


StartService = Callable[..., Awaitable[Service]]


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have servers wait for a slow disk and for Redis; the tests say what day it is."""
    monkeypatch.setattr(redis, "_PUBLISH_S", 60.0)  # or nobody else hears of it
    monkeypatch.setattr(alone, "PATIENCE_S", 60.0)  # or the second of two orders is refused
    monkeypatch.setattr(ledger, "_PATIENCE_S", 60.0)  # or an order is not in the database yet
    monkeypatch.setattr(proofs, "LOOK_SECONDS", 3600.0)  # or days are closed by the clock


@pytest.fixture
async def start_service(
    tmp_path: Path,
    database_of: DatabaseOf,
    unhurried: None,  # noqa: ARG001
) -> AsyncIterator[StartService]:
    """Start servers; the same data directory is the same court."""
    async with AsyncExitStack() as stack:

        async def start(**environ: str) -> Service:
            data = Path(environ.pop("data", str(tmp_path / "data")))
            data.mkdir(exist_ok=True)
            if "database_url" not in environ:
                environ["database_url"] = database_of(data)
            settings = Settings.from_env({}, {"data": data, **environ})
            client = TestClient(TestServer(make_app(settings)))
            await stack.enter_async_context(client)
            # Whoever is added costs 50 ms of two slow cores otherwise; nobody guesses them here.
            client.app[ACCOUNTS].passwords._hasher = PasswordHasher(1, 64, 1)
            return Service(client, data, settings)

        yield start


@pytest.fixture
async def service(start_service: StartService) -> Service:
    """A server."""
    return await start_service()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database with all tables, of each kind."""
    if request.param == "sqlite":
        address = request.getfixturevalue("new_sqlite_url")(tmp_path)
    else:
        address = request.getfixturevalue("postgres_url")
    database = Database(address)
    yield database
    await database.close()


@pytest.fixture(params=["in_process", "redis"])
async def bus(
    request: pytest.FixtureRequest,
    unhurried: None,  # noqa: ARG001
) -> AsyncIterator[Bus]:
    """A bus of each kind."""
    if request.param == "in_process":
        yield InProcessBus()
        return
    async with RedisBus(request.getfixturevalue("redis_url")) as bus:
        await bus.hearing()
        yield bus
