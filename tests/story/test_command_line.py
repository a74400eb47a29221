"""The doors for outside programs: the line of JSON, the scripts, starting and stopping."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from media.spool.places import camera_names
from media.spool.reader import SpoolReader
from media.spool.record import Packet
from media.spool.verify import verify
from tests.story.court import Court
from tests.story.service import Service
from tests.story.waiting import until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BROADCAST = {"id", "delay_s", "page", "hls", "whep", "report_events", "thumbnail"}
UNWRITTEN_US = 1_000_000


async def test_the_line_of_json_has_the_promised_shape(
    service: Service, public: httpx.AsyncClient
) -> None:
    line = service.line
    assert len(service.output) == 1
    assert list(line) == [
        "ready", "portal", "console", "api", "admin", "broadcasts", "partner_key",
    ]  # fmt: skip
    assert line["ready"] is True
    assert set(line["admin"]) == {"user", "password", "token"}
    assert all(set(one) == BROADCAST for one in line["broadcasts"])
    assert [one["delay_s"] for one in line["broadcasts"]] == [0.0, 10.0]
    assert re.fullmatch(r"tbp_\S+", line["partner_key"])
    assert re.fullmatch(r"tbt_\S+", line["admin"]["token"])
    for name in ("portal", "console"):
        page = await public.get(line[name], headers={"Accept": "text/html"}, follow_redirects=True)
        assert page.status_code == 200
    assert (await public.get(f"{line['api']}/openapi.json")).status_code == 200
    for one in service.broadcasts:
        for url in (one.page, one.hls, one.thumbnail):
            assert (await public.get(url)).status_code == 200, url
        assert (await public.head(one.whep)).status_code == 200


async def test_orders_and_posts_from_the_shell(
    service: Service, court: Court, public: httpx.AsyncClient, tmp_path: Path
) -> None:
    broadcast = await court.plan()
    asked = time.time()
    started = service.told("order", broadcast, "start")
    assert (started["order"], started["state"]) == ("start", "live")
    assert asked <= datetime.fromisoformat(started["court_time"]).timestamp() + 1
    assert {"sequence", "court_time", "air_time", "accepted_at"} <= set(started)
    again = service.told("order", broadcast, "start")
    assert again["state"] == "live"

    photo = tmp_path / "photo.jpg"
    Image.effect_noise((200, 150), 60).convert("RGB").save(photo)
    words = ("post", broadcast, "原告陈述。", "--role", "plaintiff", "--key", "shell-1")
    post = service.told(*words, "--photo", str(photo), "--alt", "照片")
    assert post["photos"][0]["alt"] == "照片"
    assert service.told(*words)["id"] == post["id"]
    posts = (await public.get(f"/api/v1/broadcasts/{broadcast}/report/posts")).json()["posts"]
    assert [(one["id"], one["role"], one["body"]) for one in posts] == [
        (post["id"], "plaintiff", "原告陈述。")
    ]
    assert (await public.get(posts[0]["photos"][0]["url"])).status_code == 200

    for order, state in (("recess", "recess"), ("resume", "live"), ("dump", "interrupted")):
        taken = service.told("order", broadcast, order)
        assert (taken["order"], taken["state"]) == (order, state)
        assert taken["air_time"]
    assert service.told("order", broadcast, "end")["state"] == "ended"
    refused = service.script("order", broadcast, "start")
    assert refused.returncode == 1
    assert json.loads(refused.stderr)["status"] == 409
    assert service.script("order", "nowhere", "start").returncode == 1


async def test_it_stops_with_nothing_lost_and_goes_on_where_it_was(
    service: Service, court: Court
) -> None:
    before = service.line
    posts = await court.call("GET", f"/broadcasts/{service.broadcasts[0].id}/report/posts")
    stopped_us = stop(service)
    assert service.processes() == {}
    assert "Traceback" not in service.log
    assert_database_is_whole(service.data / "tingbo.sqlite")
    assert_spools_are_whole(service.data / "spool", until_us=stopped_us)

    service.start()
    now = service.line
    assert [one["id"] for one in now["broadcasts"]] == [one["id"] for one in before["broadcasts"]]
    assert now["partner_key"] == before["partner_key"]
    assert now["admin"]["password"] is None
    async with httpx.AsyncClient(base_url=service.address, timeout=30) as client:
        path = f"/api/v1/broadcasts/{service.broadcasts[0].id}/report/posts"
        known = {one["id"] for one in (await client.get(path)).json()["posts"]}
        assert {one["id"] for one in posts["posts"]} <= known

        async def goes_on() -> Any:  # noqa: ANN401
            about = (await client.get(f"/api/v1/broadcasts/{service.broadcasts[0].id}")).json()
            return about["state"] == "live"

        await until_true(goes_on, "the broadcast to go on")


def stop(service: Service) -> int:
    """Stop the service and return when (Unix microseconds); a busy machine may be late once."""
    stopped_us = time.time_ns() // 1000
    if not service.stop():
        service.start()
        stopped_us = time.time_ns() // 1000
        assert service.stop()
    return stopped_us


def assert_database_is_whole(path: Path) -> None:
    """Have SQLite check everything that it can."""
    database = sqlite3.connect(path)
    try:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("pragma foreign_key_check").fetchall() == []
    finally:
        database.close()


def assert_spools_are_whole(spools: Path, *, until_us: int) -> None:
    """Check every record as a stranger does, and read it from its first byte to its last."""
    last_us: dict[str, int] = {}
    for room in spools.iterdir():
        result = verify(room, [])
        assert result["ok"], result["findings"]
        for camera in camera_names(room):
            with SpoolReader(room, camera) as reader:
                while records := reader.read(until_us + 60_000_000, 4096):
                    arrived = [one.arrival_us for one in records if isinstance(one, Packet)]
                    last_us[camera] = max([last_us.get(camera, 0), *arrived])
                assert (reader.damaged, reader.locked) == (0, 0)
    # The one of the clock, and the four of the drawn courtroom.
    assert sum(one >= until_us - UNWRITTEN_US for one in last_us.values()) >= 5
