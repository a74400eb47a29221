"""Incident forms."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0007_incidents"
down_revision = "0006_retention"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("decided", sa.String(120), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(32), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.Column("signed_by", sa.String(32)),
        sa.Column("signed_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.id"], name="fk_incidents_broadcast"),
        sa.ForeignKeyConstraint(["written_by"], ["people.id"], name="fk_incidents_written_by"),
        sa.ForeignKeyConstraint(["signed_by"], ["people.id"], name="fk_incidents_signed_by"),
        sa.UniqueConstraint("broadcast", "source", name="uq_incidents_broadcast_source"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("incidents")
