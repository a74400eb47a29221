"""Tables of approvals. What is signed, refused or confirmed is append-only (triggers see to it)."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    select,
)

from server.database.metadata import UtcTime, metadata
from server.journal.courts import THING, belongs

court_policies = Table(
    "court_policies",
    metadata,
    Column("court", ForeignKey("courts.id"), primary_key=True),
    Column("policy", String(40), nullable=False),
    Column("delay_ms", Integer),  # what the court chose above the policy's least
    Column("courtrooms", JSON(none_as_null=True)),  # where it holds; null: in all of the court
    Column("chosen_at", UtcTime, nullable=False),
    Column("chosen_by", String(32), nullable=False),
)

# The newest of a court counts: to end a pilot is to add a row whose end is now.
court_pilots = Table(
    "court_pilots",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("court", ForeignKey("courts.id"), nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("reason", String(400), nullable=False),
    Column("ordered_by", ForeignKey("people.id"), nullable=False),
    Column("ordered_at", UtcTime, nullable=False),
    UniqueConstraint("court", "ordered_at"),
    # 92 days to the end of a day, and a clock that was put back.
    CheckConstraint("ends_at - ordered_at <= 8035200000000", name="bounded"),
)

# Rule files as they were when a broadcast first began under them: old broadcasts go by these.
policy_texts = Table(
    "policy_texts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("kept_at", UtcTime, nullable=False),
)

applications = Table(
    "applications",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False),
    Column("court", ForeignKey("courts.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),  # broadcast, no_broadcast
    Column("applicant", ForeignKey("people.id"), nullable=False),
    Column("media", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("answers", JSON, nullable=False),  # by code: answer, note
    Column("reasons", JSON, nullable=False),  # by code: the presiding judge's text, id, time
    Column("version", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("ended_because", String(200), nullable=False),
    UniqueConstraint("id", "applicant"),
    Index("ix_applications_court", "court", "state"),
    Index("ix_applications_hearing", "hearing"),
)
# One case, one approval: a hearing has at most one application that may still be agreed, or is.
_OPEN = applications.c.state.in_(("draft", "submitted", "returned", "agreed"))
Index(
    "uq_applications_open",
    applications.c.hearing,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

submissions = Table(
    "submissions",
    metadata,
    Column("application", ForeignKey("applications.id"), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("text", Text, nullable=False),  # canonical JSON
    Column("digest", String(64), nullable=False),
    Column("submitted_at", UtcTime, nullable=False),
)

approval_steps = Table(
    "approval_steps",
    metadata,
    Column("application", String(32), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("role", String(32), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("opinion", Text, nullable=False),
    Column("applicant", String(32), nullable=False),
    Column("signer", ForeignKey("people.id"), nullable=False),
    Column("signed_at", UtcTime, nullable=False),
    Column("waiting_since", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("digest", String(64), nullable=False),
    # Separation of duty (rule B-45) holds in the database, too.
    UniqueConstraint("application", "round", "signer"),
    CheckConstraint("signer <> applicant", name="duty"),
    ForeignKeyConstraint(
        ["application", "applicant"], ["applications.id", "applications.applicant"]
    ),
    ForeignKeyConstraint(
        ["application", "round"], ["submissions.application", "submissions.round"]
    ),
)

approval_attachments = Table(
    "approval_attachments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("application", ForeignKey("applications.id"), nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("name", String(120), nullable=False),
    Column("media", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("attached_by", ForeignKey("people.id"), nullable=False),
    Column("attached_at", UtcTime, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False, index=True),
    Column("application", ForeignKey("applications.id"), nullable=False, unique=True),
    Column("codes", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_by", ForeignKey("people.id"), nullable=False),
    Column("decided_at", UtcTime, nullable=False),
)

approval_conditions = Table(
    "approval_conditions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("application", ForeignKey("applications.id"), nullable=False, index=True),
    Column("code", String(16), nullable=False),
    Column("is_override", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("confirmed_by", ForeignKey("people.id"), nullable=False),
    Column("confirmed_at", UtcTime, nullable=False),
)

belongs("application", select(applications.c.court).where(applications.c.id == THING))
