"""What migrations do to tables whose rows stay as they were written."""

from __future__ import annotations

from alembic import op


def refuse(table: str, *deeds: str) -> None:
    """Let the database itself refuse ``UPDATE`` or ``DELETE`` of a table, as the journal's does.

    PostgreSQL refuses to empty the table, too; SQLite has no such statement. Migrations that were
    run must not change: what another table needs is an argument more, never another text here.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_stay() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE {' OR '.join(deeds)} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_stay()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stay()"
        )
        return
    for deed in deeds:
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
