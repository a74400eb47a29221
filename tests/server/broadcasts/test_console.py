"""What staff and public are told while a hearing is on the air."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse

from media.messages import Part, Rendition
from server.accounts.roles import Role
from server.broadcasts.channels import Channel
from server.broadcasts.console import public_state
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.places import Places
from tests.server.broadcasts.conftest import (
    SECRET,
    Hall,
    Speaker,
    Worker,
    feed_status,
    stream_info,
    worker_status,
)


async def events(response: ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Yield the events of a stream."""
    assert response.status == 200, await response.text()
    assert response.headers["Cache-Control"] == "no-store"
    name = ""
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        assert "hunter2" not in line
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


async def first(response: ClientResponse, name: str, within_s: float = 30.0) -> Any:  # noqa: ANN401
    """Return the next event of a name."""
    async with asyncio.timeout(within_s):
        async for found, data in events(response):
            if found == name:
                return data
    raise AssertionError(f"no {name}")


async def test_the_console_shows_feeds_in_words(
    hall: Hall, room_speakers: tuple[Speaker, Speaker]
) -> None:
    recorder, _ = room_speakers
    path = f"/api/v1/broadcasts/{hall.broadcast}/console/events?lang=en"
    async with hall.service.client.get(path, headers=hall.technician) as response:
        async with asyncio.timeout(30):
            async for name, data in events(response):
                if name == "feeds" and data["cameras"][1]["issue"]:
                    break
        wide, bench = data["cameras"]
        assert (wide["words"], wide["ok"]) == ("Receiving", True)
        assert wide["detail"] == "H264 1920×1080 25 fps, AAC 48 kHz, 4.0 Mbit/s"
        assert bench["words"] == "Next attempt in 4 s"
        assert wide["figures"] == "loss 0.4 %, jitter 3 ms, key frame every 2 s, clock +12 ppm"
        assert "password" in bench["detail"]
        assert (bench["advice"], bench["figures"]) == (
            "Enter name and password in the camera's address.",
            "",
        )
        while not (meters := await first(response, "meters"))["cameras"]:
            pass  # the monitor was not heard yet
        assert meters["cameras"] == [
            {"camera": hall.cameras[0], "rms_db": [-20.0], "peak_db": [-12.0]}
        ]
        assert meters["program"] is None
        status = await first(response, "status")
        assert (status["state"], status["recording"]) == ("upcoming", True)
        assert status["allowed"] == ["start"]
        # 1 GiB less what is kept free, for two cameras and what the public will see
        assert status["disk_minutes"] == (3 << 28) * 8 // 12_000_000 // 60
        recorder.say(feed_status(hall.cameras[1]))
        async with asyncio.timeout(30):
            async for name, data in events(response):
                if name == "feeds" and data["cameras"][1]["ok"]:
                    break


async def test_the_console_follows_orders(
    hall: Hall, worker: Worker, room_speakers: tuple[Speaker, Speaker]
) -> None:
    del worker, room_speakers
    await hall.order("start")
    path = f"/api/v1/broadcasts/{hall.broadcast}/console/events?lang=en"
    async with hall.service.client.get(path, headers=hall.technician) as response:
        status = await first(response, "status")
        assert (status["state"], status["gate_open"]) == ("live", True)
        assert set(status["allowed"]) == {"recess", "closed", "dump", "range_dump", "end"}
        await hall.order("recess")
        async with asyncio.timeout(30):
            async for name, data in events(response):
                if name == "journal" and data["order"] == "recess":
                    break
        assert (data["words"], data["by"]) == ("Recess", "Tom")
        async with asyncio.timeout(30):
            async for name, data in events(response):
                if name == "status" and data["air"] == "recess":
                    break
        assert not data["gate_open"]


async def test_pictures_of_the_room_are_for_staff_only(
    hall: Hall, room_speakers: tuple[Speaker, Speaker]
) -> None:
    del room_speakers
    path = f"/broadcasts/{hall.broadcast}/cameras/{hall.cameras[0]}.jpg"
    assert (await hall.service.get(path)).status == 401
    partner = await hall.service.token("pam", Role.PARTNER_MANAGER)
    assert (await hall.service.get(path, headers=partner)).status == 403
    stranger = await hall.service.token("sam", Role.TECHNICIAN, "elsewhere")
    assert (await hall.service.get(path, headers=stranger)).status == 403
    response = await hall.service.post(
        f"/broadcasts/{hall.broadcast}/prepare", headers=hall.technician
    )
    assert response.status == 204
    async with asyncio.timeout(30):
        while (response := await hall.service.get(path, headers=hall.technician)).status == 204:
            await asyncio.sleep(0.02)
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.read() == b"\xff\xd8picture"


