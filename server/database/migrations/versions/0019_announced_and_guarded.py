"""The announcement in court; partners' terms and suspensions are kept as they were."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse
from server.database.migrations.guards import Guard, make

revision = "0019_announced_and_guarded"
down_revision = "0018_embed_origins"
branch_labels = None
depends_on = None

_GUARDS = (
    Guard(
        "partners",
        "stay_at_their_court",
        "UPDATE",
        "coalesce(NEW.court, '') <> coalesce(OLD.court, '') OR NEW.created_at <> OLD.created_at",
        "a partner stays at its court",
    ),
    Guard(
        "partner_keys",
        "open_the_same",
        "UPDATE",
        "NEW.scopes <> OLD.scopes OR NEW.partner_id <> OLD.partner_id"
        " OR NEW.created_at <> OLD.created_at"
        " OR coalesce(NEW.expires_at, 0) <> coalesce(OLD.expires_at, 0)",
        "a key opens what it was made for",
    ),
    Guard(
        "complaints",
        "stay_as_received",
        "UPDATE",
        "OLD.closed_at IS NOT NULL OR NEW.text <> OLD.text OR NEW.broadcast <> OLD.broadcast"
        " OR NEW.received_at <> OLD.received_at",
        "a complaint stays as it was received and decided",
    ),
    Guard(
        "withdrawals",
        "stay_as_ordered",
        "UPDATE",
        "NEW.broadcast <> OLD.broadcast OR NEW.kind <> OLD.kind OR NEW.reason <> OLD.reason"
        " OR NEW.target <> OLD.target OR NEW.mark <> OLD.mark OR NEW.note <> OLD.note"
        " OR NEW.ordered_at <> OLD.ordered_at OR NEW.ordered_by <> OLD.ordered_by"
        " OR coalesce(NEW.since, 0) <> coalesce(OLD.since, 0)"
        " OR coalesce(NEW.until, 0) <> coalesce(OLD.until, 0)"
        " OR coalesce(NEW.together, '') <> coalesce(OLD.together, '')"
        " OR (OLD.restored_at IS NOT NULL"
        " AND coalesce(NEW.restored_at, 0) <> OLD.restored_at)",
        "a withdrawal stays as it was ordered",
    ),
)


def upgrade() -> None:
    """Make the tables and the guards."""
    _announcements()
    op.add_column("withdrawals", sa.Column("together", sa.String(32)))
    op.create_index("ix_withdrawals_together", "withdrawals", ["together"])
    op.add_column("mailboxes", sa.Column("confirmed_at", UtcTime()))
    op.add_column("mailboxes", sa.Column("secret", sa.String(64)))
    for guard in _GUARDS:
        make(guard)
    for table in ("partners", "partner_keys", "complaints"):
        refuse(table, "DELETE")


def _announcements() -> None:
    op.create_table(
        "court_announcements",
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("speaker", sa.String(16), nullable=False),
        sa.Column("judge", sa.String(32)),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("written_by", sa.String(32), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("hearing", "number", name="pk_court_announcements"),
        sa.ForeignKeyConstraint(
            ["hearing"], ["hearings.id"], name="fk_court_announcements_hearing"
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name="fk_court_announcements_written_by"
        ),
    )
    refuse("court_announcements", "UPDATE", "DELETE")


def downgrade() -> None:
    """Refuse: what was announced and accepted is the court's record."""
    raise NotImplementedError
