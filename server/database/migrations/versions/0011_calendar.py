"""The calendar: participants and their log, public notices, case numbers of a court's own."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime
from server.database.migrations.append_only import refuse

revision = "0011_calendar"
down_revision = "0010_proof"
branch_labels = None
depends_on = None

_STAYS = ("participants", "participant_log", "notices", "notice_endings")


def upgrade() -> None:
    """Make the tables, and what makes a calendar of many years fast."""
    op.add_column("courts", sa.Column("case_number_pattern", sa.String(120)))
    op.create_index("ix_hearings_courtroom_scheduled_at", "hearings", ["courtroom", "scheduled_at"])
    _participants()
    _notices()
    for table in _STAYS:
        refuse(table, "UPDATE", "DELETE")


def _participants() -> None:
    op.create_table(
        "participants",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("alias", sa.String(120), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("added_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_participants"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_participants_hearing"),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name="fk_participants_added_by"),
    )
    op.create_index("ix_participants_hearing", "participants", ["hearing"])
    op.create_table(
        "participant_log",
        sa.Column("participant", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(16), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("written_by", sa.String(32), nullable=False),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("participant", "number", name="pk_participant_log"),
        sa.ForeignKeyConstraint(
            ["participant"], ["participants.id"], name="fk_participant_log_participant"
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["people.id"], name="fk_participant_log_written_by"
        ),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("nature", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(120), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("scheduled_at", UtcTime(), nullable=False),
        sa.Column("place", sa.String(120), nullable=False),
        sa.Column("place_en", sa.String(120), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("needed_days", sa.Integer(), nullable=False),
        sa.Column("late_reason", sa.String(400), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=False),
        sa.Column("published_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("hearing", "version", name="uq_notices_hearing_version"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_notices_hearing"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_notices_court"),
        sa.ForeignKeyConstraint(["published_by"], ["people.id"], name="fk_notices_published_by"),
    )
    op.create_index("ix_notices_scheduled_at", "notices", ["scheduled_at", "id"])
    op.create_table(
        "notice_endings",
        sa.Column("notice", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("ended_at", UtcTime(), nullable=False),
        sa.Column("ended_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("notice", name="pk_notice_endings"),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name="fk_notice_endings_notice"),
        sa.ForeignKeyConstraint(["ended_by"], ["people.id"], name="fk_notice_endings_ended_by"),
    )


def downgrade() -> None:
    """Refuse: who was told of a broadcast is the court's record."""
    raise NotImplementedError
