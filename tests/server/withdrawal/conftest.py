"""The server of the players' tests, with people who may withdraw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from media import append_order
from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.broadcasts.tables import broadcasts
from server.reports.model import new_post
from server.reports.service import REPORTS
from tests.server.playback.conftest import Service, make_recording, service

__all__ = ["Desk", "desk", "make_recording", "service"]


@dataclass
class Desk:
    """A server with ``b1`` on the air and ``b2`` to be replayed, and who works there."""

    service: Service
    judge: dict[str, str]
    clerk: dict[str, str]

    async def withdraw(self, broadcast: str, by: dict[str, str] | None = None, **what: Any) -> Any:  # noqa: ANN401
        """Order a withdrawal; return the response."""
        return await self.service.client.post(
            f"/api/v1/broadcasts/{broadcast}/withdrawals",
            json={"reason": "personal_data", **what},
            headers=by or self.judge,
        )

    async def withdrawn(self, broadcast: str, **what: Any) -> Any:  # noqa: ANN401
        """Withdraw and return what was ordered."""
        response = await self.withdraw(broadcast, **what)
        assert response.status == 201, await response.text()
        return await response.json()

    async def restore(self, withdrawal: str) -> None:
        """Give back what was withdrawn."""
        response = await self.service.client.post(
            f"/api/v1/withdrawals/{withdrawal}/restore", json={"note": "asked"}, headers=self.judge
        )
        assert response.status == 200, await response.text()

    async def status(self, path: str) -> int:
        """Return what an address answers."""
        return (await self.service.client.get(path)).status

    async def write(self, body: str, broadcast: str = "b1") -> str:
        """Write a post as the clerk; return its id."""
        accounts = self.service.client.app[ACCOUNTS]
        person = await accounts.recognise(self.clerk["Authorization"].removeprefix("Bearer "))
        assert person
        new = new_post(
            client_key=f"k{len(body)}-{hash(body)}",
            role="witness",
            speaker="王小明",
            phase=None,
            body=body,
            photos=(),
        )
        return (await self.service.client.app[REPORTS].write(broadcast, new, person)).id

    async def posts(self, broadcast: str = "b1") -> list[dict[str, Any]]:
        """Return the posts as readers get them."""
        response = await self.service.client.get(f"/api/v1/broadcasts/{broadcast}/report/posts")
        assert response.status == 200
        return list((await response.json())["posts"])


@pytest.fixture
async def desk(service: Service) -> Desk:
    """People of the court of ``b1``."""
    accounts = service.client.app[ACCOUNTS]
    accounts.passwords._hasher = PasswordHasher(1, 64, 1)

    async def token(name: str, role: Role, court: str = "sh") -> dict[str, str]:
        person = await accounts.add_person(
            name, name.title(), "a long way to the court", [Posting(role, court)], must_change=False
        )
        return {"Authorization": f"Bearer {await accounts.issue_token(person.id, 'test')}"}

    async with service.database.begin() as connection:
        await connection.execute(update(broadcasts).values(has_report=True))
    append_order(service.data / "broadcasts" / "b1", "start", 1, "start", "tom")
    return Desk(
        service,
        await token("jin", Role.PRESIDING_JUDGE),
        await token("cleo", Role.CLERK),
    )
