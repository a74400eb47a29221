import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media import Offer
from server.errors import Unavailable
from server.playback.relay import RelayClient, session_name, viewer_of
from tests.server.playback.relayed import FakeRelay, listening

VIEWER = "abcdefghij_-ABC1"


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[tuple[RelayClient, FakeRelay, list[str]]]:
    watched: list[str] = []
    client = RelayClient(path, lambda broadcast, viewer: watched.append(f"{broadcast} {viewer}"))
    async with listening(path) as relay:
        task = asyncio.create_task(client.run())
        try:
            await relay.connected()
            while not client.is_connected:
                await asyncio.sleep(0)
            yield client, relay, watched
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def offer(session: str = "s1") -> Offer:
    return Offer(session, "b1", "/run/worker.sock", "v=0")


def test_a_sessions_name_tells_the_viewer_and_cannot_be_guessed() -> None:
    assert viewer_of(session_name(VIEWER)) == VIEWER
    assert viewer_of(session_name(None)) is None
    assert session_name(VIEWER) != session_name(VIEWER)
    assert len(session_name(None)) >= 22


async def test_an_offer_is_answered_and_the_session_known(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        answer = await client.offer(offer())
        assert answer.status == 201
        assert client.broadcast_of("s1") == "b1"
        client.close_broadcast("b1")
        await relay.until(1)
        assert relay.closed == ["s1"]
        assert client.broadcast_of("s1") is None


async def test_a_refused_offer_is_no_session(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.status = 422
        assert (await client.offer(offer())).status == 422
        assert client.count("b1") == 0


async def test_no_relay_no_answer(tmp_path: Path) -> None:
    client = RelayClient(tmp_path / "nobody.sock", lambda *_: None)
    with pytest.raises(Unavailable):
        await client.offer(offer())


async def test_an_answer_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.relay.ANSWER_SECONDS", 0.02)
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.is_silent = True
        with pytest.raises(Unavailable):
            await client.offer(offer())
        await relay.until(1)  # or the session would stay for ever


async def test_a_relay_that_dies_refuses_who_waits(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.is_silent = True
        waiting = asyncio.create_task(client.offer(offer()))
        while not relay.offers:
            await asyncio.sleep(0)
        for stream in tuple(relay.streams):
            stream.abort()
        with pytest.raises(Unavailable):
            await waiting
        relay.streams.clear()
        await relay.connected()  # the client comes back by itself


async def test_sessions_of_other_servers_are_counted_too(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, watched):
        relay.tell(session_name(VIEWER), "b1")
        relay.tell(session_name(VIEWER), "b1", sent_bytes=0)
        relay.tell(session_name(None), "b1")
        while client.count("b1") < 3:
            await asyncio.sleep(0)
        assert watched == [f"b1 {VIEWER}"]
