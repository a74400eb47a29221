"""Hearings that are cancelled or adjourned, and trial divisions of courts."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0014_called_off"
down_revision = "0013_provider"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "divisions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_divisions"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_divisions_court"),
        sa.UniqueConstraint("court", "name", name="uq_divisions_court_name"),
    )
    op.add_column("hearings", sa.Column("division", sa.String(32)))
    op.add_column("postings", sa.Column("division", sa.String(32)))
    op.create_table(
        "hearing_changes",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("was_at", UtcTime(), nullable=False),
        sa.Column("now_at", UtcTime()),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("changed_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hearing_changes"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_hearing_changes_hearing"),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["people.id"], name="fk_hearing_changes_changed_by"
        ),
    )
    op.create_index("ix_hearing_changes_hearing", "hearing_changes", ["hearing"])
    refuse("hearing_changes", "UPDATE", "DELETE")


def downgrade() -> None:
    """Refuse: why a hearing did not take place is the court's record."""
    raise NotImplementedError
