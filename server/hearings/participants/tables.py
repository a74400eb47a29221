"""Tables of participants and their log; both are append-only (triggers see to it)."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from server.database.metadata import UtcTime, metadata

participants = Table(
    "participants",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False, index=True),
    Column("role", String(32), nullable=False),
    Column("name", String(120), nullable=False),
    Column("alias", String(120), nullable=False),
    Column("place", Integer, nullable=False),  # in the order of entering
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", ForeignKey("people.id"), nullable=False),
)

participant_log = Table(
    "participant_log",
    metadata,
    Column("participant", ForeignKey("participants.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # notified, consent, removed
    Column("value", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("note", String(400), nullable=False),
    Column("written_by", ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcTime, nullable=False),
)
