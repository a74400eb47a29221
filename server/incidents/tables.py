"""The table of incident forms. Earlier texts of a form stand in the journal."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint

from server.database.metadata import UtcTime, metadata

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast", ForeignKey("broadcasts.id"), nullable=False),
    Column("source", String(80), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("what", Text, nullable=False),
    Column("decided", String(120), nullable=False),
    Column("measures", Text, nullable=False),
    Column("written_by", ForeignKey("people.id"), nullable=False),
    Column("written_at", UtcTime, nullable=False),
    Column("signed_by", ForeignKey("people.id")),
    Column("signed_at", UtcTime),
    UniqueConstraint("broadcast", "source"),
)
