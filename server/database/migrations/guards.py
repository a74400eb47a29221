"""Guards: conditions under which the database itself refuses a deed, in words both know."""

from __future__ import annotations

from dataclasses import dataclass

from alembic import op

_NOW_US = {
    "sqlite": "(strftime('%s', 'now') + 1) * 1000000",
    "postgresql": "extract(epoch FROM clock_timestamp()) * 1000000",
}


@dataclass(frozen=True)
class Guard:
    """Refuses a ``deed`` to rows of a table ``when`` a condition holds, saying why.

    ``{now}`` stands for the moment, in microseconds since 1970.
    """

    table: str
    name: str
    deed: str
    when: str
    says: str


def make(guard: Guard) -> None:
    """Make a guard. Migrations that were run must not change: this text stays as it is."""
    dialect = op.get_bind().dialect.name
    name, when = f"{guard.table}_{guard.name}", guard.when.format(now=_NOW_US[dialect])
    if dialect == "postgresql":
        kept = "OLD" if guard.deed == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {when} THEN RAISE EXCEPTION '{guard.says}'; END IF; RETURN {kept}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {guard.deed} ON {guard.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {guard.deed} ON {guard.table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.says}'); END"
    )
