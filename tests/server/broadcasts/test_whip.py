"""WHIP over HTTP: who may publish, what is refused, and what the recorder is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientResponse

from media import Answer, CloseSession, FeedOffer, MessageStream
from server.signalling import MAX_OFFER_BYTES
from tests.server.broadcasts.conftest import Hall, Listen, Speaker, made

OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"


class Recorder(Speaker):
    """A recorder that answers as it is told."""

    status, reason = 201, ""

    async def listen(self, stream: MessageStream) -> None:
        async for message in stream:
            self.heard.append(message)
            if isinstance(message, FeedOffer):
                sdp = "v=0 answer" if self.status == 201 else ""
                stream.send(Answer(message.session, self.status, sdp, self.reason))


@dataclass
class Gate:
    """A camera that is published to, and its key."""

    hall: Hall
    camera: str
    key: str
    server: str

    async def call(self, method: str, path: str = "", **more: Any) -> ClientResponse:  # noqa: ANN401
        """Ask at the camera's address, with its key and an offer unless told otherwise."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/sdp"}
        headers |= more.pop("headers", {})
        client = self.hall.service.client
        return await client.request(
            method,
            f"/whip/{self.camera}{path}",
            headers={name: value for name, value in headers.items() if value},
            data=more.pop("data", OFFER),
            **more,
        )


@pytest.fixture
async def gate(hall: Hall) -> Gate:
    path = f"/courtrooms/{hall.room}/cameras"
    camera = await made(
        hall.service, path, {"name": "证人席", "url": "whip-listen://"}, hall.technician
    )
    push = f"/cameras/{camera['id']}/push"
    told = await (await hall.service.get(push, headers=hall.technician)).json()
    assert told["protocol"] == "whip"
    assert told["key"] not in str(camera)
    return Gate(hall, camera["id"], told["key"], told["server"])


async def test_a_publisher_with_the_key_is_let_in_and_out(gate: Gate, listen: Listen) -> None:
    recorder = Recorder()
    await listen(gate.hall.places.socket(f"recorder-{gate.hall.room}"), recorder)
    assert gate.server.endswith(f"/whip/{gate.camera}")
    response = await gate.call("POST")
    assert (response.status, await response.text()) == (201, "v=0 answer")
    assert response.headers["Content-Type"] == "application/sdp"
    assert response.headers["Cache-Control"] == "no-store"
    offer = recorder.heard[-1]
    assert isinstance(offer, FeedOffer)
    assert (offer.camera, offer.sdp) == (gate.camera, OFFER)
    session = response.headers["Location"].removeprefix(f"/whip/{gate.camera}")
    assert session == f"/{offer.session}"
    assert (await gate.call("PATCH", session, data="a=candidate:1 …")).status == 204
    assert (await gate.call("PATCH", session, headers={"If-Match": "*"})).status == 422
    assert (await gate.call("DELETE", session)).status == 200
    while not isinstance(recorder.heard[-1], CloseSession):
        await gate.call("OPTIONS")
    assert recorder.heard[-1].session == offer.session


async def test_without_the_key_nobody_learns_anything(gate: Gate, listen: Listen) -> None:
    recorder = Recorder()
    await listen(gate.hall.places.socket(f"recorder-{gate.hall.room}"), recorder)
    told = set()
    for camera in (gate.camera, gate.hall.cameras[0], "none"):
        for proof in ("", "Bearer ", "Bearer wrong", f"Basic {gate.key}", "Bearer \xff"):
            for method, path in (("POST", ""), ("DELETE", "/session")):
                other = Gate(gate.hall, camera, gate.key, "")
                response = await other.call(method, path, headers={"Authorization": proof})
                assert response.status in (401, 429)
                told.add((response.status, (await response.json())["code"]))
    assert told <= {(401, "sign-in-needed"), (429, "too-many")}
    assert recorder.heard == []


@pytest.mark.parametrize(
    ("status", "reason"), [(409, "somebody publishes"), (422, "no H.264"), (400, "no SDP")]
)
async def test_what_the_recorder_refuses_is_refused(
    gate: Gate, listen: Listen, status: int, reason: str
) -> None:
    recorder = Recorder()
    recorder.status, recorder.reason = status, reason
    await listen(gate.hall.places.socket(f"recorder-{gate.hall.room}"), recorder)
    response = await gate.call("POST")
    assert response.status == status
    assert reason in (await response.json())["detail"]


async def test_what_is_no_offer_and_rooms_that_are_not_in_use(gate: Gate) -> None:
    assert (await gate.call("POST", headers={"Content-Type": "text/plain"})).status == 415
    assert (await gate.call("POST", data="x" * (MAX_OFFER_BYTES + 1))).status == 413
    assert (await gate.call("POST", data=b"\xff\xfe")).status == 400
    response = await gate.call("POST")
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert (await gate.call("GET")).status == 405


async def test_pages_of_other_sites_may_publish(gate: Gate) -> None:
    response = await gate.call("OPTIONS", headers={"Authorization": "", "Origin": "https://x"})
    assert response.status == 204
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Accept-Post"] == "application/sdp"
