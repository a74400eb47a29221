"""The image-text live report: posts, what they said before, events for readers, photographs."""

import sqlalchemy as sa
from alembic import op

revision = "0002_reports"
down_revision = "0001_foundation"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "report_posts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("broadcast_id", sa.String(32), sa.ForeignKey("broadcasts.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("client_key", sa.String(64), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("speaker", sa.String(60), nullable=False),
        sa.Column("phase", sa.String(32)),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("court_time", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("public_at", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author_id", sa.String(32), sa.ForeignKey("people.id"), nullable=False),
        sa.UniqueConstraint("broadcast_id", "number"),
        sa.UniqueConstraint("broadcast_id", "client_key"),
    )
    op.create_table(
        "report_revisions",
        sa.Column("post_id", sa.String(32), sa.ForeignKey("report_posts.id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("speaker", sa.String(60), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.String(32), sa.ForeignKey("people.id"), nullable=False),
    )
    op.create_table(
        "report_events",
        sa.Column("broadcast_id", sa.String(32), sa.ForeignKey("broadcasts.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("post_id", sa.String(32), sa.ForeignKey("report_posts.id"), nullable=False),
        sa.Column("public_at", sa.BigInteger),
    )
    op.create_index("ix_report_events_public", "report_events", ["broadcast_id", "public_at"])
    op.create_table(
        "report_photos",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("broadcast_id", sa.String(32), sa.ForeignKey("broadcasts.id"), nullable=False),
        sa.Column("post_id", sa.String(32), sa.ForeignKey("report_posts.id")),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("alt", sa.String(500), nullable=False),
        sa.Column("caption", sa.String(500), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("uploaded_at", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.String(32), sa.ForeignKey("people.id"), nullable=False),
    )
    op.create_index("ix_report_photos_post_id", "report_photos", ["post_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("report_photos", "report_events", "report_revisions", "report_posts"):
        op.drop_table(table)
