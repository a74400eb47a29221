"""The count: visits with their spans, minute buckets and monthly totals."""

import sqlalchemy as sa
from alembic import op

revision = "0003_audience"
down_revision = "0002_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "audience_visits",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("broadcast_id", sa.String(32), nullable=False),
        sa.Column("medium", sa.String(16), nullable=False),
        sa.Column("viewer", sa.String(16), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=False),
        sa.Column("watched_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audience_visits"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name="fk_audience_visits_broadcast_id"
        ),
    )
    op.create_index(
        "ix_audience_visits_viewer",
        "audience_visits",
        ["broadcast_id", "medium", "viewer", "ended_us"],
    )
    op.create_index("ix_audience_visits_ended", "audience_visits", ["broadcast_id", "ended_us"])
    op.create_table(
        "audience_spans",
        sa.Column("visit_id", sa.String(32), nullable=False),
        sa.Column("start_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "start_us", name="pk_audience_spans"),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["audience_visits.id"],
            name="fk_audience_spans_visit_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "audience_minutes",
        sa.Column("broadcast_id", sa.String(32), nullable=False),
        sa.Column("medium", sa.String(16), nullable=False),
        sa.Column("minute", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "medium", "minute", name="pk_audience_minutes"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name="fk_audience_minutes_broadcast_id"
        ),
    )
    op.create_table(
        "audience_totals",
        sa.Column("broadcast_id", sa.String(32), nullable=False),
        sa.Column("medium", sa.String(16), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("watched_us", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "medium", "month", name="pk_audience_totals"),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcasts.id"], name="fk_audience_totals_broadcast_id"
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("audience_totals", "audience_minutes", "audience_spans", "audience_visits"):
        op.drop_table(table)
