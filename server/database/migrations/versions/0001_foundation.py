"""People, courts, hearings, broadcasts and the journal."""

import sqlalchemy as sa
from alembic import op

from server.database.metadata import UtcTime

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _courts()
    _hearings()
    _journal()


def _accounts() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("display_name", sa.String(120), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("disabled_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint("name", name="uq_people_name"),
    )
    op.create_table(
        "postings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32)),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_postings"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_postings_person"),
    )
    op.create_index("ix_postings_person", "postings", ["person"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("digest", name="uq_sessions_digest"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_sessions_person"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("scopes", sa.JSON()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_api_tokens_person"),
    )
    op.create_index("ix_api_tokens_person", "api_tokens", ["person"])


def _courts() -> None:
    op.create_table(
        "courts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("case_number_style", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_courts"),
        sa.UniqueConstraint("name", name="uq_courts_name"),
    )
    op.create_table(
        "courtrooms",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_courtrooms"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_courtrooms_court"),
    )
    op.create_index("ix_courtrooms_court", "courtrooms", ["court"])
    op.create_table(
        "cameras",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("courtroom", sa.String(32), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("microphone", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("removed_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_cameras"),
        sa.ForeignKeyConstraint(["courtroom"], ["courtrooms.id"], name="fk_cameras_courtroom"),
    )
    op.create_index("ix_cameras_courtroom", "cameras", ["courtroom"])


def _hearings() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("court", sa.String(32), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(120), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("court", "number", name="uq_cases_court_number"),
        sa.ForeignKeyConstraint(["court"], ["courts.id"], name="fk_cases_court"),
    )
    op.create_table(
        "hearings",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case", sa.String(32), nullable=False),
        sa.Column("courtroom", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_en", sa.String(200), nullable=False),
        sa.Column("scheduled_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.Column("cancelled_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_hearings"),
        sa.ForeignKeyConstraint(["case"], ["cases.id"], name="fk_hearings_case"),
        sa.ForeignKeyConstraint(["courtroom"], ["courtrooms.id"], name="fk_hearings_courtroom"),
    )
    op.create_index("ix_hearings_case", "hearings", ["case"])
    op.create_index("ix_hearings_scheduled_at", "hearings", ["scheduled_at"])
    op.create_table(
        "broadcasts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("hearing", sa.String(32), nullable=False),
        sa.Column("has_video", sa.Boolean(), nullable=False),
        sa.Column("has_report", sa.Boolean(), nullable=False),
        sa.Column("delay_ms", sa.Integer(), nullable=False),
        sa.Column("layout", sa.String(32), nullable=False),
        sa.Column("cameras", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("replay", sa.String(16), nullable=False),
        sa.Column("started_at", UtcTime()),
        sa.Column("ended_at", UtcTime()),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcasts"),
        sa.UniqueConstraint("hearing", name="uq_broadcasts_hearing"),
        sa.ForeignKeyConstraint(["hearing"], ["hearings.id"], name="fk_broadcasts_hearing"),
    )
    op.create_index("ix_broadcasts_state", "broadcasts", ["state"])
    op.create_index("ix_broadcasts_started_at", "broadcasts", ["started_at"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(32), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object", sa.String(120), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("source", sa.String(160), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_journal"),
        sa.UniqueConstraint("source", name="uq_journal_source"),
    )
    op.create_index("ix_journal_object", "journal", ["object", "sequence"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION journal_stays() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER journal_stays BEFORE UPDATE OR DELETE ON journal "
            "FOR EACH ROW EXECUTE FUNCTION journal_stays()"
        )
        op.execute(
            "CREATE TRIGGER journal_is_not_emptied BEFORE TRUNCATE ON journal "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_stays()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER journal_no_{deed.lower()} BEFORE {deed} ON journal "
            "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
        )


def downgrade() -> None:
    """Refuse: what lies in these tables is the court's record."""
    raise NotImplementedError
