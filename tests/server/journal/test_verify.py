"""The command that verifies the journal, on a real database that somebody has tampered with."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.database import Database
from server.database.migrate import upgrade
from server.journal.store import Deed, note
from server.journal.verify import main

AT = datetime(2026, 11, 26, 1, 30, tzinfo=UTC)


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A data directory with five entries in its journal."""
    database = Database(f"sqlite:///{tmp_path / 'tingbo.sqlite'}")
    await upgrade(database)
    async with database.begin() as connection:
        for number in range(5):
            await note(connection, Deed("try", f"thing:{number}", details={"法庭": number}), AT)
    await database.close()
    return tmp_path


def tamper(data: Path, *changes: str) -> None:
    """Change the file past all triggers, as its owner can."""
    with sqlite3.connect(data / "tingbo.sqlite") as connection:
        for trigger in ("journal_no_update", "journal_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for change in changes:
            connection.execute(change)
    connection.close()


def run(data: Path, *arguments: str) -> int:
    return main(["--data", str(data), *arguments])


def test_a_whole_journal_goes_on(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(data) == 0
    told = capsys.readouterr().out
    assert told.startswith("Whole: 5 entries. Newest: 5:")
    mark = told.split()[-1]
    assert run(data, "--contains", mark) == 0
    assert run(data, "--contains", f"4{mark[1:]}") == 1
    tamper(data, "DELETE FROM journal WHERE sequence = 5")
    capsys.readouterr()
    assert run(data) == 0  # what is left hangs together …
    assert run(data, "--contains", mark) == 1  # … but the mark is gone
    assert "noted before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("UPDATE journal SET details = '{}' WHERE sequence = 3", 3),
        ("UPDATE journal SET person = 'x' WHERE sequence = 1", 1),
        ("DELETE FROM journal WHERE sequence = 2", 2),
        ("UPDATE journal SET sequence = 9 WHERE sequence = 5", 5),
    ],
)
def test_tampering_is_told_with_its_place(
    data: Path, capsys: pytest.CaptureFixture[str], change: str, at: int
) -> None:
    tamper(data, change)
    assert run(data) == 1
    assert capsys.readouterr().out == f"Broken: entry {at} is not as it was written.\n"


def test_without_a_database_nothing_is_claimed(tmp_path: Path) -> None:
    assert run(tmp_path) == 2
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SystemExit):
        run(tmp_path, "--contains", "5")
