"""A viewer's connection, with aiortc at its other end: it connects, moves, restarts and ends."""

from __future__ import annotations

import asyncio

import pytest

from tests.media.relay.connecting import listening, sing, take, viewer

pytestmark = [
    # aioice's transports close one turn of the loop after the connection, often after the test.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_viewer_connects_hears_and_reports(address: str) -> None:
    async with listening(address) as room, viewer("audio", address=address) as (peer, tracks):
        connection, owner, answer, (sound,) = room.accept(peer.localDescription.sdp)
        await take(peer, answer)
        async with asyncio.timeout(10):
            await owner.connected.wait()
            assert connection.way == "udp"
            singing = asyncio.create_task(
                sing(connection, sound.codec.payload_type, sound.negotiated.ssrc)
            )
            await tracks[0].recv()
            await owner.reported.wait()
        singing.cancel()
        assert owner.reports[0][1] in range(200, 208)
        connection.close()
        async with asyncio.timeout(10):
            while peer.connectionState != "closed":
                await asyncio.sleep(0.01)
