"""Accounts at a provider of identities, the court of a partner and of a journal entry."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0013_provider"
down_revision = "0012_withdrawals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns.

    A partner of before has no court, which is every court: what its keys opened they open still.
    An entry of before tells no court, and is never changed: who audits every court reads it.
    """
    op.create_table(
        "provider_accounts",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("expected_until", UtcTime()),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.PrimaryKeyConstraint("person", "issuer", name="pk_provider_accounts"),
        sa.UniqueConstraint("issuer", "subject", name="uq_provider_accounts_issuer_subject"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_provider_accounts_person"),
    )
    op.add_column("journal", sa.Column("court", sa.String(32), nullable=False, server_default=""))
    op.create_index("ix_journal_court", "journal", ["court", "sequence"])
    with op.batch_alter_table("partners") as partners:
        partners.add_column(sa.Column("court", sa.String(32)))
        partners.drop_constraint("uq_partners_name", type_="unique")
        partners.create_unique_constraint("uq_partners_court_name", ["court", "name"])


def downgrade() -> None:
    """Drop them; fails where two courts have partners of one name."""
    with op.batch_alter_table("partners") as partners:
        partners.drop_constraint("uq_partners_court_name", type_="unique")
        partners.create_unique_constraint("uq_partners_name", ["name"])
        partners.drop_column("court")
    op.drop_index("ix_journal_court", "journal")
    op.drop_column("journal", "court")
    op.drop_table("provider_accounts")
