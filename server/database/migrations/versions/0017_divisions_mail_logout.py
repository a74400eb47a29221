"""Trial divisions that are closed; reminders by mail; sessions that the provider ends."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0017_divisions_mail_logout"
down_revision = "0016_guards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    op.add_column("divisions", sa.Column("closed_at", UtcTime()))
    _mail()
    _logouts()


def _mail() -> None:
    op.create_table(
        "mailboxes",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("given_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_mailboxes"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_mailboxes_person"),
    )
    op.create_table(
        "reminder_mails",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("claimed_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime()),
        sa.PrimaryKeyConstraint("person", "application", "kind", "since", name="pk_reminder_mails"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_reminder_mails_person"),
    )


def _logouts() -> None:
    op.add_column("sessions", sa.Column("provider_session", sa.String(64)))
    op.create_table(
        "provider_logouts",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("session", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "token", name="pk_provider_logouts"),
    )


def downgrade() -> None:
    """Drop them: all divisions are open again."""
    op.drop_table("provider_logouts")
    op.drop_column("sessions", "provider_session")
    op.drop_table("reminder_mails")
    op.drop_table("mailboxes")
    op.drop_column("divisions", "closed_at")
