"""The demonstration's people apply and sign as everybody does, also after a restart."""

from __future__ import annotations

import aiohttp
import pytest

from server.accounts.roles import Role
from server.demo.api import Api
from server.demo.approval import Approvals
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

MEDIUM = ["video", "image_text"]


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with a planned broadcast of a civil case."""
    return await furnish(service)


async def test_the_demonstrations_hearings_are_approved_step_by_step(hall: Hall) -> None:
    base = str(hall.service.client.make_url("/api/v1"))
    token = hall.admin["Authorization"].removeprefix("Bearer ")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        api = Api.with_token(session, base, token)
        [hearing] = (await api.get("/hearings"))["hearings"]
        approvals = Approvals(api)
        await approvals.set_up(hall.court, [hall.room])
        changes = {"judge": approvals.judge, "nature": "civil", "cause": "买卖合同纠纷"}
        await api.patch(f"/hearings/{hearing['id']}", changes)
        assert (await hall.order("start")).status == 409
        again = Approvals(api)  # the demonstration was started again: its people are there
        await again.set_up(hall.court, [hall.room])
        await again.announce(hearing["id"], [("plaintiff", "甲公司"), ("defendant", "乙公司")])
        await again.approve(hearing["id"], MEDIUM)
        await again.confirm_cameras(hall.broadcast)
    assert (await hall.order("start")).status == 200
    auditor = await hall.service.token("audrey", Role.AUDITOR, hall.court)
    shown = await hall.service.get("/applications?state=agreed", headers=auditor)
    [application] = (await shown.json())["applications"]
    assert len({one["signer"] for one in application["steps"]}) == 3
