"""Feeds tell what is public, in both languages, and take back what is not any more."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from tests.server.counted import add_broadcast
from tests.server.pages.test_atom import ATOM, GONE
from tests.server.withdrawal.conftest import Desk, desk, service

__all__ = ["desk", "service"]


async def feed_of(desk: Desk, path: str) -> Xml.Element:
    """Return a feed, read."""
    answer = await desk.service.client.get(path)
    assert answer.status == 200
    assert answer.content_type == "application/atom+xml"
    return Xml.fromstring(await answer.text())  # noqa: S314  (it is our own)


def told(feed: Xml.Element, name: str = "title") -> list[str]:
    """Return a field of each entry."""
    return [one.findtext(f"{ATOM}{name}") or "" for one in feed.findall(f"{ATOM}entry")]


async def test_hearings_are_told_from_their_notice_to_their_withdrawal(desk: Desk) -> None:
    database, client = desk.service.database, desk.service.client
    await add_broadcast(database, "b3", court="berlin", state="ended", replay="public")
    await add_broadcast(database, "b4", state="ended", replay="held")
    chinese = await feed_of(desk, "/feeds/hearings.atom?lang=zh-CN")
    english = await feed_of(desk, "/feeds/hearings.atom?lang=en")
    # Planned ones without a notice (b2) are not told, nor is what nobody may see yet (b4).
    assert sorted(told(chinese)) == ["庭审b1", "庭审b3"]
    assert sorted(told(english)) == ["Hearing b1", "Hearing b3"]
    assert sorted(told(chinese, "id")) == sorted(told(english, "id"))
    of_court = await feed_of(desk, "/feeds/hearings.atom?court=sh&lang=en")
    assert told(of_court) == ["Hearing b1"]
    assert told(await feed_of(desk, "/feeds/hearings.atom?court=nowhere")) == []
    assert (await client.get(f"/feeds/hearings.atom?court={'x' * 40}")).status == 422

    before = told(of_court, "id")
    answer = await client.get("/feeds/hearings.atom?lang=en")
    same = {"If-None-Match": answer.headers["ETag"]}
    assert (await client.get("/feeds/hearings.atom?lang=en", headers=same)).status == 304
    made = await desk.withdrawn("b1", kind="broadcast")
    assert (await client.get("/feeds/hearings.atom?lang=en", headers=same)).status == 200
    after = await feed_of(desk, "/feeds/hearings.atom?court=sh&lang=en")
    assert told(after) == []
    [stone] = after.findall(f"{GONE}deleted-entry")
    assert [stone.get("ref")] == before
    assert "庭审b1" not in Xml.tostring(after, encoding="unicode")
    await desk.restore(made["id"])
    assert told(await feed_of(desk, "/feeds/hearings.atom?court=sh&lang=en")) == ["Hearing b1"]


async def test_corrections_are_told_and_name_nobody(desk: Desk) -> None:
    await desk.write("王小明住在海州")
    made = await desk.withdrawn("b1", kind="name", target="王小明", reason="minor")
    await desk.restore(made["id"])
    feed = await feed_of(desk, "/feeds/corrections.atom?lang=en")
    assert told(feed) == ["Given back · A person’s name", "Withdrawn · A person’s name"]
    assert all("protection of a minor" in one for one in told(feed, "summary"))
    text = Xml.tostring(feed, encoding="unicode")
    assert "王小明" not in text
    assert "Hearing b1" not in text
    assert told(await feed_of(desk, "/feeds/corrections.atom?court=berlin")) == []
    chinese = await feed_of(desk, "/feeds/corrections.atom?lang=zh-CN")
    assert told(chinese, "id") == told(feed, "id")
