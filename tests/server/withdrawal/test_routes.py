"""What is withdrawn is gone from all that is handed out, and comes back when it is lifted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy import update

from media import Thumbnail
from server.broadcasts.tables import broadcasts
from server.journal.store import entries
from server.playback.sources import SOURCES
from tests.server.playback.conftest import START_US
from tests.server.withdrawal.conftest import Desk, make_recording

START = datetime.fromtimestamp(START_US / 1e6, UTC)
SEGMENT = timedelta(seconds=1.92)
LATER = {"since": (START + SEGMENT).isoformat(), "until": (START + 9 * SEGMENT).isoformat()}


async def playlist(desk: Desk, path: str) -> str:
    """Open a session and return the playlist of its pictures."""
    master = await desk.service.client.get(f"/{path}/master.m3u8")
    assert master.status == 200, await master.text()
    name = next(one for one in (await master.text()).splitlines() if one.endswith("v360.m3u8"))
    response = await desk.service.client.get(f"/{path}/{name}")
    assert response.status == 200
    return await response.text()


async def events(response: ClientResponse, name: str) -> Any:  # noqa: ANN401
    """Yield nothing but the next event of this name."""
    async for line in response.content:
        if line.decode().strip() == f"event: {name}":
            return (await response.content.readline()).decode()
    return None


async def test_a_stretch_is_gone_from_what_is_live(desk: Desk) -> None:
    desk.service.on_air.origin.apply(Thumbnail(START_US + 2_000_000, 1, b"\xff\xd8picture"))
    assert await desk.status("/hls/b1/v360/1.m4s") == 200
    assert await desk.status("/thumbnails/b1.jpg") == 200
    sources = desk.service.client.app[SOURCES]
    assert not sources.is_withheld("b1")
    made = await desk.withdrawn("b1", kind="range", **LATER)
    assert made["done_at"]
    assert sources.is_withheld("b1")  # what comes now: who watches by WebRTC goes to HLS
    text = await playlist(desk, "hls/b1")
    assert text.count("#EXT-X-GAP") == 1  # of the open segment the parts
    assert await desk.status("/hls/b1/v360/0.m4s") == 200
    for name in ("v360/1.m4s", "audio/1.m4s", "v360/2.0.m4s"):
        response = await desk.service.client.get(f"/hls/b1/{name}")
        assert (response.status, response.headers["Cache-Control"]) == (410, "no-store")
    assert await desk.status("/thumbnails/b1.jpg") == 204
    await desk.restore(made["id"])
    assert await desk.status("/hls/b1/v360/1.m4s") == 200
    assert "#EXT-X-GAP" not in await playlist(desk, "hls/b1")


async def test_a_stretch_is_gone_from_the_replay(desk: Desk) -> None:
    await make_recording(desk.service)
    async with desk.service.database.begin() as connection:
        await connection.execute(update(broadcasts).values(replay="public"))
    assert "1.m4s" in await playlist(desk, "replay/b2")
    recorded = datetime.fromtimestamp(1_764_000_000, UTC)
    stretch = {"since": (recorded + SEGMENT).isoformat(), "until": LATER["since"]}
    made = await desk.withdrawn("b2", kind="range", **stretch)
    text = await playlist(desk, "replay/b2")
    assert [line for line in text.splitlines() if line.endswith(".m4s")] == ["v360/0.m4s"]
    assert await desk.status("/replay/b2/v360/1.m4s") == 410
    assert await desk.status("/replay/b2/report/1.vtt") == 410
    await desk.restore(made["id"])
    assert await desk.status("/replay/b2/v360/1.m4s") == 200


async def test_a_whole_broadcast_leaves_a_tombstone(desk: Desk) -> None:
    client = desk.service.client
    waiting = asyncio.create_task(client.get("/hls/b1/v360/2.2.m4s"))
    while not desk.service.on_air.origin.waiting:
        await asyncio.sleep(0.005)
    state = await client.get("/api/v1/broadcasts/b1/state/events")
    report = await client.get("/api/v1/broadcasts/b1/report/events")
    made = await desk.withdrawn("b1", kind="broadcast")
    desk.service.on_air.publish()
    assert (await waiting).status == 410
    assert '"reason":"personal_data"' in await events(report, "withdrawn")
    async with asyncio.timeout(30):
        while '"state":"withdrawn"' not in await events(state, "state"):
            pass
    for path in ("/hls/b1/master.m3u8", "/hls/b1/v360/0.m4s", "/thumbnails/b1.jpg", "/whep/b1"):
        response = await client.get(path)
        assert response.status == 410, path
        assert "personal_data" in await response.text()
    assert await desk.status("/api/v1/broadcasts/b1/report/posts") == 410
    await desk.restore(made["id"])
    assert await playlist(desk, "hls/b1")
    assert await desk.status("/broadcasts/b1") == 200


async def test_pages_and_lists_name_a_withdrawn_broadcast_no_more(desk: Desk) -> None:
    client = desk.service.client
    await desk.withdrawn("b1", kind="broadcast", note="a juror's face")
    page = await client.get("/broadcasts/b1", headers={"Accept-Language": "en"})
    told = await page.text()
    assert page.status == 410
    assert "personal data or privacy" in told
    assert "Hearing b1" not in told
    assert "juror" not in told
    shown = await (await client.get("/api/v1/broadcasts/b1")).json()
    assert (shown["state"], shown["hls"], shown["title"]) == ("withdrawn", None, "")
    assert shown["withdrawn"]["reason"] == "personal_data"
    listed = await (await client.get("/api/v1/broadcasts?state=live")).json()
    assert listed["broadcasts"] == []
    assert 'data-broadcast="b1"' not in await (await client.get("/")).text()
    frame = await client.get("/embed/b1?lang=en")
    stone = await frame.text()
    assert (frame.status, frame.headers["Cache-Control"]) == (410, "no-store")
    assert "personal data or privacy" in stone
    assert "Hearing b1" not in stone
    asked = {"url": str(client.make_url("/broadcasts/b1"))}
    assert (await client.get("/oembed", params=asked)).status == 410


async def test_readers_are_told_of_posts_and_names(desk: Desk) -> None:
    post = await desk.write("王小明住在海州")
    other = await desk.write("休庭")
    following = await desk.service.client.get("/api/v1/broadcasts/b1/report/events")
    for _ in range(2):
        await events(following, "post")
    by_name = await desk.withdrawn(
        "b1", kind="name", target="王小明", mark="证人甲", reason="minor"
    )
    async with asyncio.timeout(30):
        told = await events(following, "post")
    assert "证人甲住在海州" in told
    assert not any("王小明" in str(one) for one in await desk.posts())
    assert "王小明" not in await (await desk.service.client.get("/broadcasts/b1")).text()
    by_post = await desk.withdrawn("b1", kind="post", target=post, reason="minor")
    [stone] = [one for one in await desk.posts() if one["id"] == post]
    assert (stone["state"], stone["body"]) == ("withdrawn", None)
    assert stone["withdrawal"]["reason"] == "minor"
    [kept] = [one for one in await desk.posts() if one["id"] == other]
    assert kept["body"] == "休庭"
    for made in (by_post, by_name):
        await desk.restore(made["id"])
    [back] = [one for one in await desk.posts() if one["id"] == post]
    assert back["body"] == "王小明住在海州"


async def test_the_log_tells_what_and_why_but_not_who(desk: Desk) -> None:
    made = await desk.withdrawn("b1", kind="name", target="王小明", note="phoned by her mother")
    await desk.restore(made["id"])
    response = await desk.service.client.get("/api/v1/broadcasts/b1/corrections")
    log = (await response.json())["corrections"]
    assert [(one["act"], one["kind"], one["reason"]) for one in log] == [
        ("restored", "name", "personal_data"),
        ("withdrawn", "name", "personal_data"),
    ]
    page = await desk.service.client.get("/broadcasts/b1/corrections")
    own = await desk.service.client.get("/console/broadcasts/b1/withdrawals", headers=desk.judge)
    assert own.status == 200
    assert "phoned by her mother" in await own.text()
    for text in (await response.text(), await page.text()):
        assert not any(word in text for word in ("王小明", "mother", "Jin"))
    async with desk.service.database.read() as connection:
        noted = [one async for one in entries(connection, "broadcast:b1")]
    assert [one.action for one in noted] == ["withdrawal.order", "withdrawal.restore"]
    assert "phoned by her mother" in noted[0].details


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "range"},
        {"kind": "range", "since": LATER["until"], "until": LATER["since"]},
        {"kind": "range", "since": "2100-01-01T00:00:00Z", "until": "2100-01-02T00:00:00Z"},
        {"kind": "name", "target": "王"},
        {"kind": "name", "target": "王小明", "mark": "不是王小明"},
        {"kind": "post"},
        {"kind": "everything"},
        {"kind": "broadcast", "reason": "dislike"},
        {"kind": "broadcast", "note": "x" * 2001},
    ],
)
async def test_what_is_no_withdrawal_is_refused(desk: Desk, wrong: dict[str, Any]) -> None:
    assert (await desk.withdraw("b1", **wrong)).status == 422


async def test_only_who_may_withdraws_and_once(desk: Desk) -> None:
    assert (await desk.withdraw("b1", desk.clerk, kind="broadcast")).status == 403
    assert (await desk.withdraw("b1", kind="post", target="nothing")).status == 404
    assert (await desk.withdraw("nowhere", kind="broadcast")).status == 404
    made = await desk.withdrawn("b1", kind="broadcast")
    assert (await desk.withdraw("b1", kind="broadcast")).status == 409
    await desk.restore(made["id"])
    again = await desk.service.client.post(
        f"/api/v1/withdrawals/{made['id']}/restore", json={}, headers=desk.judge
    )
    assert again.status == 409


async def test_pictures_made_before_are_shown_no_more(desk: Desk) -> None:
    await make_recording(desk.service)
    folder = desk.service.data / "broadcasts" / "b2"
    await asyncio.to_thread((folder / "poster.jpg").write_bytes, b"\xff\xd8before")
    before = await desk.service.client.get("/thumbnails/b2.jpg")
    assert await before.read() == b"\xff\xd8before"
    recorded = datetime.fromtimestamp(1_764_000_000, UTC)
    until = (recorded + SEGMENT / 2).isoformat()
    await desk.withdrawn("b2", kind="range", since=recorded.isoformat(), until=until)
    after = await desk.service.client.get("/thumbnails/b2.jpg")
    assert after.status == 200
    assert await after.read() != b"\xff\xd8before"
