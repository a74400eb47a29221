"""Postings are kept as they were held; who was there before the journal vouched for roles.

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

from server.database.migrations.append_only import refuse
from server.database.migrations.guards import Guard, make
from server.identity import new_id

revision = "0021_postings"
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
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Take over who is there, then make the guards."""
    _take_over(op.get_bind())
    for guard in _GUARDS:
        make(guard)
    for table in ("people", "postings"):
        refuse(table, "DELETE")


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
