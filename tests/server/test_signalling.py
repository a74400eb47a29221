"""A session over HTTP from offer to end: a real relay behind it, a real viewer before it."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse

from media import RelayAssignment, serve
from media.relay.process import relaying
from server.places import Places
from server.playback.relays import RELAYS
from tests.media.relay.connecting import take, viewer
from tests.media.relay.test_process import FakeWorker
from tests.server.playback.conftest import Service, service
from tests.server.playback.test_routes import is_problem
from tests.server.playback.test_whep import FRAGMENT, post

__all__ = ["service"]


@pytest.fixture
async def real_relay(service: Service) -> AsyncIterator[None]:
    """Run a relay and a worker that shows grey pictures."""
    places, worker = Places(service.data), FakeWorker()
    assignment = RelayAssignment(str(places.socket("relay-0")), ("127.0.0.1",))
    async with relaying(assignment) as relay:
        servers = [
            await serve(places.socket("worker-b1"), worker.on_connect),
            await serve(places.socket("relay-0"), relay.on_connect),
        ]
        playing = asyncio.create_task(worker.play())
        while not service.client.app[RELAYS].connected:
            await asyncio.sleep(0.005)
        yield
        playing.cancel()
        for server in servers:
            server.close()


@pytest.mark.media
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.usefixtures("real_relay")
async def test_a_player_watches_trickles_restarts_and_leaves(service: Service) -> None:
    client = service.client
    async with viewer("video", "audio") as (connection, tracks):
        offer = connection.localDescription.sdp
        response = await post(service, offer)
        assert response.status == 201
        location, tag = response.headers["Location"], response.headers["ETag"]
        await take(connection, await response.text())
        async with asyncio.timeout(30):
            await tracks[0].recv()

        ours = "".join(
            f"{line}\r\n" for line in offer.splitlines() if line.startswith(("a=ice-", "a=mid:0"))
        )
        theirs = re.sub(r"(a=ice-(?:ufrag|pwd):)\w+", r"\1" + "x" * 24, ours)

        async def patch(fragment: str, **headers: str) -> ClientResponse:
            return await client.patch(location, data=fragment, headers=FRAGMENT | headers)

        candidate = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
        assert is_problem(await patch(ours + candidate), 428)
        assert is_problem(await patch(ours + candidate, **{"If-Match": '"another"'}), 412)
        assert is_problem(await patch("nonsense", **{"If-Match": tag}), 400)
        assert (await patch(ours + candidate, **{"If-Match": tag})).status == 204
        restarted = await patch(theirs + candidate, **{"If-Match": "*"})
        assert restarted.status == 200
        assert restarted.headers["ETag"] not in (tag, "")
        assert "a=ice-ufrag:" in await restarted.text()
        assert is_problem(await patch(ours + candidate, **{"If-Match": tag}), 412)
        async with asyncio.timeout(30):
            await tracks[0].recv()  # the old way holds until there is a new one

        assert (await client.delete(location)).status == 200
        async with asyncio.timeout(30):
            while connection.connectionState != "closed":
                await asyncio.sleep(0.02)


@pytest.mark.usefixtures("real_relay")
@pytest.mark.parametrize(
    ("what", "becomes", "status"),
    [
        ("H264", "VP8", 422),
        ("opus", "speex", 422),
        ("a=recvonly", "a=sendonly", 422),
        ("a=recvonly", "a=inactive", 422),
        ("a=group:BUNDLE", "a=group:LS", 422),
        ("a=setup:actpass", "a=setup:passive", 422),
        ("a=fingerprint:", "a=nothing:", 400),
        ("a=ice-ufrag:", "a=nothing:", 400),
        ("v=0", "v=9", 400),
    ],
)
async def test_an_offer_is_taken_whole_or_not_at_all(
    service: Service, what: str, becomes: str, status: int
) -> None:
    async with viewer("video", "audio") as (connection, _):
        offer = connection.localDescription.sdp
    response = await post(service, offer.replace(what, becomes))
    assert is_problem(response, status)
    assert (await response.json())["detail"]
    assert "Location" not in response.headers
    assert service.client.app[RELAYS].count("b1") == 0
