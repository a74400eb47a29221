"""Search engines list what a court's policy lets them, and keep no copy of what names people."""

from __future__ import annotations

import re

from tests.server.counted import add_broadcast
from tests.server.withdrawal.conftest import Desk, desk, service
from tests.server.withdrawal.test_service import let_be_found

__all__ = ["desk", "service"]


async def said(desk: Desk, path: str) -> str:
    """Return what an answer says to engines."""
    answer = await desk.service.client.get(path)
    return answer.headers.get("X-Robots-Tag", "")


async def test_engines_list_hearings_only_where_the_policy_permits_it(desk: Desk) -> None:
    client = desk.service.client
    await add_broadcast(desk.service.database, "b3", state="recess")
    await let_be_found(desk)  # b1 and b2
    robots = await (await client.get("/robots.txt")).text()
    assert "Disallow: /api/\n" in robots
    assert re.search(r"^Sitemap: http://\S+/sitemap.xml$", robots, re.MULTILINE)
    for path, word in (
        ("/", "noarchive"),
        ("/notices", "noarchive"),
        ("/broadcasts/b1", "noarchive"),
        ("/broadcasts/b3", "noindex"),
        ("/broadcasts/b1/corrections", "noindex"),
        ("/broadcasts/b1/complaint", "noindex"),
        ("/embed/b1", "noindex"),
    ):
        assert await said(desk, path) == word, path
    sitemap = await (await client.get("/sitemap.xml")).text()
    assert "/broadcasts/b1</loc>" in sitemap
    assert "<video:title>庭审b1</video:title>" in sitemap
    assert "/broadcasts/b3" not in sitemap
    page = await (await client.get("/broadcasts/b1")).text()
    assert '"@type": "VideoObject"' in page

    await desk.withdrawn("b1", kind="broadcast")
    assert "/broadcasts/b1" not in await (await client.get("/sitemap.xml")).text()
    stone = await client.get("/broadcasts/b1")
    assert (stone.status, stone.headers["X-Robots-Tag"]) == (410, "noindex")
    assert "VideoObject" not in await stone.text()
