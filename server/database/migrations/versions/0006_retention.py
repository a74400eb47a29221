"""After how many days a court's records are due for the archive."""

import sqlalchemy as sa
from alembic import op

revision = "0006_retention"
down_revision = "0005_mask_templates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "retention",
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("court", name="pk_retention"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_retention_court_courts"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("retention")
