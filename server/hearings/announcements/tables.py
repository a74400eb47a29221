"""The log of announcements in court; append-only (triggers see to it)."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table

from server.database.metadata import UtcTime, metadata

court_announcements = Table(
    "court_announcements",
    metadata,
    Column("hearing", ForeignKey("hearings.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("speaker", String(16), nullable=False),  # "": what was before is taken back
    Column("judge", String(32)),  # the person who presided then
    Column("at", UtcTime, nullable=False),
    Column("note", String(400), nullable=False),
    Column("written_by", ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcTime, nullable=False),
)
