"""Media partners and their keys."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0004_partners"
down_revision = "0003_audience"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "partners",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("terms_version", sa.String(32), nullable=False),
        sa.Column("terms_accepted_at", UtcTime()),
        sa.Column("suspended_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_partners"),
        sa.UniqueConstraint("name", name="uq_partners_name"),
    )
    op.create_table(
        "partner_keys",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("partner_id", sa.String(32), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime()),
        sa.Column("last_used_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_partner_keys"),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name="fk_partner_keys_partner_id"),
    )
    op.create_index("ix_partner_keys_partner_id", "partner_keys", ["partner_id"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("partner_keys")
    op.drop_table("partners")
