"""Who asks for a broadcast that is not there is told so at once, however many ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.database import Database
from server.errors import DatabaseUnavailable, NotFound, Unavailable
from server.playback import sources as sources_module
from server.playback.sources import Sources
from tests.server.counted import add_broadcast, add_courts
from tests.services.databases import DatabaseOf

FLOOD = 40


@pytest.fixture
async def database(tmp_path: Path, database_of: DatabaseOf) -> AsyncIterator[Database]:
    """A database with ``live`` on the air, which no worker shows, and ``over``."""
    database = Database(database_of(tmp_path))
    await add_courts(database)
    await add_broadcast(database, "live", state="live")
    await add_broadcast(database, "over", state="ended")
    yield database
    await database.close()


@pytest.fixture
async def sources(database: Database, tmp_path: Path) -> AsyncIterator[Sources]:
    """Where playback looks, on a server without any worker."""
    sources = Sources(database, lambda _: None, tmp_path.joinpath)
    yield sources
    await sources.close()


async def test_what_is_unknown_or_over_is_waited_for_by_nobody(sources: Sources) -> None:
    for name in ("nothing", "over", "../live", "LIVE", "x" * 5_000, "\0"):
        with pytest.raises(NotFound):
            await sources.live(name)
        assert not sources.is_awaited(name)


async def test_made_up_names_push_out_nothing_that_is_known(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MOST_UNKNOWN", "MOST_STANDINGS"):
        monkeypatch.setattr(sources_module, limit, 4)
    known = await sources.standing("over")
    for number in range(FLOOD):
        assert await sources.standing(f"none{number}") is None
    assert len(sources._unknown) == 4
    monkeypatch.setattr(sources_module, "STANDING_SECONDS", 0.0)

    async def away(_: str) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(sources, "_read", away)
    assert await sources.standing("over") == known
    with pytest.raises(DatabaseUnavailable):
        await sources.standing("another")


async def test_no_more_wait_than_there_is_room_for(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_module, "MOST_WAITING", 1)
    first = asyncio.create_task(sources.live("live"))
    while not sources.is_awaited("live"):
        await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await sources.live("live")
    assert not first.done()
    first.cancel()


async def test_what_was_waited_for_in_vain_is_not_waited_for_again(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_module, "CONNECTED_WITHIN_SECONDS", 0.0)
    with pytest.raises(Unavailable):
        await sources.live("live")
    monkeypatch.undo()
    with pytest.raises(Unavailable):
        await sources.live("live")
    assert not sources.is_awaited("live")
