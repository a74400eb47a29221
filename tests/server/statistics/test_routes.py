import csv
import io
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from server.accounts.roles import Role
from server.audience import AUDIENCE
from server.audience.calendar import from_us, to_us
from server.audience.counting import MINUTE_US
from server.broadcasts.tables import broadcasts
from server.courts.tables import divisions
from server.database import DATABASE
from server.hearings.tables import hearings
from tests.server.conftest import Service
from tests.server.counted import START, add_broadcast, add_courts


@pytest.fixture
async def counted_service(service: Service) -> Service:
    """A service with two broadcasts, one of which was watched."""
    database = service.app[DATABASE]
    await add_courts(database)
    await add_broadcast(database, "b1", has_report=True)
    await add_broadcast(database, "b2", court="berlin", has_video=False, has_report=True)
    await add_broadcast(database, "b3", started_at=None, state="planned")
    audience = service.app[AUDIENCE]
    for viewer in ("v1", "v2"):
        for minute in range(4):
            at = from_us(to_us(START) + minute * MINUTE_US)
            audience.touch("b1", "live_video", viewer, at)
    audience.touch("b2", "report", "v1", START)
    audience.touch("b1", "partner", "p1", START)
    await audience.flush(everything=True)
    return service


async def year(service: Service, language: str = "en") -> dict[str, Any]:
    """Return the year as published."""
    response = await service.get(f"/statistics/2026?lang={language}")
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def test_the_year_is_public_with_its_definitions(counted_service: Service) -> None:
    published = await year(counted_service)
    assert published["total"] == {
        "hearings": 2,
        "broadcasts_video": 1,
        "broadcasts_text": 2,
        "visits": 3,
        "watched_minutes": 6,
        "peak": 2,
        "media": {
            "live_video": {"visits": 2, "watched_minutes": 6, "peak": 2},
            "replay_video": {"visits": 0, "watched_minutes": 0, "peak": 0},
            "report": {"visits": 1, "watched_minutes": 0, "peak": 1},
            "partner": {"visits": 1, "watched_minutes": 0, "peak": 1},
        },
    }
    assert [court["name"] for court in published["courts"]] == ["Court of berlin", "Court of sh"]
    assert len(published["months"]) == 12
    assert published["source"].startswith("sha256:")
    assert {one["code"] for one in published["definitions"]} >= {"visits", "peak"}
    chinese = await year(counted_service, "zh-CN")
    assert chinese["definitions"][0]["name"] == "直播庭审场次"


async def test_a_year_without_broadcasts_is_a_year_of_noughts(counted_service: Service) -> None:
    response = await counted_service.get("/statistics/2025")
    assert (await response.json())["total"]["visits"] == 0
    assert (await counted_service.get("/statistics/26")).status == 404


async def test_detail_is_for_staff_of_the_court(counted_service: Service) -> None:
    service = counted_service
    assert (await service.get("/statistics/2026.csv")).status == 401
    clerk = await service.token("clerk", Role.CLERK)
    assert (await service.get("/statistics/2026.csv", headers=clerk)).status == 403
    auditor = await service.token("auditor", Role.AUDITOR, "berlin")
    detail = await (await service.get("/statistics/2026/hearings", headers=auditor)).json()
    assert [one["broadcast"] for one in detail["hearings"]] == ["b2"]


async def test_the_table_can_be_opened_in_a_spreadsheet(counted_service: Service) -> None:
    auditor = await counted_service.token("auditor", Role.AUDITOR)
    response = await counted_service.get("/statistics/2026.csv?lang=en", headers=auditor)
    raw = await response.read()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Disposition"].endswith('filename="tingbo-2026.csv"')
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Started", "Court", "Case number"]
    assert [row[1] for row in rows[1:]] == ["sh法院", "berlin法院"]
    assert rows[1][6:9] == ["2", "6", "2"]
    assert {len(row) for row in rows} == {6 + 4 * 3 + 1}


async def test_everybody_reads_how_long_each_court_was_watched(counted_service: Service) -> None:
    published = {court["name"]: court for court in (await year(counted_service))["courts"]}
    response = await counted_service.get("/statistics/2026/courts.csv?lang=en")
    rows = list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))
    assert [(row["Court"], row["visits"], row["minutes"]) for row in rows] == [
        ("Court of berlin", "1", "0"),
        ("Court of sh", "2", "6"),
    ]
    for row in rows:
        assert int(row["minutes"]) == published[row["Court"]]["watched_minutes"]
    page = await counted_service.client.get("/statistics/2026", headers={"Accept-Language": "en"})
    assert "Court of sh" in await page.text()


async def test_the_year_is_told_by_trial_division(counted_service: Service) -> None:
    async with counted_service.app[DATABASE].begin() as connection:
        await connection.execute(
            insert(divisions).values(
                id="d1", court="sh", name="民事审判庭", name_en="", created_at=START
            )
        )
        its = select(broadcasts.c.hearing).where(broadcasts.c.id == "b1").scalar_subquery()
        await connection.execute(update(hearings).where(hearings.c.id == its).values(division="d1"))
    auditor = await counted_service.token("aud", Role.AUDITOR)
    response = await counted_service.get("/statistics/2026/divisions", headers=auditor)
    told = (await response.json())["divisions"]
    assert [(one["division"], one["hearings"], one["visits"]) for one in told] == [
        ("", 1, 1),
        ("民事审判庭", 1, 2),
    ]
    text = await (await counted_service.get("/statistics/2026.csv", headers=auditor)).text()
    assert "民事审判庭" in text
    assert (await counted_service.get("/statistics/2026/divisions")).status == 401
