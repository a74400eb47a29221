"""Withdrawals, review and lifetime of replays, complaints."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0012_withdrawals"
down_revision = "0011_calendar"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _withdrawals()
    _replays()
    _complaints()


def _replays() -> None:
    with op.batch_alter_table("broadcasts") as broadcasts:
        broadcasts.add_column(sa.Column("replay_due", UtcTime()))
        broadcasts.add_column(sa.Column("replay_until", UtcTime()))
    op.create_index("ix_broadcasts_replay", "broadcasts", ["replay"])
    op.create_table(
        "replay_decisions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("until", UtcTime()),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_replay_decisions"),
        sa.ForeignKeyConstraint(
            ["broadcast"], ["broadcasts.id"], name="fk_replay_decisions_broadcast"
        ),
        sa.ForeignKeyConstraint(["by"], ["people.id"], name="fk_replay_decisions_by"),
    )
    op.create_index("ix_replay_decisions_broadcast", "replay_decisions", ["broadcast", "at"])


def _withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.Column("ordered_by", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("since", UtcTime()),
        sa.Column("until", UtcTime()),
        sa.Column("target", sa.String(80), nullable=False),
        sa.Column("mark", sa.String(20), nullable=False),
        sa.Column("done_at", UtcTime()),
        sa.Column("restored_at", UtcTime()),
        sa.Column("restored_by", sa.String(32)),
        sa.Column("restored_because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawals"),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.id"], name="fk_withdrawals_broadcast"),
        sa.ForeignKeyConstraint(["ordered_by"], ["people.id"], name="fk_withdrawals_ordered_by"),
        sa.ForeignKeyConstraint(["restored_by"], ["people.id"], name="fk_withdrawals_restored_by"),
    )
    op.create_index("ix_withdrawals_broadcast", "withdrawals", ["broadcast", "ordered_at"])


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(120), nullable=False),
        sa.Column("moment", UtcTime()),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcTime()),
        sa.Column("closed_by", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
        sa.ForeignKeyConstraint(["broadcast"], ["broadcasts.id"], name="fk_complaints_broadcast"),
        sa.ForeignKeyConstraint(["closed_by"], ["people.id"], name="fk_complaints_closed_by"),
    )
    op.create_index("ix_complaints_closed_at", "complaints", ["closed_at", "received_at"])
    op.create_index("ix_complaints_broadcast", "complaints", ["broadcast"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("complaints")
    op.drop_table("replay_decisions")
    op.drop_index("ix_broadcasts_replay", "broadcasts")
    with op.batch_alter_table("broadcasts") as broadcasts:
        broadcasts.drop_column("replay_until")
        broadcasts.drop_column("replay_due")
    op.drop_table("withdrawals")
