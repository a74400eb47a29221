"""The migrations make exactly the tables that the code speaks of."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

import server.accounts.tables
import server.approvals.tables
import server.audience.tables
import server.broadcasts.tables
import server.complaints.tables
import server.courts.tables
import server.hearings.announcements.tables
import server.hearings.participants.tables
import server.hearings.tables
import server.incidents.tables
import server.journal.tables
import server.mailing.tables
import server.notices.tables
import server.oidc.tables
import server.partners.tables
import server.proofs.tables
import server.records.tables
import server.releases.tables
import server.reports.tables
import server.withdrawn.tables  # noqa: F401
from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.store import load
from server.accounts.verify import verify_people
from server.database import Database, metadata
from server.database.migrate import FOLDER, upgrade
from server.journal.verify import verify
from tests.server.counted import add_broadcast, add_courts, sqlite_url


def differences(connection: Connection) -> list[Any]:
    """Return what the tables and the code do not agree on."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found: list[Any] = compare_metadata(context, metadata)
    return found


async def test_the_tables_are_those_of_the_code(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_upgrade_with_nothing_to_do_only_looks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What costs a start its time is Alembic, and the lock that one server waits for another by."""
    monkeypatch.setitem(sys.modules, "alembic", None)  # whoever imports it now falls
    monkeypatch.setattr(Database, "begin_patiently", None)
    assert not await upgrade(database)


def _to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_who_was_there_before_roles_were_vouched_for_keeps_them(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path))
    async with database.begin() as connection:
        await connection.run_sync(_to, "0020_webhooks")
        for statement in (
            "INSERT INTO people (id, name, display_name, must_change_password, created_at)"
            " VALUES ('first', 'admin', 'A', false, 7)",
            "INSERT INTO postings (id, person, court, role, since, until) VALUES"
            " ('p', 'first', NULL, 'administrator', 7, NULL),"
            " ('q', 'first', 'sh', 'clerk', 7, 8)",
        ):
            await connection.execute(text(statement))
    await upgrade(database)
    assert (await verify(database)).is_whole
    assert (await verify_people(database)).changed == ()
    async with database.read() as connection:
        person = await load(connection, "first", datetime.now(UTC))
    await database.close()
    assert person is not None
    assert person.postings == (Posting(Role.ADMINISTRATOR),)


ROWS = (
    "INSERT INTO people (id, name, display_name, must_change_password, created_at) VALUES"
    " ('tom', 'tom', 'Tom', false, 0), ('rui', 'rui', 'Rui', false, 0)",
    "INSERT INTO incidents VALUES ('i', 'b1', 'order:1', 'cut', 0, NULL, 'x', 'y', 'z', 'tom', 0,"
    " NULL, NULL), ('open', 'b1', 'order:2', 'cut', 0, NULL, 'x', 'y', 'z', 'tom', 0, NULL, NULL)",
    "UPDATE incidents SET signed_by = 'rui', signed_at = 1 WHERE id = 'i'",
    "UPDATE broadcasts SET policy = 'digest'",
    "UPDATE broadcasts SET state = 'ended', replay = 'held', replay_due = 4000000000000000",
    "INSERT INTO journal (sequence, at_us, person, action, object, details, source, previous,"
    " digest, court) VALUES (1, 1, 'tom', 'broadcast.end', 'broadcast:b1', '', 's', '', '', '')",
    "INSERT INTO partners VALUES ('p', 'Press', '', 0, '', NULL, NULL, 'sh')",
    "INSERT INTO partner_keys (id, partner_id, label, digest, scopes, created_at, revoked_at)"
    " VALUES ('k', 'p', '', 'd', 'pull', 0, 1)",
    "INSERT INTO report_posts (id, broadcast_id, number, client_key, role, speaker, body,"
    " court_time, created_at, state, author_id)"
    " VALUES ('post', 'b1', 1, 'k', 'clerk', '', 'x', 0, 0, 'held', 'tom')",
    "INSERT INTO report_revisions VALUES ('post', 1, 'corrected', 'clerk', '', 'x', 'y', 0, 'tom')",
    "INSERT INTO withdrawals (id, broadcast, kind, reason, ordered_at, ordered_by, note, target,"
    " mark, restored_at, restored_because) VALUES"
    " ('w', 'b1', 'post', 'minor', 0, 'rui', '', 'post', '', NULL, ''),"
    " ('back', 'b1', 'post', 'minor', 0, 'rui', '', 'other', '', 3, '')",
    "INSERT INTO hearing_changes SELECT 'c', id, 'adjourned', 'ill', 0, NULL, 0, 'rui'"
    " FROM hearings",
    "INSERT INTO complaints (id, broadcast, text, contact, received_at, outcome, remark, closed_at)"
    " VALUES ('new', 'b1', 'That is me', '', 0, NULL, '', NULL),"
    " ('decided', 'b1', 'That is me', '', 0, 'withdrawn', '', 1)",
    "INSERT INTO postings (id, person, court, role, since, until) VALUES"
    " ('held', 'tom', 'sh', 'clerk', 0, NULL),"
    " ('ended', 'rui', 'sh', 'clerk', 0, 1)",
    "INSERT INTO hearing_names SELECT 'n', id, 'minor', 0, 'rui', '', 'Li Si', 'L.', 'o', 1, 3,"
    " NULL, '' FROM hearings",
    "INSERT INTO court_announcements SELECT id, 1, 'judge', NULL, 0, '', 'rui', 0 FROM hearings",
)
DECISION = "INSERT INTO replay_decisions VALUES ('{0}', 'b1', 'release', '', NULL, 0, '{0}')"
REFUSED = (
    ("UPDATE incidents SET what = 'nothing' WHERE id = 'i'", "signed form"),
    ("UPDATE incidents SET signed_at = NULL WHERE id = 'i'", "signed form"),
    ("UPDATE incidents SET signed_by = 'tom', signed_at = 1 WHERE id = 'open'", "does not sign"),
    ("DELETE FROM incidents", "append-only"),
    ("UPDATE broadcasts SET replay = 'public'", "released it"),
    ("UPDATE broadcasts SET replay_due = 1", "stays over"),
    ("UPDATE broadcasts SET policy = ''", "began under"),
    ("UPDATE broadcasts SET state = 'live'", "stays over"),
    (DECISION.format("tom"), "took part"),
    ("UPDATE partner_keys SET revoked_at = NULL", "stays revoked"),
    ("UPDATE partner_keys SET revoked_at = 1790000000000000", "stays revoked"),
    ("UPDATE partner_keys SET digest = 'another'", "stays revoked"),
    ("UPDATE report_revisions SET body = 'y'", "append-only"),
    ("DELETE FROM report_revisions", "append-only"),
    ("DELETE FROM report_posts", "append-only"),
    ("DELETE FROM withdrawals", "append-only"),
    ("UPDATE withdrawals SET target = 'another'", "as it was ordered"),
    ("UPDATE withdrawals SET mark = 'x'", "as it was ordered"),
    ("UPDATE withdrawals SET restored_at = NULL WHERE id = 'back'", "as it was ordered"),
    ("UPDATE partners SET court = NULL", "stays at its court"),
    ("DELETE FROM partners", "append-only"),
    ("UPDATE partner_keys SET scopes = 'all'", "was made for"),
    ("UPDATE partner_keys SET expires_at = 9", "was made for"),
    ("DELETE FROM partner_keys", "append-only"),
    ("UPDATE hearing_changes SET reason = 'x'", "append-only"),
    ("DELETE FROM hearing_changes", "append-only"),
    ("UPDATE complaints SET text = 'x'", "received and decided"),
    ("UPDATE complaints SET outcome = 'kept' WHERE id = 'decided'", "received and decided"),
    ("DELETE FROM complaints", "append-only"),
    ("UPDATE court_announcements SET speaker = 'clerk'", "append-only"),
    ("UPDATE hearing_names SET target = 'another'", "as it was ordered"),
    ("UPDATE hearing_names SET restored_at = NULL", "as it was ordered"),
    ("DELETE FROM hearing_names", "append-only"),
    ("UPDATE postings SET role = 'auditor' WHERE id = 'held'", "as it was held"),
    ("UPDATE postings SET court = NULL WHERE id = 'held'", "as it was held"),
    ("UPDATE postings SET division = 'first' WHERE id = 'held'", "as it was held"),
    ("UPDATE postings SET since = 1 WHERE id = 'held'", "as it was held"),
    ("UPDATE postings SET person = 'rui' WHERE id = 'held'", "as it was held"),
    ("UPDATE postings SET until = NULL WHERE id = 'ended'", "as it was held"),
    ("UPDATE postings SET until = 2 WHERE id = 'ended'", "as it was held"),
    ("DELETE FROM postings", "append-only"),
    ("UPDATE people SET name = 'eve' WHERE id = 'tom'", "who they are"),
    ("UPDATE people SET created_at = 1", "who they are"),
    ("DELETE FROM people WHERE id = 'tom'", "append-only"),
)


async def execute(database: Database, statement: str) -> None:
    async with database.begin() as connection:
        await connection.execute(text(statement))


async def test_what_is_signed_over_or_revoked_cannot_be_undone_by_statement(
    database: Database,
) -> None:
    await add_courts(database)
    await add_broadcast(database, "b1")
    for statement in ROWS:
        await execute(database, statement)
    for statement, why in REFUSED:
        with pytest.raises(DBAPIError, match=why):
            await execute(database, statement)
    await execute(database, DECISION.format("rui"))
    await execute(database, "UPDATE broadcasts SET replay = 'public'")
    for statement in ("UPDATE replay_decisions SET remark = 'x'", "DELETE FROM replay_decisions"):
        with pytest.raises(DBAPIError, match="append-only"):
            await execute(database, statement)


async def test_servers_that_start_together_migrate_once(postgres_url: str) -> None:
    servers = [Database(postgres_url) for _ in range(3)]
    async with servers[0].begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    assert sorted(await asyncio.gather(*map(upgrade, servers))) == [False, False, True]
    for one in servers:
        await one.close()
