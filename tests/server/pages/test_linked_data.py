"""What programs read of a page is what people read on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from server.pages.linked_data import live_blog, video_object
from server.pages.views import BroadcastView

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
BASE = "https://court.example"
LIVE = BroadcastView(
    id="b1",
    title="甲诉乙",
    case_number="（2026）沪01民终1号",
    court="上海一中院",
    courtroom="第一法庭",
    zone="Asia/Shanghai",
    state="live",
    delay_s=30.0,
    scheduled_at=NOW,
    started_at=NOW,
    ended_at=None,
    has_video=True,
    has_replay=False,
    is_on_air=True,
    cancelled_at=None,
)
REPLAY = replace(
    LIVE, state="ended", is_on_air=False, has_replay=True, ended_at=NOW + timedelta(hours=1)
)
POST: dict[str, Any] = {
    "id": "p1",
    "role": "judge",
    "speaker": "周某",
    "published_at": "2026-11-27T09:01:00+00:00",
}


def test_a_live_broadcast_has_what_search_engines_need() -> None:
    found = video_object(LIVE, BASE, until=None, may_embed=True)
    assert found is not None
    assert found["name"] == "甲诉乙"
    assert found["thumbnailUrl"] == [f"{BASE}/thumbnails/b1.jpg"]
    assert found["uploadDate"] == "2026-11-27T09:00:00+00:00"
    assert found["embedUrl"] == f"{BASE}/embed/b1"
    assert found["publication"] == {
        "@type": "BroadcastEvent",
        "isLiveBroadcast": True,
        "startDate": "2026-11-27T09:00:00+00:00",
    }


def test_a_replay_says_when_it_was_and_when_it_ends() -> None:
    found = video_object(REPLAY, BASE, until=NOW + timedelta(days=30), may_embed=False)
    assert found is not None
    assert found["publication"]["endDate"] == "2026-11-27T10:00:00+00:00"
    assert found["expires"] == "2026-12-27T09:00:00+00:00"
    assert found["contentUrl"] == f"{BASE}/replay/b1/master.m3u8"
    assert "embedUrl" not in found


def test_where_nothing_can_be_played_no_video_is_told() -> None:
    for view in (
        replace(LIVE, state="upcoming"),
        replace(LIVE, has_video=False),
        replace(REPLAY, has_replay=False),
        replace(LIVE, title=""),  # withdrawn
    ):
        assert video_object(view, BASE, until=None, may_embed=True) is None


def test_the_report_is_told_without_what_was_withdrawn() -> None:
    posts: list[dict[str, Any]] = [
        {**POST, "id": "p2", "body": None},
        {**POST, "body": "现在开庭。"},
    ]
    found = live_blog(REPLAY, BASE, posts, {"judge": "审判员"}.__getitem__)
    assert found is not None
    assert found["coverageEndTime"] == "2026-11-27T10:00:00+00:00"
    [told] = found["liveBlogUpdate"]
    assert told["headline"] == "审判员 周某"
    assert told["articleBody"] == "现在开庭。"
    assert live_blog(LIVE, BASE, posts[:1], str) is None
    many = live_blog(LIVE, BASE, [{**POST, "body": "是。"}] * 1000, str)
    assert many is not None
    assert len(many["liveBlogUpdate"]) == 25
