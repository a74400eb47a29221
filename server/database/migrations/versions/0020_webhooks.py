"""Webhooks of media partners: endpoints, events, deliveries, and how far was read."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0020_webhooks"
down_revision = "0019_announced_and_guarded"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nothing is held and nothing read."""
    _endpoints()
    _events()
    op.create_table(
        "webhook_air",
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("broadcast", name="pk_webhook_air"),
    )
    progress = op.create_table(
        "webhook_progress",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("journal", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("held_until", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_progress"),
    )
    op.bulk_insert(progress, [{"id": 1, "journal": 0, "holder": "", "held_until": None}])


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("partner_id", sa.String(32), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("previous_secret", sa.String(200)),
        sa.Column("previous_until", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("disabled_at", UtcTime()),
        sa.Column("disabled_why", sa.String(16)),
        sa.Column("failing_since", UtcTime()),
        sa.Column("dropped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name="fk_webhook_endpoints_partner_id"
        ),
    )
    op.create_index("ix_webhook_endpoints_partner_id", "webhook_endpoints", ["partner_id"])


def _events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("broadcast", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_webhook_events"),
        sa.UniqueConstraint("id", name="uq_webhook_events_id"),
        sa.UniqueConstraint("source", name="uq_webhook_events_source"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("event", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("endpoint", sa.String(32), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcTime()),
        sa.Column("last_at", UtcTime()),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_problem", sa.String(16), nullable=False),
        sa.Column("took_ms", sa.Integer()),
        sa.PrimaryKeyConstraint("event", "endpoint", name="pk_webhook_deliveries"),
        sa.ForeignKeyConstraint(
            ["event"], ["webhook_events.sequence"], name="fk_webhook_deliveries_event"
        ),
        sa.ForeignKeyConstraint(
            ["endpoint"], ["webhook_endpoints.id"], name="fk_webhook_deliveries_endpoint"
        ),
    )
    op.create_index(
        "ix_webhook_deliveries_lane",
        "webhook_deliveries",
        ["standing", "endpoint", "lane", "event"],
    )


def downgrade() -> None:
    """Drop the tables: nobody is told anything."""
    for table in ("deliveries", "events", "endpoints", "air", "progress"):
        op.drop_table(f"webhook_{table}")
