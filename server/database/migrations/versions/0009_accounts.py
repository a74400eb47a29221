"""Second factors, recovery codes, invitations; what sessions and tokens are known by."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0009_accounts"
down_revision = "0008_approvals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and columns."""
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("device", sa.String(64), nullable=False, server_default=""))
        sessions.add_column(sa.Column("seen_at", UtcTime()))
    with op.batch_alter_table("api_tokens") as tokens:
        tokens.add_column(sa.Column("court", sa.String(32)))
        tokens.add_column(sa.Column("used_at", UtcTime()))
    op.create_table(
        "second_factors",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("confirmed_at", UtcTime()),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_second_factors_person"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.PrimaryKeyConstraint("person", "digest", name="pk_recovery_codes"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_recovery_codes_person"),
    )
    op.create_table(
        "second_factor_rules",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_second_factor_rules"),
    )
    _invitations()


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("ended_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("digest", name="uq_invitations_digest"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_invitations_person"),
    )
    op.create_index("ix_invitations_person", "invitations", ["person"])


def downgrade() -> None:
    """Refuse: without their second factor people could not sign in."""
    raise NotImplementedError
