"""A record is checked from the console: who may, how it fares, what is found, what is noted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service
from tests.server.records.conftest import deeds, make_wanted

pytestmark = pytest.mark.media


def path(hall: Hall) -> str:
    return f"/broadcasts/{hall.broadcast}/record/check"


async def begin(hall: Hall) -> Any:  # noqa: ANN401
    response = await hall.service.post(path(hall), {}, headers=hall.technician)
    assert response.status == 202, await response.text()
    return await response.json()


async def outcome(hall: Hall, language: str = "en") -> Any:  # noqa: ANN401
    await asyncio.to_thread(make_wanted, hall, "check")
    headers = hall.technician | {"Accept-Language": language}
    return await (await hall.service.get(path(hall), headers=headers)).json()


async def test_a_whole_record_is_found_whole_and_noted_once(filed: Hall) -> None:
    unchecked = await filed.service.get(path(filed), headers=filed.technician)
    assert unchecked.status == 404
    begun = await begin(filed)
    assert (begun["state"], begun["whole"], begun["by"]) == ("waiting", None, "Tom")
    assert (await begin(filed))["id"] == begun["id"]  # it is under way
    for _ in range(2):
        told = await outcome(filed)
        assert (told["state"], told["whole"], told["findings"]) == ("done", True, [])
        assert told["chunks"] > 0
    assert not list(filed.places.wanted.glob("check-*"))
    assert (await deeds(filed))[-2:] == ["record.check", "record.checked"]
    assert (await begin(filed))["id"] != begun["id"]


async def test_damage_is_told_with_its_place_in_the_readers_language(filed: Hall) -> None:
    volume = filed.places.spool(filed.room) / filed.cameras[0] / "00000001.spool"
    raw = bytearray(volume.read_bytes())
    raw[len(raw) // 2] ^= 1
    volume.write_bytes(raw)
    await begin(filed)
    told = await outcome(filed, "zh-CN")
    assert told["whole"] is False
    [finding] = told["findings"]
    assert finding["what"] == "该帧已被改动"
    assert (finding["camera"], finding["file"]) == (filed.cameras[0], "00000001.spool")
    assert finding["offset"] > 0
    assert finding["court_time"]


async def test_only_who_watches_the_room_checks_its_record(filed: Hall) -> None:
    stranger = await filed.service.token("eve", Role.TECHNICIAN, "another")
    partner = await filed.service.token("pat", Role.PARTNER_MANAGER, filed.court)
    for by in (stranger, partner):
        assert (await filed.service.post(path(filed), {}, headers=by)).status == 403
        assert (await filed.service.get(path(filed), headers=by)).status == 403


async def test_what_is_not_filed_cannot_be_checked(service: Service) -> None:
    hall = await furnish(service)
    response = await service.post(path(hall), {}, headers=hall.technician)
    assert response.status == 409
