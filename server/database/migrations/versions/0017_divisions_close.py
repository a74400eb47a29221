"""Trial divisions that are closed."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0017_divisions_close"
down_revision = "0015_pilots"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("divisions", sa.Column("closed_at", UtcTime()))


def downgrade() -> None:
    """Drop it: all divisions are open again."""
    op.drop_column("divisions", "closed_at")
