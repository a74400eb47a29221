"""Approval of broadcasts: policies of courts, applications, signed steps, refusals, conditions."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0008_approvals"
down_revision = "0007_incidents"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('draft', 'submitted', 'returned', 'agreed')")
_STAYS = ("submissions", "approval_steps", "refusals", "approval_conditions")


def upgrade() -> None:
    """Make the tables, and what of cases and hearings an approval is about."""
    _hearings()
    _applications()
    _steps()
    _records()
    for table in _STAYS:
        refuse(table, "UPDATE", "DELETE")
    refuse("court_policies", "DELETE")  # a court can choose another policy, never none again


def _hearings() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("nature", sa.String(16), nullable=False, server_default="other"))
    with op.batch_alter_table("hearings") as hearings:
        hearings.add_column(sa.Column("judge", sa.String(32)))
    for sign, nature in (("民", "civil"), ("行", "administrative"), ("刑", "criminal")):
        op.execute(
            sa.text("UPDATE cases SET nature = :nature WHERE number LIKE :like").bindparams(
                nature=nature, like=f"%{sign}%"
            )
        )


def _applications() -> None:
    op.create_table(
        "court_policies",
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("policy", sa.String(40), nullable=False),
        sa.Column("delay_ms", sa.Integer()),
        sa.Column("courtrooms", sa.JSON()),
        sa.Column("chosen_at", UtcTime(), nullable=False),
        sa.Column("chosen_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("court", name="pk_court_policies"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_court_policies_court"),
    )
    op.create_table(
        "applications",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("applicant", sa.String(32), nullable=False),
        sa.Column("media", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("ended_because", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("id", "applicant", name="uq_applications_id_applicant"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_applications_hearing"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_applications_court"),
        sa.ForeignKeyConstraint(["applicant"], ["people.id"], name="fk_applications_applicant"),
    )
    op.create_index("ix_applications_court", "applications", ["court", "state"])
    op.create_index("ix_applications_hearing", "applications", ["hearing"])
    op.create_index(
        "uq_applications_open",
        "applications",
        ["hearing"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _steps() -> None:
    op.create_table(
        "submissions",
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("submitted_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("application", "round", name="pk_submissions"),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.id"], name="fk_submissions_application"
        ),
    )
    op.create_table(
        "approval_steps",
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("applicant", sa.String(32), nullable=False),
        sa.Column("signer", sa.String(32), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=False),
        sa.Column("waiting_since", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("application", "round", "number", name="pk_approval_steps"),
        sa.UniqueConstraint(
            "application", "round", "signer", name="uq_approval_steps_application_round_signer"
        ),
        sa.CheckConstraint("signer <> applicant", name="ck_approval_steps_duty"),
        sa.ForeignKeyConstraint(["signer"], ["people.id"], name="fk_approval_steps_signer"),
        sa.ForeignKeyConstraint(
            ["application", "applicant"],
            ["applications.id", "applications.applicant"],
            name="fk_approval_steps_application_applicant",
        ),
        sa.ForeignKeyConstraint(
            ["application", "round"],
            ["submissions.application", "submissions.round"],
            name="fk_approval_steps_application_round",
        ),
    )


def _records() -> None:
    op.create_table(
        "refusals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(32), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refusals"),
        sa.UniqueConstraint("application", name="uq_refusals_application"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_refusals_hearing"),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.id"], name="fk_refusals_application"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["people.id"], name="fk_refusals_decided_by"),
    )
    op.create_index("ix_refusals_hearing", "refusals", ["hearing"])
    op.create_table(
        "approval_conditions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("application", sa.String(32), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("is_override", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(32), nullable=False),
        sa.Column("confirmed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approval_conditions"),
        sa.ForeignKeyConstraint(
            ["application"], ["applications.id"], name="fk_approval_conditions_application"
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["people.id"], name="fk_approval_conditions_confirmed_by"
        ),
    )
    op.create_index("ix_approval_conditions_application", "approval_conditions", ["application"])


def downgrade() -> None:
    """Refuse: what was signed is the court's record."""
    raise NotImplementedError
