"""A viewer's data channel: posts arrive in order; what the viewer does with it harms nobody."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCDataChannel, RTCPeerConnection

from media.relay import channel as channel_module
from media.relay.channel import MOST_MESSAGES_A_SECOND, Channel
from tests.media.relay.connecting import listening, take, viewer

pytestmark = [
    # aioice's transports close one turn of the loop after the connection, often after the test.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@asynccontextmanager
async def joined(label: str = "report") -> AsyncIterator[tuple[Channel, RTCPeerConnection]]:
    async with listening() as room, viewer("audio", data=label) as (peer, _):
        connection, owner, answer, _ = room.accept(peer.localDescription.sdp)
        await take(peer, answer)
        async with asyncio.timeout(30):
            await owner.connected.wait()
        channel = Channel(connection.send_message, 5000, 65536)
        owner.take_messages(channel.take)
        try:
            yield channel, peer
        finally:
            channel.close()
            connection.close()
            await asyncio.wait([channel._running])


async def opened(channel: Channel) -> None:
    async with asyncio.timeout(30):
        while not channel.is_open:
            await asyncio.sleep(0.01)


def data_channel(peer: RTCPeerConnection) -> RTCDataChannel:
    assert peer.sctp is not None
    return next(iter(peer.sctp._data_channels.values()))


async def test_posts_arrive_in_order() -> None:
    async with joined() as (channel, peer):
        assert not channel.post(b"too early")
        await opened(channel)
        heard: asyncio.Queue[str] = asyncio.Queue()
        data_channel(peer).on("message", heard.put_nowait)
        assert all(channel.post(text.encode()) for text in ("庭审", "继续"))
        async with asyncio.timeout(30):
            assert [await heard.get(), await heard.get()] == ["庭审", "继续"]


async def test_a_viewer_that_takes_nothing_misses_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "MOST_HELD_BYTES", 10_000)
    async with joined() as (channel, _):
        await opened(channel)
        for _ in range(30):
            channel.post(bytes(1000))  # without a turn of the loop nothing goes out
        assert channel.dropped > 10
        assert not channel.post(bytes(70_000))  # more than the viewer said it takes


async def test_a_channel_of_another_name_gets_nothing() -> None:
    async with joined("chat") as (channel, _):
        async with asyncio.timeout(30):
            while not channel._channels:
                await asyncio.sleep(0.01)
        assert not channel.post(b"post")


async def test_a_viewer_that_opens_many_channels_loses_them_all() -> None:
    async with joined() as (channel, peer):
        await opened(channel)
        for number in range(6):
            peer.createDataChannel(f"more-{number}")
        async with asyncio.timeout(30):
            while not channel.is_over:
                await asyncio.sleep(0.01)
        assert not channel.post(b"post")


async def test_a_viewer_that_talks_too_much_loses_its_channel() -> None:
    channel = Channel(lambda _: True, 5000, 65536)
    for _ in range(2 * MOST_MESSAGES_A_SECOND + 1):
        channel.take(bytes(12))
    assert channel.is_over
    assert channel._arrived.qsize() <= channel_module.MOST_WAITING


@pytest.mark.parametrize(
    "packet",
    [b"", b"\x13\x88\x13\x88", bytes(12), *(os.urandom(size) for size in (20, 60, 200, 1100))],
    ids=lambda packet: str(len(packet)),
)
async def test_garbage_ends_at_most_the_channel(packet: bytes) -> None:
    channel = Channel(lambda _: True, 5000, 65536)
    for _ in range(3):
        channel.take(packet)
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    channel.close()
    await asyncio.wait([channel._running])
    assert channel.is_over
