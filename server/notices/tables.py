"""Tables of public notices; both are append-only (triggers see to it)."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from server.database.metadata import UtcTime, metadata

notices = Table(
    "notices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False),
    Column("court", ForeignKey("courts.id"), nullable=False),
    Column("version", Integer, nullable=False),  # of the hearing's notices, from 1
    Column("nature", String(16), nullable=False),
    Column("cause", String(120), nullable=False),
    Column("parties", JSON, nullable=False),  # role, name
    Column("scheduled_at", UtcTime, nullable=False),
    Column("place", String(120), nullable=False),
    Column("place_en", String(120), nullable=False),
    Column("days", Integer, nullable=False),  # from the day of publication to the hearing's
    Column("needed_days", Integer, nullable=False),  # what the court's policy asked for
    Column("late_reason", String(400), nullable=False),
    Column("published_at", UtcTime, nullable=False),
    Column("published_by", ForeignKey("people.id"), nullable=False),
    UniqueConstraint("hearing", "version"),
    Index("ix_notices_scheduled_at", "scheduled_at", "id"),
)

notice_endings = Table(
    "notice_endings",
    metadata,
    Column("notice", ForeignKey("notices.id"), primary_key=True),
    Column("kind", String(16), nullable=False),  # replaced, withdrawn
    Column("reason", String(400), nullable=False),
    Column("ended_at", UtcTime, nullable=False),
    Column("ended_by", ForeignKey("people.id"), nullable=False),
)
