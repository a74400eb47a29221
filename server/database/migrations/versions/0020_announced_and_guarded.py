"""The announcement in court; partners' terms and suspensions are kept as they were."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0020_announced_and_guarded"
down_revision = "0017_divisions_mail_logout"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the guards."""
    _announcements()


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
