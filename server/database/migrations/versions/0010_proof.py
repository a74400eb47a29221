"""Daily roots, what is under them, and the keys they were signed with."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0010_proof"
down_revision = "0009_accounts"
branch_labels = None
depends_on = None

_STAYS = ("proof_entries", "daily_roots", "court_keys")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "proof_entries",
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("entered_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("court", "day", "place", name="pk_proof_entries"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_proof_entries_court"),
        sa.ForeignKeyConstraint(
            ["broadcast"], ["broadcasts.id"], name="fk_proof_entries_broadcast"
        ),
        sa.UniqueConstraint("digest", name="uq_proof_entries_digest"),
    )
    op.create_index("ix_proof_entries_broadcast", "proof_entries", ["broadcast"])
    op.create_table(
        "daily_roots",
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("court", "day", name="pk_daily_roots"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_daily_roots_court"),
    )
    op.create_table(
        "court_keys",
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name="pk_court_keys"),
    )
    for table in _STAYS:
        refuse(table, "UPDATE", "DELETE")


def downgrade() -> None:
    """Refuse: what was signed is the court's record."""
    raise NotImplementedError