async def test_a_camera_without_a_picture_is_no_error_and_another_rooms_is_not_there(
    hall: Hall,
) -> None:
    cameras = f"/broadcasts/{hall.broadcast}/cameras"
    known = await hall.service.get(f"{cameras}/{hall.cameras[0]}.jpg", headers=hall.technician)
    assert (known.status, await known.read()) == (204, b"")
    assert known.headers["Cache-Control"] == "no-store"
    unknown = await hall.service.get(f"{cameras}/nowhere.jpg", headers=hall.technician)
    assert unknown.status == 404


async def test_the_public_is_told_what_is_on_the_air(hall: Hall, worker: Worker) -> None:
    del worker
    path = f"/api/v1/broadcasts/{hall.broadcast}/state/events"
    async with hall.service.client.get(path) as response:
        assert (await first(response, "state"))["state"] == "upcoming"
        for order, shown in (("start", "live"), ("recess", "recess"), ("end", "ended")):
            await hall.order(order)
            async with asyncio.timeout(30):
                async for _, data in events(response):
                    if data["state"] == shown:
                        break


async def test_nothing_is_live_before_it_can_be_played(hall: Hall, tmp_path: Path) -> None:
    about = await hall.service.app[BROADCASTS].about(hall.broadcast)
    live = replace(about, state=State.LIVE)
    channel = Channel(hall.broadcast, Places(tmp_path), lambda _: None)
    assert public_state(live, None) == "upcoming"
    channel._take(worker_status("room", 1))
    assert public_state(live, channel) == "upcoming"
    sound = Rendition("audio", "audio", "mp4a.40.2", 48_000, 128_000, 128_000)
    channel._take(replace(stream_info(hall.broadcast), renditions=(sound,)))
    channel._take(worker_status("room", 2))
    assert public_state(live, channel) == "upcoming"
    channel._take(Part("audio", 0, 0, 1, 0, 15_360, True, False, False, False, 1, 1, b"part"))
    async with asyncio.timeout(30):
        while not channel.is_playable:  # it looks first for what the disk has of it
            await asyncio.sleep(0.01)
    assert public_state(live, channel) == "live"
    assert public_state(replace(live, has_video=False), None) == "live"


async def test_a_camera_s_address_is_never_told(hall: Hall) -> None:
    paths = [f"/courtrooms/{hall.room}", "/courtrooms", f"/broadcasts/{hall.broadcast}"]
    clerk = await hall.service.token("carl", Role.CLERK, hall.court)
    for headers in (hall.admin, hall.technician, clerk):
        for path in paths:
            text = await (await hall.service.get(path, headers=headers)).text()
            assert "hunter2" not in text
    room = await (await hall.service.get(paths[0], headers=clerk)).json()
    assert room["cameras"][0]["address"] == ""
    room = await (await hall.service.get(paths[0], headers=hall.technician)).json()
    assert room["cameras"][0]["address"] == "rtsp://***@192.0.2.7/main"
    assert SECRET not in str(room)


async def test_the_desk_offers_what_one_s_role_may_order(
    hall: Hall, worker: Worker, room_speakers: tuple[Speaker, Speaker]
) -> None:
    del worker, room_speakers
    await hall.order("start")
    await hall.order("mute", arguments={"camera": "1"})
    judge = await hall.service.token("judith", Role.PRESIDING_JUDGE, hall.court)
    path = f"/api/v1/broadcasts/{hall.broadcast}/console/events?lang=en"
    seen = {}
    for name, headers in (("judge", judge), ("technician", hall.technician)):
        async with hall.service.client.get(path, headers=headers) as response:
            seen[name] = await first(response, "status")
            if name == "technician":
                async for found, data in events(response):
                    if found == "journal" and data["order"] == "mute":
                        assert data["words"] == "Microphone muted · 全景"
                        break
    assert set(seen["judge"]["marks"]) == {"mute", "voice_shift", "mask"}
    assert {"unmute", "layout", "delay"} < set(seen["technician"]["marks"])
    assert seen["judge"]["shown"]["sound"] == [
        {"camera": hall.cameras[0], "kind": "mute", "ordered": True, "on_air": True}
    ]
