"""Readers get every post at its time, and after a break nothing twice and nothing lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from server.bus import InProcessBus
from server.errors import Malformed
from server.reports.feed import News, ReportFeeds, read_cursor
from server.reports.model import NewPost, Speaker
from server.reports.store import Edit, ReportStore


@pytest.fixture
async def feeds(store: ReportStore) -> AsyncIterator[ReportFeeds]:
    feeds = ReportFeeds(store, InProcessBus())
    yield feeds
    await feeds.close()


async def write(store: ReportStore, body: str, after_s: float = 0) -> str:
    now = datetime.now(UTC)
    post, _ = await store.add(
        "b1",
        NewPost(body, Speaker.CLERK, "", None, body),
        "clerk",
        now,
        now + timedelta(seconds=after_s),
    )
    return post.id


async def first(feeds: ReportFeeds, count: int, cursor: str | None = None) -> list[News]:
    """Return the next pieces of news after a place."""
    heard: list[News] = []
    async with asyncio.timeout(30), contextlib.aclosing(feeds.listen("b1", cursor)) as news:
        async for one in news:
            heard.append(one)
            if len(heard) == count:
                break
    return heard


async def test_a_reader_gets_what_is_there_and_then_what_comes(
    store: ReportStore, feeds: ReportFeeds
) -> None:
    await write(store, "一")
    reading = asyncio.create_task(first(feeds, 3))
    await asyncio.sleep(0)
    await write(store, "二")
    await feeds.ring("b1")
    await write(store, "三", after_s=0.3)
    await feeds.ring("b1")
    assert [one.post["body"] for one in await reading] == ["一", "二", "三"]


async def test_a_delayed_post_comes_when_its_moment_is_on_the_air(
    store: ReportStore, feeds: ReportFeeds
) -> None:
    began = datetime.now(UTC)
    await write(store, "一", after_s=0.5)
    [news] = await first(feeds, 1)
    assert datetime.now(UTC) - began >= timedelta(seconds=0.5)
    assert news.post["body"] == "一"


async def test_after_a_break_a_reader_goes_on_where_it_stopped(
    store: ReportStore, feeds: ReportFeeds
) -> None:
    post = await write(store, "一")
    [seen] = await first(feeds, 1)
    await write(store, "二")
    edit = Edit("corrected", "笔误", "clerk", datetime.now(UTC), body="一改")
    await store.edit("b1", post, edit)
    missed = await first(feeds, 2, seen.cursor)
    assert {one.post["body"] for one in missed} == {"二", "一改"}


async def test_a_withdrawn_post_is_told_as_withdrawn(
    store: ReportStore, feeds: ReportFeeds
) -> None:
    post = await write(store, "一")
    await store.edit("b1", post, Edit("withdrawn", "误发", "clerk", datetime.now(UTC)))
    [news] = await first(feeds, 1)
    assert (news.post["state"], news.post["body"]) == ("withdrawn", None)


async def test_where_looking_for_news_fails_readers_come_again_and_miss_nothing(
    store: ReportStore, feeds: ReportFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("what nobody thought of")

    monkeypatch.setattr(store, "next_public_at", broken)
    async with asyncio.timeout(10):
        assert await first(feeds, 1) == []  # the stream ends instead of being silent
    monkeypatch.undo()
    reading = asyncio.create_task(first(feeds, 1))
    await asyncio.sleep(0)
    await write(store, "一")
    await feeds.ring("b1")
    assert [one.post["body"] for one in await reading] == ["一"]


async def test_many_readers_hear_the_same_of_one_look_at_the_database(
    store: ReportStore, feeds: ReportFeeds
) -> None:
    readers = [asyncio.create_task(first(feeds, 1)) for _ in range(50)]
    await asyncio.sleep(0.05)
    await write(store, "一")
    await feeds.ring("b1")
    assert {heard[0].post["body"] for heard in await asyncio.gather(*readers)} == {"一"}


@pytest.mark.parametrize("text", ["x", "1", "1-", "-1", "1-x", "1" * 17 + "-1", "1-" + "1" * 10])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_cursor(text)
