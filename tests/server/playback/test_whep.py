import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse
from limits import RateLimitItemPerMinute

from media import StreamEnd
from server.audience import AUDIENCE
from server.playback.relay import RELAY
from tests.server.playback.conftest import Service
from tests.server.playback.relayed import FakeRelay, listening
from tests.server.playback.test_routes import counted, is_problem

ADDRESS = "/whep/b1"
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@pytest.fixture
async def relay(service: Service) -> AsyncIterator[FakeRelay]:
    """Start a relay and wait until the server has found it."""
    async with listening(service.data / "run" / "relay.sock") as relay:
        await relay.connected()
        yield relay


async def post(service: Service, body: str = "v=0\r\n", address: str = ADDRESS) -> ClientResponse:
    return await service.client.post(address, data=body, headers=SDP)


async def test_an_offer_opens_a_session_that_can_be_ended(
    service: Service, relay: FakeRelay
) -> None:
    response = await post(service)
    assert response.status == 201
    assert response.content_type == "application/sdp"
    assert await response.text() == "v=0\r\nanswer"
    assert "ETag" not in response.headers
    location = response.headers["Location"]
    assert location.startswith("/whep/b1/")
    assert relay.offers[0].worker_socket.endswith("worker-b1.sock")
    assert "Location" in response.headers["Access-Control-Expose-Headers"]

    trickled = "a=ice-ufrag:x\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n"
    assert (await service.client.patch(location, data=trickled, headers=FRAGMENT)).status == 204
    restart = {**FRAGMENT, "If-Match": "*"}
    assert is_problem(await service.client.patch(location, data=trickled, headers=restart), 422)
    assert is_problem(await service.client.patch(location, data=trickled, headers=SDP), 415)
    assert is_problem(await service.client.patch(location, data="x", headers=FRAGMENT), 400)
    assert is_problem(await service.client.delete(location.replace("b1", "b2")), 404)
    assert (await service.client.delete(location)).status == 200
    await relay.until(1)
    assert is_problem(await service.client.delete(location), 404)
    assert is_problem(await service.client.patch(location, data=trickled, headers=FRAGMENT), 404)


@pytest.mark.parametrize("status", [400, 406, 409, 422, 503])
async def test_the_relays_refusals_reach_the_player(
    service: Service, relay: FakeRelay, status: int
) -> None:
    relay.status = status
    response = await post(service)
    assert is_problem(response, status)
    assert ("Retry-After" in response.headers) is (status in (409, 503))


async def test_what_is_no_offer_is_refused(service: Service, relay: FakeRelay) -> None:
    assert is_problem(await service.client.post(ADDRESS, json={}), 415)
    assert is_problem(await post(service, "x" * 70_000), 413)
    assert is_problem(await service.client.post(ADDRESS, data=b"\xff\xfe", headers=SDP), 400)
    assert is_problem(await post(service, address="/whep/nowhere"), 404)
    assert relay.offers == []


async def test_what_is_not_live_yet_may_be_asked_for_again(
    service: Service, relay: FakeRelay
) -> None:
    response = await post(service, address="/whep/b2")
    assert is_problem(response, 409)
    assert int(response.headers["Retry-After"]) > 0
    assert relay.offers == []


async def test_no_relay_is_told_as_such(service: Service) -> None:
    response = await post(service)
    assert is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0


async def test_players_can_find_out_what_this_is(service: Service) -> None:
    head = await service.client.head(ADDRESS)
    assert head.status == 200
    assert head.headers["Content-Type"] == "application/sdp"
    options = await service.client.options(
        ADDRESS,
        headers={"Origin": "https://player.example", "Access-Control-Request-Method": "POST"},
    )
    assert options.status == 204
    assert options.headers["Accept-Post"] == "application/sdp"
    assert options.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in options.headers["Access-Control-Allow-Methods"]
    session = await service.client.options(f"{ADDRESS}/x")
    assert "DELETE" in session.headers["Access-Control-Allow-Methods"]
    assert is_problem(await service.client.get(f"{ADDRESS}/x"), 405)


async def test_a_player_of_another_site_may_watch(service: Service, relay: FakeRelay) -> None:
    headers = {**SDP, "Origin": "https://player.example", "Sec-Fetch-Site": "cross-site"}
    response = await service.client.post(ADDRESS, data="v=0\r\n", headers=headers)
    assert response.status == 201
    assert relay.offers


async def test_who_watches_by_whep_is_counted_while_bytes_flow(
    service: Service, relay: FakeRelay
) -> None:
    location = (await post(service)).headers["Location"]
    session = location.rpartition("/")[2]
    assert await counted(service) == {}
    relay.tell(session, "b1")
    relay.tell(session, "b1")
    async with asyncio.timeout(5):
        while not service.client.app[AUDIENCE].waiting:
            await asyncio.sleep(0.005)
    assert await counted(service) == {"live_video": 1}


async def test_sessions_end_with_the_broadcast(service: Service, relay: FakeRelay) -> None:
    await post(service)
    service.on_air.origin.apply(StreamEnd("b1"))
    await relay.until(1)
    assert service.client.app[RELAY].count("b1") == 0
    assert is_problem(await post(service), 409)


async def test_a_flood_of_offers_is_stopped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.whep.OFFERS_PER_ADDRESS", RateLimitItemPerMinute(2))
    statuses = [(await post(service)).status for _ in range(4)]
    assert statuses == [503, 503, 429, 429]
