"""Tables of cases and hearings. ``hearing_changes`` is append-only (triggers see to it)."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint, select

from server.courts.tables import courtrooms
from server.database.metadata import UtcTime, metadata
from server.journal.courts import THING, belongs

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("court", ForeignKey("courts.id"), nullable=False),
    Column("number", String(64), nullable=False),
    Column("cause", String(120), nullable=False),
    Column(
        "nature", String(16), nullable=False, default="other"
    ),  # civil, criminal, administrative, other
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("court", "number"),
)

hearings = Table(
    "hearings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case", ForeignKey("cases.id"), nullable=False, index=True),
    Column("courtroom", ForeignKey("courtrooms.id"), nullable=False),
    Column("title", String(200), nullable=False),
    Column("title_en", String(200), nullable=False),
    Column("scheduled_at", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", String(32), nullable=False),
    Column("cancelled_at", UtcTime),
    Column("judge", String(32)),  # the person who presides
    Column("division", String(32)),  # the trial division whose hearing it is
    Index("ix_hearings_scheduled_at", "scheduled_at"),
    Index("ix_hearings_courtroom_scheduled_at", "courtroom", "scheduled_at"),
)

belongs(
    "hearing",
    select(courtrooms.c.court)
    .join(hearings, hearings.c.courtroom == courtrooms.c.id)
    .where(hearings.c.id == THING),
)

# Hearings that were cancelled or adjourned, as the public is told.
hearing_changes = Table(
    "hearing_changes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # cancelled, adjourned
    Column("reason", String(400), nullable=False),
    Column("was_at", UtcTime, nullable=False),
    Column("now_at", UtcTime),  # NULL: at no other time that is known
    Column("changed_at", UtcTime, nullable=False),
    Column("changed_by", ForeignKey("people.id"), nullable=False),
)
