"""Posts become captions of what is on the air and of the replay."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from server.accounts.tables import people
from server.broadcasts.tables import broadcasts
from server.database.metadata import from_microseconds
from server.playback.captions import caption_of
from server.playback.sources import SOURCES
from server.reports.model import NewPost, Speaker
from server.reports.service import REPORTS
from server.reports.store import Edit, ReportStore
from tests.media.hls.synthetic_stream import START_US as RECORDED_US
from tests.server.playback.conftest import START_US, Service, make_recording

MASTER = "/hls/b1/master.m3u8"


def view(**fields: str | None) -> dict[str, Any]:
    return {
        "court_time": "2026-11-24T09:00:00+08:00",
        "published_at": "2026-11-24T09:00:30+08:00",
        "role": "witness",
        "speaker": "张某",
        "body": "我看见了。",
    } | fields


def test_a_post_is_said_by_role_and_name_at_its_moment() -> None:
    caption = caption_of(view())
    assert caption is not None
    assert (caption.speaker, caption.text) == ("证人 张某", "我看见了。")
    assert from_microseconds(caption.court_us) == datetime(2026, 11, 24, 1, tzinfo=UTC)
    assert caption_of(view(body=None)) is None


def test_a_post_that_was_released_late_is_shown_where_people_look() -> None:
    now = datetime.now(UTC)
    post = view(court_time=(now - timedelta(minutes=5)).isoformat(), published_at=now.isoformat())
    caption = caption_of(post, air_us=1_000_000 * int(now.timestamp()))
    assert caption is not None
    assert abs(from_microseconds(caption.court_us) - now) < timedelta(seconds=2)


@dataclass
class Desk:
    """Writes posts without people and their rights."""

    service: Service

    @property
    def store(self) -> ReportStore:
        return ReportStore(self.service.database)

    async def open(self, broadcast: str) -> None:
        """Say that the broadcast has a report."""
        async with self.service.database.begin() as connection:
            await connection.execute(
                update(broadcasts).where(broadcasts.c.id == broadcast).values(has_report=True)
            )

    async def write(self, broadcast: str, key: str, body: str, at_us: int) -> str:
        """Write a post of this court time that is public at once; return its id."""
        new = NewPost(key, Speaker.CLERK, "", None, body)
        at = from_microseconds(at_us)
        post, _ = await self.store.add(broadcast, new, "clerk", at, datetime.now(UTC))
        await self.service.client.app[REPORTS].feeds.ring(broadcast)
        return post.id


async def desk_of(service: Service, broadcast: str) -> Desk:
    desk = Desk(service)
    async with service.database.begin() as connection:
        await connection.execute(
            insert(people).values(
                id="clerk",
                name="clerk",
                display_name="",
                must_change_password=False,
                created_at=datetime.now(UTC),
            )
        )
    await desk.open(broadcast)
    return desk


async def text_of(service: Service, address: str) -> str:
    response = await service.client.get(address)
    assert response.status == 200, address
    return await response.text()


async def shown(service: Service, address: str, words: str, *, there: bool = True) -> str:
    """Wait until a piece has the words, or has them no more."""
    async with asyncio.timeout(20):
        while (words in (text := await text_of(service, address))) is not there:
            await asyncio.sleep(0.02)
    return text


async def test_posts_are_captions_of_what_is_on_the_air(service: Service) -> None:
    desk = await desk_of(service, "b1")
    await desk.write("b1", "a", "现在开庭。", START_US + 300_000)
    master = await text_of(service, MASTER)
    found = re.search(r'TYPE=SUBTITLES,.*NAME="图文直播".*URI="(s/[^"]+/report\.m3u8)"', master)
    assert found is not None
    playlist = await text_of(service, f"/hls/b1/{found[1]}")
    assert "../../report/0.vtt" in playlist
    text = await shown(service, "/hls/b1/report/0.vtt", "书记员：现在开庭。")
    assert "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000" in text
    assert "00:00:00.300 --> " in text
    piece = await service.client.get("/hls/b1/report/0.1.vtt")
    assert piece.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert piece.headers["Cache-Control"] == "public, max-age=2"
    assert piece.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_withdrawn_post_is_said_no_more(service: Service) -> None:
    desk = await desk_of(service, "b1")
    post = await desk.write("b1", "a", "身份信息", START_US)
    await text_of(service, MASTER)
    await shown(service, "/hls/b1/report/0.vtt", "身份信息")
    await desk.store.edit("b1", post, Edit("withdrawn", "误发", "clerk", datetime.now(UTC)))
    await service.client.app[REPORTS].feeds.ring("b1")
    await shown(service, "/hls/b1/report/0.vtt", "身份信息", there=False)


async def test_a_hearing_without_a_report_has_no_captions(service: Service) -> None:
    assert "SUBTITLES" not in await text_of(service, MASTER)
    assert (await service.client.get("/hls/b1/report/0.vtt")).status == 404


async def test_players_find_their_captions_again_after_a_restart(service: Service) -> None:
    """A server that has just started is asked for the playlist before anybody opens a session."""
    session = re.search(r"s/[^/\"]+/", await text_of(service, MASTER))
    assert session is not None
    await desk_of(service, "b1")
    service.client.app[SOURCES].forget_standing("b1")
    assert "report/0.vtt" in await text_of(service, f"/hls/b1/{session[0]}report.m3u8")


async def test_the_replay_has_captions_by_the_posts_as_they_are_now(service: Service) -> None:
    desk = await desk_of(service, "b2")
    await make_recording(service)
    post = await desk.write("b2", "a", "现在开厅。", RECORDED_US + 2_000_000)
    edit = Edit("corrected", "错字", "clerk", datetime.now(UTC), body="现在开庭。")
    await desk.store.edit("b2", post, edit)
    master = await text_of(service, "/replay/b2/master.m3u8")
    found = re.search(r'TYPE=SUBTITLES.*URI="(s/[^"]+)/report\.m3u8"', master)
    assert found is not None
    playlist = await text_of(service, f"/replay/b2/{found[1]}/report.m3u8")
    assert playlist.count("#EXTINF") == 3
    assert "\nreport/1.vtt\n" in playlist
    text = await text_of(service, f"/replay/b2/{found[1]}/report/1.vtt")
    assert "00:00:00.080 --> 00:00:01.920\n书记员：现在开庭。" in text
    assert "X-TIMESTAMP-MAP=MPEGTS:172800," in text
    assert (await service.client.get(f"/replay/b2/{found[1]}/report/7.vtt")).status == 404
    key_frames = await text_of(service, f"/replay/b2/{found[1]}/v360i.m3u8")
    assert "#EXT-X-I-FRAMES-ONLY" in key_frames
    assert key_frames.count("#EXT-X-BYTERANGE") == 3
    assert "#EXT-X-GAP" not in key_frames
