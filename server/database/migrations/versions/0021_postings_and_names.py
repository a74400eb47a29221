"""Postings are kept as they were held, names are withdrawn from hearings without a broadcast.

A role counts as far as its entry stands in the journal
(docs/decisions/0094-a-role-has-its-entry.md). The first administrator had none: whoever has none
yet is taken over once, here, and the entry says so.
"""

import hashlib
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse
from server.database.migrations.guards import Guard, make
from server.identity import new_id

revision = "0021_postings_and_names"
down_revision = "0020_webhooks"
branch_labels = None
depends_on = None

_GUARDS = (
    Guard(
        "postings",
        "stay_as_held",
        "UPDATE",
        "OLD.until IS NOT NULL OR NEW.id <> OLD.id OR NEW.person <> OLD.person"
        " OR NEW.role <> OLD.role OR NEW.since <> OLD.since"
        " OR coalesce(NEW.court, '') <> coalesce(OLD.court, '')"
        " OR coalesce(NEW.division, '') <> coalesce(OLD.division, '')",
        "a posting stays as it was held, and ends once",
    ),
    Guard(
        "people",
        "stay_who_they_are",
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.name <> OLD.name OR NEW.created_at <> OLD.created_at",
        "a person stays who they are",
    ),
    Guard(
        "hearing_names",
        "stay_as_ordered",
        "UPDATE",
        "NEW.hearing <> OLD.hearing OR NEW.reason <> OLD.reason OR NEW.target <> OLD.target"
        " OR NEW.mark <> OLD.mark OR NEW.note <> OLD.note OR NEW.ordered_at <> OLD.ordered_at"
        " OR NEW.ordered_by <> OLD.ordered_by OR NEW.together <> OLD.together"
        " OR (OLD.restored_at IS NOT NULL"
        " AND coalesce(NEW.restored_at, 0) <> OLD.restored_at)",
        "a withdrawal stays as it was ordered",
    ),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Take over who is there, then make the table and the guards."""
    _take_over(op.get_bind())
    _names()
    for guard in _GUARDS:
        make(guard)
    for table in ("people", "postings", "hearing_names"):
        refuse(table, "DELETE")


def _names() -> None:
    op.create_table(
        "hearing_names",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("ordered_by", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("target", sa.String(80), nullable=False),
        sa.Column("mark", sa.String(20), nullable=False),
        sa.Column("together", sa.String(32), nullable=False),
        sa.Column("done_at", UtcTime()),
        sa.Column("restored_at", UtcTime()),
        sa.Column("restored_by", sa.String(32)),
        sa.Column("restored_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hearing_names"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_hearing_names_hearing"),
        sa.ForeignKeyConstraint(["ordered_by"], ["people.id"], name="fk_hearing_names_ordered_by"),
        sa.ForeignKeyConstraint(
            ["restored_by"], ["people.id"], name="fk_hearing_names_restored_by"
        ),
    )
    op.create_index("ix_hearing_names_hearing", "hearing_names", ["hearing"])
    op.create_index("ix_hearing_names_together", "hearing_names", ["together"])


def _take_over(connection: sa.Connection) -> None:
    held = defaultdict(list)
    query = "SELECT person, role, court, division, since, until FROM postings ORDER BY since, id"
    for person, role, court, division, since, until in connection.execute(sa.text(query)):
        told = {"role": role, "court": court, "division": division}
        held[person].append(told | {"since": _moment(since), "until": _moment(until)})
    query = (
        "SELECT id, name FROM people WHERE NOT EXISTS (SELECT 1 FROM journal"
        " WHERE journal.object = 'person:' || people.id AND journal.action = 'person.add')"
        " ORDER BY created_at, id"
    )
    for person, name in connection.execute(sa.text(query)).all():
        _note(connection, person, {"name": name, "roles": held[person]})


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else (_EPOCH + timedelta(microseconds=at_us)).isoformat()


def _note(connection: sa.Connection, person: str, details: dict[str, Any]) -> None:
    """Append an entry as ``server.journal`` writes one that is at no court."""
    newest = "SELECT sequence, digest FROM journal ORDER BY sequence DESC LIMIT 1"
    last = connection.execute(sa.text(newest)).first()
    values: dict[str, Any] = {
        "sequence": last[0] + 1 if last else 1,
        "at_us": (datetime.now(UTC) - _EPOCH) // timedelta(microseconds=1),
        "person": "",
        "action": "person.known",
        "object": f"person:{person}",
        "details": json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "source": new_id(),
    }
    previous = last[1] if last else "0" * 64
    hashed = json.dumps([previous, *values.values()], ensure_ascii=False)
    digest = hashlib.sha256(hashed.encode()).hexdigest()
    connection.execute(
        sa.text(
            "INSERT INTO journal (sequence, at_us, person, action, object, details, source,"
            " previous, digest, court) VALUES (:sequence, :at_us, :person, :action, :object,"
            " :details, :source, :previous, :digest, '')"
        ),
        values | {"previous": previous, "digest": digest},
    )


def downgrade() -> None:
    """Refuse: who was what is the court's record."""
    raise NotImplementedError
