"""Posts are kept once, with everything they ever said, on SQLite and on PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.errors import Conflict, Invalid, NotFound
from server.reports.model import NewPost, Photo, PostState, Speaker, is_readable
from server.reports.store import Edit, ReportStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
START = (datetime(1970, 1, 1, tzinfo=UTC), 0)


def new(key: str = "k1", body: str = "现在开庭。", photos: tuple[str, ...] = ()) -> NewPost:
    return NewPost(key, Speaker.PRESIDING_JUDGE, "王某", None, body, photos)


def correction(body: str, at: datetime) -> Edit:
    return Edit(kind="corrected", reason="笔误", by="clerk", at=at, body=body)


async def test_the_same_client_key_is_the_same_post_also_from_two_at_once(
    store: ReportStore,
) -> None:
    made = await asyncio.gather(
        *(store.add("b1", new(body=f"第{n}次"), "clerk", NOW, NOW) for n in range(5))
    )
    assert [is_new for _, is_new in made].count(True) == 1
    assert len({post.id for post, _ in made}) == 1
    assert len(await store.posts("b1")) == 1
    other, is_new = await store.add("b2", new(), "clerk", NOW, NOW)
    assert is_new
    assert other.number == 1


async def test_numbers_follow_each_other_whoever_writes(store: ReportStore) -> None:
    await asyncio.gather(*(store.add("b1", new(f"k{n}"), "clerk", NOW, NOW) for n in range(8)))
    assert [post.number for post in await store.posts("b1")] == list(range(1, 9))


async def test_what_a_post_said_is_kept_at_each_correction(store: ReportStore) -> None:
    post, _ = await store.add("b1", new(body="一"), "clerk", NOW, NOW)
    await store.edit("b1", post.id, correction("二", NOW + timedelta(seconds=1)))
    after = await store.edit("b1", post.id, correction("三", NOW + timedelta(seconds=2)))
    assert (after.body, after.state) == ("三", PostState.CORRECTED)
    assert [(one.version, one.body, one.reason) for one in after.history] == [
        (1, "一", "笔误"),
        (2, "二", "笔误"),
    ]


async def test_a_withdrawn_post_stays_withdrawn(store: ReportStore) -> None:
    post, _ = await store.add("b1", new(body="一"), "clerk", NOW, NOW)
    gone = await store.edit(
        "b1", post.id, Edit("withdrawn", "误发", "clerk", NOW + timedelta(seconds=1))
    )
    again = await store.edit("b1", post.id, correction("二", NOW + timedelta(seconds=2)))
    assert gone == again
    assert (again.state, again.body, len(again.history)) == (PostState.WITHDRAWN, "一", 1)


async def test_two_clerks_correct_one_post_at_once(store: ReportStore) -> None:
    post, _ = await store.add("b1", new("k1"), "clerk", NOW, NOW)
    edits = [replace(correction(body, NOW), seen=0) for body in ("二", "三")]
    done = await asyncio.gather(
        *(store.edit("b1", post.id, one) for one in edits), return_exceptions=True
    )
    [refused] = [one for one in done if isinstance(one, Conflict)]
    [kept] = [one for one in done if not isinstance(one, BaseException)]
    assert "look again" in refused.text
    after = (await store.some([post.id]))[post.id]
    assert (after.body, [one.body for one in after.history]) == (kept.body, [new().body])
    again = replace(correction("四", NOW), seen=len(after.history))
    assert (await store.edit("b1", post.id, again)).body == "四"


async def test_readers_are_told_in_the_order_of_publication(store: ReportStore) -> None:
    at = [NOW + timedelta(seconds=seconds) for seconds in range(40)]
    first, _ = await store.add("b1", new("k1"), "clerk", at[0], at[30])
    second, _ = await store.add("b1", new("k2"), "clerk", at[1], at[10])
    await store.edit("b1", second.id, correction("二", at[12]))
    told = await store.events("b1", START, at[39])
    assert [(event.post, event.public_at) for event in told] == [
        (second.id, at[10]),
        (second.id, at[12]),
        (first.id, at[30]),
    ]
    assert await store.events("b1", (told[1].public_at, told[1].number), at[29]) == []
    assert await store.next_public_at("b1", at[12]) == at[30]


async def test_a_cut_holds_what_the_public_has_not_reached(store: ReportStore) -> None:
    seen, _ = await store.add("b1", new("k1"), "clerk", NOW, NOW)
    held, _ = await store.add("b1", new("k2"), "clerk", NOW, NOW + timedelta(seconds=30))
    assert await store.hold_pending("b1", NOW + timedelta(seconds=5)) == 1
    after = await store.some([seen.id, held.id])
    assert after[seen.id].state is PostState.PUBLISHED
    assert (after[held.id].state, after[held.id].public_at) == (PostState.HELD, None)
    assert [event.post for event in await store.events("b1", START, NOW + timedelta(days=1))] == [
        seen.id
    ]
    released = await store.release("b1", held.id, NOW + timedelta(seconds=60), "clerk")
    assert released.state is PostState.PUBLISHED
    assert await store.next_public_at("b1", NOW + timedelta(seconds=59)) == released.public_at


async def test_a_range_that_was_cut_holds_what_was_written_in_it(store: ReportStore) -> None:
    later = NOW + timedelta(seconds=60)
    before, _ = await store.add("b1", new("k1"), "clerk", NOW, later)
    within, _ = await store.add("b1", new("k2"), "clerk", NOW + timedelta(seconds=10), later)
    at = NOW + timedelta(seconds=20)
    assert await store.hold_pending("b1", at, since=NOW + timedelta(seconds=5)) == 1
    after = await store.some([before.id, within.id])
    assert [after[post.id].state for post in (before, within)] == [
        PostState.PUBLISHED,
        PostState.HELD,
    ]


async def test_another_delay_moves_what_the_public_has_not_reached(store: ReportStore) -> None:
    at = [NOW + timedelta(seconds=seconds) for seconds in range(100)]
    seen, _ = await store.add("b1", new("k1"), "clerk", at[0], at[10])
    early, _ = await store.add("b1", new("k2"), "clerk", at[5], at[15])
    late, _ = await store.add("b1", new("k3"), "clerk", at[12], at[22])
    assert await store.delay_pending("b1", at[12], timedelta(seconds=40)) == 2
    told = await store.events("b1", START, at[99])
    assert [(event.post, event.public_at) for event in told] == [
        (seen.id, at[10]),
        (early.id, at[45]),
        (late.id, at[52]),
    ]
    assert await store.delay_pending("b1", at[20], timedelta(seconds=0)) == 2
    assert {post.public_at for post in (await store.some([early.id, late.id])).values()} == {at[20]}


async def test_a_photo_is_public_with_its_post_and_no_longer(store: ReportStore) -> None:
    photo = Photo("p1.jpg", "法庭全景", "", 800, 600)
    await store.add_photo("b1", photo, "clerk", NOW)
    later = NOW + timedelta(seconds=10)
    assert await store.photo("p1.jpg") == ("b1", None)
    post, _ = await store.add("b1", new(photos=("p1.jpg",)), "clerk", NOW, later)
    assert post.photos == (photo,)
    assert await store.photo("p1.jpg") == ("b1", post)
    assert not is_readable(post, NOW)
    assert is_readable(post, later)
    gone = await store.edit("b1", post.id, Edit("withdrawn", "误发", "clerk", later))
    assert not is_readable(gone, later)
    assert await store.photo("nothing.jpg") is None


async def test_a_photo_goes_into_one_post_of_its_own_broadcast(store: ReportStore) -> None:
    await store.add_photo("b1", Photo("p1.jpg", "全景", "", 8, 6), "clerk", NOW)
    with pytest.raises(Invalid):
        await store.add("b2", new(photos=("p1.jpg",)), "clerk", NOW, NOW)
    await store.add("b1", new("k1", photos=("p1.jpg",)), "clerk", NOW, NOW)
    with pytest.raises(Invalid):
        await store.add("b1", new("k2", photos=("p1.jpg",)), "clerk", NOW, NOW)
    assert len(await store.posts("b1")) == 1
    assert await store.posts("b2") == []


async def test_there_is_no_post_of_another_broadcast(store: ReportStore) -> None:
    post, _ = await store.add("b1", new(), "clerk", NOW, NOW)
    with pytest.raises(NotFound):
        await store.edit("b2", post.id, correction("二", NOW))
    with pytest.raises(NotFound):
        await store.add("nowhere", new(), "clerk", NOW, NOW)
