"""Cameras are tried without a hearing: they come in, nothing is kept, a hearing takes over."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from server.accounts.roles import Role
from server.broadcasts import equipment
from server.wanted import Processes
from tests.server.broadcasts.conftest import Hall, Speaker
from tests.server.broadcasts.test_console import first


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equipment, "GRACE_S", 0.0)


def path_of(hall: Hall) -> str:
    return f"/api/v1/courtrooms/{hall.room}/equipment/events?lang=en"


def spool_of(hall: Hall) -> Path | None:
    """Return where the courtroom's recorder is told to write; None if none should run."""
    told = Processes(hall.service.data).assignment(f"recorder-{hall.room}")
    return Path(told["spool"]) if told else None


async def nothing_runs(hall: Hall) -> None:
    async with asyncio.timeout(30):
        while spool_of(hall) is not None or hall.places.equipment.joinpath(hall.room).exists():
            await asyncio.sleep(0.02)


async def test_cameras_are_received_as_long_as_somebody_looks_and_nothing_is_kept(
    hall: Hall, room_speakers: tuple[Speaker, Speaker]
) -> None:
    async with hall.service.client.get(path_of(hall), headers=hall.technician) as response:
        feeds = await first(response, "feeds")
        while not feeds["cameras"][0]["picture"]:
            feeds = await first(response, "feeds")
        wide, bench = feeds["cameras"]
        assert (wide["words"], bench["issue"]) == ("Receiving", "unauthorised")
        while not (meters := await first(response, "meters"))["cameras"]:
            pass  # the picture was told before it
        assert meters["cameras"][0]["peak_db"] == [-12.0]
        picture = await hall.service.client.get(wide["picture"], headers=hall.technician)
        assert await picture.read() == b"\xff\xd8picture"
        folder = spool_of(hall)
        assert folder is not None
        assert hall.places.spool(hall.room) not in (folder, *folder.parents)
        folder.mkdir(parents=True)
        (folder / "volume").write_bytes(b"what the camera sent")
    for speaker, name in zip(room_speakers, ("recorder", "monitor"), strict=True):
        for stream in tuple(speaker.streams):
            stream.abort()
        hall.places.socket(f"{name}-{hall.room}").unlink()
    await nothing_runs(hall)
    journal = await hall.service.get("/journal", headers=await auditor(hall))
    assert "courtroom.try_equipment" in await journal.text()


async def auditor(hall: Hall) -> dict[str, str]:
    return await hall.service.token("olga", Role.AUDITOR)


async def test_a_hearing_takes_the_cameras_over_and_keeps_them(hall: Hall) -> None:
    async with hall.service.client.get(path_of(hall), headers=hall.technician) as response:
        await first(response, "feeds")
        assert spool_of(hall) != hall.places.spool(hall.room).absolute()
        prepared = f"/broadcasts/{hall.broadcast}/prepare"
        assert (await hall.service.post(prepared, headers=hall.technician)).status == 204
        assert spool_of(hall) == hall.places.spool(hall.room).absolute()
    again = await hall.service.client.get(path_of(hall), headers=hall.technician)
    await first(again, "feeds")  # the first look has been cleared up by now or will not be
    again.close()
    async with asyncio.timeout(30):
        while hall.places.equipment.joinpath(hall.room).exists():
            await asyncio.sleep(0.02)
    assert spool_of(hall) == hall.places.spool(hall.room).absolute()


@pytest.mark.parametrize(("role", "where"), [(Role.CLERK, "here"), (Role.TECHNICIAN, "elsewhere")])
async def test_only_who_looks_after_the_courtroom_tries_its_cameras(
    hall: Hall, role: Role, where: str
) -> None:
    other = await hall.service.token("sam", role, hall.court if where == "here" else where)
    response = await hall.service.client.get(path_of(hall), headers=other)
    assert response.status == 403
    assert spool_of(hall) is None
    page = f"/console/courtrooms/{hall.room}/equipment"
    response = await hall.service.client.get(page, headers=other | {"Accept": "text/html"})
    assert response.status == 403


async def test_a_look_that_was_forgotten_ends(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equipment, "LONGEST_S", 0.0)
    monkeypatch.setattr(equipment, "MOST_LOOKS", 1)
    response: Any = await hall.service.client.get(path_of(hall), headers=hall.technician)
    assert await first(response, "over") == {}
    await nothing_runs(hall)
