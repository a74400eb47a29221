"""The command that verifies the journal tells of what is not as it knows it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.store import NewPerson, enter
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
    async with database.begin() as connection:
        person = NewPerson("clerk", "", None, must_change_password=False)
        clerk = await enter(connection, person, [Posting(Role.CLERK, "sh")], "", NOW)
    await ReportStore(database).add("b1", new(), clerk, NOW, NOW)
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


def test_a_role_that_was_given_by_statement_is_told(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(data)]) == 0
    assert "People and their roles as the journal knows them: 1." in capsys.readouterr().out
    with sqlite3.connect(data / "tingbo.sqlite") as connection:
        [[clerk]] = connection.execute("SELECT id FROM people").fetchall()
        connection.execute(
            "INSERT INTO postings (id, person, role, since) VALUES ('x', ?, 'administrator', 0)",
            [clerk],
        )
    connection.close()
    assert main(["--data", str(data)]) == 1
    assert f"Broken: people are not as the journal knows them: {clerk}" in capsys.readouterr().out
