"""Cameras that push, through the API: what is taken, and who sees a key."""

from dataclasses import dataclass

import pytest

from server.accounts.roles import Role
from tests.server.conftest import Service


@dataclass
class Court:
    """A court with two courtrooms and its people."""

    service: Service
    rooms: list[str]
    technician: dict[str, str]
    clerk: dict[str, str]
    stranger: dict[str, str]

    async def add(self, url: str, room: int = 0, status: int = 201) -> dict[str, str]:
        """Add a camera; return the answer."""
        path = f"/courtrooms/{self.rooms[room]}/cameras?lang=en"
        body = {"name": "席", "url": url}
        response = await self.service.post(path, body, headers=self.technician)
        assert response.status == status
        answer: dict[str, str] = await response.json()
        return answer


@pytest.fixture
async def court(service: Service) -> Court:
    admin = await service.token("ann", Role.ADMINISTRATOR)
    response = await service.post("/courts", {"name": "法院"}, headers=admin)
    at = (await response.json())["id"]
    technician = await service.token("tom", Role.TECHNICIAN, at)
    rooms = []
    for name in ("一", "二"):
        response = await service.post(
            "/courtrooms", {"court": at, "name": name}, headers=technician
        )
        rooms.append((await response.json())["id"])
    return Court(
        service,
        rooms,
        technician,
        await service.token("carl", Role.CLERK, at),
        await service.token("sam", Role.TECHNICIAN, "elsewhere"),
    )


async def test_a_key_is_made_and_shown_to_those_who_set_up_encoders_alone(court: Court) -> None:
    camera = await court.add("rtmp-listen://0.0.0.0:1935/live")
    assert camera["address"] == "rtmp-listen://0.0.0.0:1935/live/***"
    path = f"/cameras/{camera['id']}/push"
    response = await court.service.get(path, headers=court.technician)
    assert response.headers["Cache-Control"] == "no-store"
    told = await response.json()
    assert len(told["key"]) >= 40
    assert told["protocol"] == "rtmp"
    assert told["server"] == "rtmp://127.0.0.1:1935/live"
    assert told["address"] == f"{told['server']}/{told['key']}"
    for headers, status in ((court.clerk, 403), (court.stranger, 403), ({}, 401)):
        response = await court.service.get(path, headers=headers)
        assert response.status == status
        assert told["key"] not in await response.text()
    for headers in (court.technician, court.clerk):
        for rooms in (f"/courtrooms/{court.rooms[0]}", "/courtrooms"):
            text = await (await court.service.get(rooms, headers=headers)).text()
            assert told["key"] not in text


async def test_what_pulls_has_nothing_to_push_to(court: Court) -> None:
    camera = await court.add("rtsp://192.0.2.7/main")
    path = f"/cameras/{camera['id']}/push"
    assert (await court.service.get(path, headers=court.technician)).status == 404


async def test_ports_are_given_once(court: Court) -> None:
    first = await court.add("rtmp-listen://0.0.0.0:1935/live")
    await court.add("rtmp-listen://0.0.0.0:1935/live")  # the room's second camera
    answer = await court.add("rtmp-listen://0.0.0.0:1935/live", room=1, status=409)
    assert "another port" in answer["detail"]
    await court.add("rtmp-listen://0.0.0.0:1936/live", room=1)
    await court.add("udp://0.0.0.0:9000")
    await court.add("srt-listen://0.0.0.0:9000", status=409)
    path = f"/cameras/{first['id']}"
    change = {"url": "rtmp-listen://0.0.0.0:1936/live"}
    response = await court.service.client.patch(
        f"/api/v1{path}", json=change, headers=court.technician
    )
    assert response.status == 409
    response = await court.service.client.patch(
        f"/api/v1{path}", json={"url": "srt-listen://0.0.0.0:9001"}, headers=court.technician
    )
    assert response.status == 200


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("rtmp-listen://0.0.0.0:80/live", "port"),
        ("rtmp-listen://0.0.0.0:1935/live/guessed", "stream key"),
        ("srt-listen://0.0.0.0:9000?passphrase=x", "passphrase"),
        ("udp://239.1.1.1:5004?interface=eth0", "host"),
        ("v4l2:///dev/sda", "device"),
        ("gopher://x", "begins with"),
    ],
)
async def test_what_no_feed_can_open_is_refused_in_words(
    court: Court, url: str, words: str
) -> None:
    answer = await court.add(url, status=422)
    assert words in str(answer)


async def test_a_court_sets_the_style_of_its_case_numbers(court: Court) -> None:
    admin = await court.service.token("amy", Role.ADMINISTRATOR)
    [at] = (await (await court.service.get("/courts")).json())["courts"]
    path = f"/api/v1/courts/{at['id']}?lang=en"
    own = {"case_number_style": "（{year}）苏0102{type}{number}号"}
    patch = court.service.client.patch
    assert (await patch(path, json=own, headers=court.technician)).status == 403
    assert (await patch(path, json={"case_number_style": "x"}, headers=admin)).status == 422
    changed = await (await patch(path, json=own, headers=admin)).json()
    assert changed["case_number_style"] == own["case_number_style"]
    hearing = {
        "case_number": "（2026）苏0103民初1号",
        "courtroom": court.rooms[0],
        "title": "案",
        "scheduled_at": "2026-11-23T09:30:00+08:00",
    }
    refused = await court.service.post("/hearings?lang=en", hearing, headers=court.technician)
    assert "looks like （2026）苏0102民初123号" in (await refused.json())["detail"]
    hearing["case_number"] = "(2026)苏0102民初1号"
    made = await court.service.post("/hearings", hearing, headers=court.technician)
    assert (await made.json())["case_number"] == "（2026）苏0102民初1号"
