"""Sites on which partners may embed broadcasts."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0018_embed_origins"
down_revision = "0017_divisions_mail_logout"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "embed_origins",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("partner_id", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(200), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_embed_origins"),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name="fk_embed_origins_partner_id"
        ),
        sa.UniqueConstraint("partner_id", "origin", name="uq_embed_origins_partner_id_origin"),
    )


def downgrade() -> None:
    """Drop the table: nobody embeds."""
    op.drop_table("embed_origins")
