"""A staff's calendar page with many hearings: ``python -m tests.bench.calendar``.

Fills a database with hearings of two years (``--hearings``, 100,000) at three courts of thirty
rooms, each with two participants and a notice for the days to come, starts the server's web process
in this process and asks for pages by HTTP as a technician: days of one court, days of all, further
pages of the busiest day, and case numbers. Told are the median and the 95th percentile of each.
``--database URL`` asks a PostgreSQL with an empty database instead of SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import insert, text

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.app import make_app
from server.courts.tables import courtrooms, courts
from server.database import DATABASE, Database
from server.hearings.participants.tables import participants
from server.hearings.tables import cases, hearings
from server.notices.tables import notices
from server.settings import Settings

DAYS = 500  # working days; half of them are to come
COURTS, ROOMS = 3, 30
NOW = datetime.now(UTC).replace(hour=1, minute=0, second=0, microsecond=0)
PORTION = 5_000


def number(its: int) -> str:
    """Return the case number of a hearing."""
    return f"（2026）苏9999民初{its + 1}号"


def rows_of(count: int, by: str) -> dict[Any, list[dict[str, Any]]]:
    """Return the rows of all tables."""
    common = {"created_at": NOW}
    found: dict[Any, list[dict[str, Any]]] = {
        courts: [
            {"id": f"c{its}", "name": f"法院{its}", "name_en": "", "level": "basic",
             "time_zone": "Asia/Shanghai", "case_number_style": "cn", **common}
            for its in range(COURTS)
        ],
        courtrooms: [
            {"id": f"r{its}", "court": f"c{its % COURTS}", "name": f"法庭{its}", "name_en": "",
             "masks_required": False, **common}
            for its in range(ROOMS)
        ],
        cases: [], hearings: [], participants: [], notices: [],
    }  # fmt: skip
    for its in range(count):
        # Every fiftieth hearing is today's: a day as no court has it.
        days = 0 if its % 50 == 0 else its % DAYS - DAYS // 2
        at = NOW + timedelta(days=days, minutes=its % 400)
        room = its % ROOMS
        found[cases].append(
            {"id": f"k{its}", "court": f"c{room % COURTS}", "number": number(its),
             "cause": "买卖合同纠纷", "nature": "civil", **common}
        )  # fmt: skip
        found[hearings].append(
            {"id": f"h{its}", "case": f"k{its}", "courtroom": f"r{room}", "title": f"甲{its}诉乙",
             "title_en": "", "scheduled_at": at, "created_by": by, **common}
        )  # fmt: skip
        found[participants] += [
            {"id": f"p{its}-{place}", "hearing": f"h{its}", "role": role, "name": "某", "alias": "",
             "place": place, "added_at": NOW, "added_by": by}
            for place, role in enumerate(("plaintiff", "defendant"))
        ]  # fmt: skip
        if days >= 0:
            found[notices].append(
                {"id": f"n{its}", "hearing": f"h{its}", "court": f"c{room % COURTS}", "version": 1,
                 "nature": "civil", "cause": "买卖合同纠纷", "parties": [["plaintiff", "某"]],
                 "scheduled_at": at, "place": f"法庭{room}", "place_en": "", "days": 3,
                 "needed_days": 3, "late_reason": "", "published_at": NOW, "published_by": by}
            )  # fmt: skip
    return found


async def fill(database: Database, count: int, by: str) -> None:
    """Write the rows, in portions."""
    for table, rows in rows_of(count, by).items():
        for at in range(0, len(rows), PORTION):
            async with database.begin() as connection:
                await connection.execute(insert(table), rows[at : at + PORTION])
    async with database.begin() as connection:
        await connection.execute(text("ANALYZE"))  # as a server's autovacuum would soon


def addresses(count: int) -> dict[str, list[str]]:
    """Return what is asked for, by its kind."""
    path = "/console/calendar"
    days: list[date] = [NOW.date() + timedelta(days=days) for days in range(-100, 100, 5)]
    return {
        "day of a court": [f"{path}?day={day}&court=c1" for day in days],
        "day of all courts": [f"{path}?day={day}" for day in days],
        "today, 2000 hearings": [f"{path}?day={NOW.date()}&court=c{its % 3}" for its in range(40)],
        "case number": [f"{path}?number={number(its)}" for its in range(0, count, count // 40)],
        "public notices": ["/notices" for _ in range(40)],
    }  # fmt: skip


async def measure(count: int, database: str) -> dict[str, Any]:
    """Fill, start, ask; return the figures in milliseconds."""
    told: dict[str, Any] = {"hearings": count}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({}, {"data": Path(folder), "database_url": database})
        client: TestClient[Any, Any] = TestClient(TestServer(make_app(settings)))
        async with client:
            app: Any = client.app
            posting = [Posting(Role.ADMINISTRATOR)]
            words = "a long way to the court"
            accounts = app[ACCOUNTS]
            person = await accounts.add_person("ann", "Ann", words, posting, must_change=False)
            await fill(app[DATABASE], count, person.id)
            token = await accounts.issue_token(person.id, "bench")
            headers = {"Authorization": f"Bearer {token}", "Accept": "text/html"}
            for kind, asked in addresses(count).items():
                took = []
                for address in (asked[0], *asked):  # the first is not counted
                    began = time.perf_counter()
                    async with client.get(address, headers=headers) as answer:
                        await answer.read()
                        answer.raise_for_status()
                    took.append((time.perf_counter() - began) * 1000)
                took = sorted(took[1:])
                p95 = took[int(len(took) * 0.95) - 1]
                told[kind] = {
                    "median_ms": round(statistics.median(took), 1),
                    "p95_ms": round(p95, 1),
                }
    return told


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hearings", type=int, default=100_000)
    parser.add_argument("--database", default="", help="address (default: a new SQLite)")
    asked = parser.parse_args()
    told = asyncio.run(measure(asked.hearings, asked.database))
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
