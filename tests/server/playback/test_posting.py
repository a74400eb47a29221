"""What becomes public in the report goes to the relays of who watches, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from server.database.metadata import to_microseconds
from server.playback.posting import posted_of
from tests.server.playback.conftest import START_US, Service
from tests.server.playback.relayed import FakeRelay
from tests.server.playback.test_captions import desk_of
from tests.server.playback.test_whep import opened, relay

__all__ = ["relay"]


def view(**fields: str) -> dict[str, Any]:
    return {"id": "p1", "court_time": "2026-11-24T09:00:00+08:00", "body": "我看见了。"} | fields


def test_a_post_is_told_in_the_same_words_by_everybody_with_its_court_time() -> None:
    post = view()
    posted = posted_of("b1", post)
    assert posted is not None
    assert json.loads(posted.payload) == post
    assert posted == posted_of("b1", dict(reversed(post.items())))
    assert posted.court_us == to_microseconds(datetime(2026, 11, 24, 1, tzinfo=UTC))
    assert posted_of("b1", view(body="长" * 6000)) is None


async def test_what_becomes_public_is_told_to_the_relay_of_who_watches(
    service: Service, relay: FakeRelay
) -> None:
    desk = await desk_of(service, "b1")
    session = (await opened(service)).rpartition("/")[2]
    relay.tell(session, "b1")
    async with asyncio.timeout(30):
        while not relay.posted:
            # The first one may be public before anybody follows.
            await desk.write("b1", secrets.token_hex(4), "请坐。", START_US + 1_000_000)
            await asyncio.sleep(0.1)
    first = relay.posted[0]
    assert (first.broadcast, first.court_us) == ("b1", START_US + 1_000_000)
    assert json.loads(first.payload)["body"] == "请坐。"


async def test_when_nobody_watches_any_more_nothing_is_followed(
    service: Service, relay: FakeRelay
) -> None:
    session = (await opened(service)).rpartition("/")[2]
    relay.tell(session, "b1")
    await named("posting-b1", there=True)
    relay.tell(session, "b1", state="closed")
    await named("posting-b1", there=False)


async def named(name: str, *, there: bool) -> None:
    """Wait until a task of this name runs, or runs no more."""
    async with asyncio.timeout(30):
        while (name in {task.get_name() for task in asyncio.all_tasks()}) is not there:
            await asyncio.sleep(0.005)
