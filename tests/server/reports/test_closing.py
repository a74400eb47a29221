"""What is done to a report stands in the journal, and the report itself by its digest."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from server.database import Database
from server.journal.chain import Entry
from server.journal.store import entries
from server.reports.closing import Closing
from server.reports.store import Edit, ReportStore
from server.reports.verify import verify_reports
from tests.server.reports.test_store import NOW, correction, new

SECOND = timedelta(seconds=1)


async def noted(database: Database) -> list[Entry]:
    async with database.read() as connection:
        found = [one async for one in entries(connection)]
    return [one for one in found if one.action.startswith("report.")]


async def execute(database: Database, statement: str) -> None:
    async with database.begin() as connection:
        assert (await connection.execute(text(statement))).rowcount


async def test_corrections_withdrawals_and_holds_are_entries_without_a_word_of_them(
    database: Database, store: ReportStore
) -> None:
    first, _ = await store.add("b1", new("k1", "证人王小明到庭。"), "clerk", NOW, NOW)
    second, _ = await store.add("b1", new("k2"), "clerk", NOW, NOW + 30 * SECOND)
    assert await noted(database) == []  # a report has thousands of posts
    await store.edit("b1", first.id, correction("证人到庭。", NOW + SECOND))
    assert await store.hold_pending("b1", NOW + 2 * SECOND) == 1
    await store.release("b1", second.id, NOW + 3 * SECOND, "clerk")
    await store.release("b1", second.id, NOW + 3 * SECOND, "clerk")  # nothing new
    await store.edit("b1", second.id, Edit("withdrawn", "误发", "clerk", NOW + 4 * SECOND))
    found = await noted(database)
    assert [(one.action, one.person) for one in found] == [
        ("report.correct", "clerk"),
        ("report.hold", ""),
        ("report.release", "clerk"),
        ("report.withdraw", "clerk"),
    ]
    assert {one.object for one in found} == {"broadcast:b1"}
    assert not any("王" in one.details or "误" in one.details for one in found)
    assert json.loads(found[0].details)["post"] == first.id
    logs = [json.loads(one.details)["log"] for one in found]
    assert logs[0] == logs[2]  # held and released it is what it was
    assert len(set(logs)) == 3


async def test_a_report_that_is_over_is_noted_once_by_two_servers(
    database: Database, store: ReportStore
) -> None:
    servers = [Closing(database), Closing(database)]
    await store.add("b1", new("k1"), "clerk", NOW, NOW)
    assert await servers[0].look() == 0  # it is on the air
    await execute(database, "UPDATE broadcasts SET state = 'ended' WHERE id = 'b1'")
    await asyncio.gather(*(one.look() for one in servers))
    assert await servers[0].look() == 0
    [closed] = await noted(database)
    assert (closed.action, closed.court) == ("report.close", "sh")
    told: dict[str, Any] = json.loads(closed.details)
    assert (told["posts"], told["through"]) == (1, 1)
    await store.add("b1", new("k2"), "clerk", NOW, NOW)  # the clerk was not ready
    assert await servers[1].look() == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE report_posts SET body = 'y' WHERE number = 1",
        "UPDATE report_posts SET state = 'published' WHERE state = 'withdrawn'",
        "UPDATE report_posts SET court_time = court_time + 1000000 WHERE number = 2",
        "INSERT INTO report_revisions SELECT id, 7, 'corrected', role, speaker, 'z', 'z', 0,"
        " author_id FROM report_posts WHERE number = 1",
    ],
)
async def test_a_post_that_was_changed_past_the_service_is_found(
    database: Database, store: ReportStore, change: str
) -> None:
    await store.add("b1", new("k1"), "clerk", NOW, NOW)
    post, _ = await store.add("b1", new("k2"), "clerk", NOW, NOW)
    await store.edit("b1", post.id, Edit("withdrawn", "误发", "clerk", NOW + SECOND))
    await store.add("b1", new("k3"), "clerk", NOW, NOW)  # newer than the newest entry
    assert (await verify_reports(database)).changed == ()
    await execute(database, change)
    assert (await verify_reports(database)).changed == ("b1",)
