"""What the demonstration does first."""

from __future__ import annotations

import aiohttp
from argon2 import PasswordHasher

from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.demo.__main__ import _set_up
from server.demo.api import Api
from server.demo.calendar import plan
from server.demo.court import DemoCourt, Memory
from tests.server.conftest import Service


async def test_given_cameras_go_on_the_air_before_anything_is_drawn(service: Service) -> None:
    service.app[ACCOUNTS].passwords._hasher = PasswordHasher(1, 64, 1)
    base = str(service.client.make_url("/api/v1"))
    admin = await service.token("ann", Role.ADMINISTRATOR)
    token = admin["Authorization"].removeprefix("Bearer ")
    first = next(one for one in plan(2026) if one.on_air)
    given = {"cameras": ["rtsp://192.0.2.1/1"], "delay_s": 4}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        memory = Memory.read(service.data / "memory")
        court = DemoCourt(Api.with_token(session, base, token), memory)
        _, shown = await _set_up(court, first, given)
        assert shown is not None
        broadcast, is_new = shown
        assert (broadcast["phase"], broadcast["delay_s"], is_new) == ("live", 4, True)
        # Started again, it goes on; without cameras of its own it waits for the drawn ones.
        _, again = await _set_up(court, first, given)
        assert again is not None
        assert (again[0]["id"], again[1]) == (broadcast["id"], False)
        assert (await _set_up(court, first, {**given, "cameras": []}))[1] is None
