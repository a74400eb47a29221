"""The command that verifies the journal tells of reports that are not as it knows them."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.accounts.tables import people
from server.reports.closing import Closing
from server.reports.store import ReportStore
from server.verifying import main
from tests.server.counted import add_broadcast, open_database, sqlite_url
from tests.server.reports.test_store import NOW, new


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory with a report whose hearing is over."""
    database = await open_database(sqlite_url(tmp_path))
    await add_broadcast(database, "b1", has_report=True, state="ended")
    values = {"id": "clerk", "name": "clerk", "display_name": "", "must_change_password": False}
    async with database.begin() as connection:
        at = datetime(2026, 11, 27, tzinfo=UTC)
        await connection.execute(insert(people).values(**values, password=None, created_at=at))
    await ReportStore(database).add("b1", new(), "clerk", NOW, NOW)
    await Closing(database).look()
    await database.close()
    [path] = tmp_path.glob("*.sqlite")
    path.rename(tmp_path / "tingbo.sqlite")
    return tmp_path


def test_a_changed_report_is_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data)]) == 0
    assert "Reports as the journal knows them: 1." in capsys.readouterr().out
    with sqlite3.connect(data / "tingbo.sqlite") as connection:
        connection.execute("UPDATE report_posts SET body = 'y'")
    connection.close()
    assert main(["--data", str(data)]) == 1
    assert "Broken: reports are not as the journal knows them: b1" in capsys.readouterr().out
