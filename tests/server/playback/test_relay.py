import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media import Change, Changed, Offer, SessionFigures
from server.errors import Unavailable
from server.playback.relay import RelayClient
from tests.server.playback.relayed import ETAG, FakeRelay, listening


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[tuple[RelayClient, FakeRelay, list[str]]]:
    told: list[str] = []

    def heard(now: SessionFigures, before: SessionFigures | None) -> None:
        told.append(f"{now.session} {before.sent_bytes if before else None}->{now.sent_bytes}")

    client = RelayClient(path, heard)
    async with listening(path) as relay:
        task = asyncio.create_task(client.run())
        try:
            await relay.connected()
            while not client.is_connected:
                await asyncio.sleep(0)
            yield client, relay, told
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def offer(session: str = "s1") -> Offer:
    return Offer(session, "b1", "/run/worker.sock", "v=0")


async def test_an_offer_is_answered_and_the_session_known(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        answer = await client.offer(offer())
        assert (answer.status, answer.etag) == (201, ETAG)
        assert client.sessions["s1"].broadcast == "b1"
        assert client.load == (0, 1)
        client.close("s1")
        await relay.until(1)
        assert relay.closed == ["s1"]
        assert not client.sessions


async def test_a_refused_offer_is_no_session(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.status = 422
        assert (await client.offer(offer())).status == 422
        assert not client.sessions


async def test_a_change_is_answered(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        await client.offer(offer())
        relay.changed = Changed("", 200, "a=ice-ufrag:new", '"2"')
        changed = await client.change(Change("s1", "a=ice-ufrag:mine", "*"))
        assert (changed.status, changed.fragment, changed.etag) == (200, "a=ice-ufrag:new", '"2"')
        assert relay.changes == [Change("s1", "a=ice-ufrag:mine", "*")]


async def test_two_changes_of_a_session_at_once_are_not_mixed_up(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        await client.offer(offer())
        changes = (client.change(Change("s1", one, "")) for one in ("a", "b"))
        first, second = await asyncio.gather(*changes, return_exceptions=True)
        assert isinstance(first, Changed)
        assert isinstance(second, Unavailable)
        assert len(relay.changes) == 1


async def test_no_relay_no_answer(tmp_path: Path) -> None:
    client = RelayClient(tmp_path / "nobody.sock", lambda *_: None)
    with pytest.raises(Unavailable):
        await client.offer(offer())


async def test_an_answer_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.is_silent = True
        with monkeypatch.context() as impatient:
            impatient.setattr("server.playback.relay.ANSWER_SECONDS", 0.02)
            with pytest.raises(Unavailable):
                await client.offer(offer())
        await relay.until(1)  # or the session would stay for ever
        assert client.load == (1, 0)
        relay.is_silent = False
        await client.offer(offer())
        assert client.load == (0, 1)  # it has come to itself


async def test_more_than_can_wait_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.relay.MOST_WAITING", 2)
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        relay.is_silent = True
        waiting = [asyncio.create_task(client.offer(offer(f"s{n}"))) for n in range(5)]
        while sum(task.done() for task in waiting) < 3 or len(relay.offers) < 2:
            await asyncio.sleep(0)
        relay.die()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(one, Unavailable) for one in answers)
        assert len(relay.offers) == 2


async def test_a_relay_that_dies_refuses_who_waits_and_its_sessions_are_gone(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, _):
        await client.offer(offer("s0"))
        relay.is_silent = True
        waiting = asyncio.create_task(client.offer(offer()))
        while len(relay.offers) < 2:
            await asyncio.sleep(0)
        relay.die()
        with pytest.raises(Unavailable):
            await waiting
        assert not client.sessions
        relay.streams.clear()
        await relay.connected()  # the client comes back by itself


async def test_figures_are_told_with_what_was_known_before(tmp_path: Path) -> None:
    async with connected(tmp_path / "r.sock") as (client, relay, told):
        await client.offer(offer())
        relay.tell("s1", "b1", 100)
        relay.tell("of another server", "b2", 5)
        relay.report(SessionFigures("s1", "b1", "closed", 150), garbage=7)
        while len(told) < 3:
            await asyncio.sleep(0)
        assert told == ["s1 0->100", "of another server None->5", "s1 100->150"]
        assert list(client.sessions) == ["of another server"]
        assert client.counted == {"garbage": 7}
