"""Pilots of courts without a policy, and the rules that each broadcast began under."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0015_pilots"
down_revision = "0014_called_off"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Broadcasts of before keep no rules: they go by those of today."""
    op.create_table(
        "court_pilots",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("ordered_by", sa.String(32), nullable=False),
        sa.Column("ordered_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_court_pilots"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_court_pilots_court"),
        sa.ForeignKeyConstraint(["ordered_by"], ["people.id"], name="fk_court_pilots_ordered_by"),
        sa.UniqueConstraint("court", "ordered_at", name="uq_court_pilots_court_ordered_at"),
        sa.CheckConstraint("ends_at - ordered_at <= 8035200000000", name="ck_court_pilots_bounded"),
    )
    op.create_table(
        "policy_texts",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_policy_texts"),
    )
    op.add_column("broadcasts", sa.Column("policy", sa.String(64)))
    for table in ("court_pilots", "policy_texts"):
        refuse(table, "UPDATE", "DELETE")


def downgrade() -> None:
    """Refuse: who let a court broadcast, and by what rules, is the court's record."""
    raise NotImplementedError
