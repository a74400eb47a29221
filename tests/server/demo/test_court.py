"""The demonstration's calendar, with its notices on the portal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import aiohttp

from server.accounts.roles import Role
from server.demo.api import Api
from server.demo.calendar import plan
from server.demo.court import DemoCourt, Memory, given_wish
from tests.server.conftest import Service


async def test_the_demonstrations_hearings_are_announced(service: Service) -> None:
    base = str(service.client.make_url("/api/v1"))
    admin = await service.token("ann", Role.ADMINISTRATOR)
    token = admin["Authorization"].removeprefix("Bearer ")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        memory = Memory.read(service.data / "memory")
        court = DemoCourt(Api.with_token(session, base, token), memory)
        rooms = await court.set_up()
        for room in rooms[:2]:
            await court.set_cameras(room, given_wish(["rtsp://192.0.2.1/1"], 0))
        await court.fill_calendar(rooms)
        await court.fill_calendar(rooms)  # started again: everything is there
        ordered = court.pilot
        await court.set_up()
        assert ordered is not None  # the third courtroom needs no approval for now
        assert (court.pilot, ordered["runs"]) == (ordered, True)
    page = await service.client.get("/notices", params={"lang": "en"})
    text = await page.text()
    assert text.count("data-notice") == 3
    assert "物业服务合同纠纷" in text
    assert "钱某" in text


async def test_what_somebody_has_put_on_the_air_in_its_courtroom_stays_there(
    service: Service,
) -> None:
    planned = replace(plan(2026)[0], room=2)  # there a pilot runs
    base = str(service.client.make_url("/api/v1"))
    admin = await service.token("ann", Role.ADMINISTRATOR)
    token = admin["Authorization"].removeprefix("Bearer ")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        api = Api.with_token(session, base, token)
        court = DemoCourt(api, Memory.read(service.data / "memory"))
        rooms = await court.set_up()
        hearing = {
            "case_number": "（2026）苏9999民初1号",
            "courtroom": rooms[planned.room],
            "title": "丁某诉戊某",
            "scheduled_at": datetime.now(UTC).isoformat(),
        }
        own = (await api.post("/hearings", hearing))["id"]
        body = {"hearing": own, "delay_s": 0, "medium": ["image_text"]}
        broadcast = (await api.post("/broadcasts", body))["id"]
        await api.post(f"/broadcasts/{broadcast}/orders", {"order": "start"})
        shown, is_new = await court.on_air(planned, rooms[planned.room], given_wish([], 0))
        assert (shown["id"], is_new) == (broadcast, False)
        assert len((await api.get("/hearings", when="today"))["hearings"]) == 1
