"""The table of complaints."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from server.database.metadata import UtcTime, metadata

complaints = Table(
    "complaints",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast", ForeignKey("broadcasts.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("contact", String(120), nullable=False),
    Column("moment", UtcTime),
    Column("received_at", UtcTime, nullable=False),
    Column("outcome", String(16)),
    Column("remark", Text, nullable=False),
    Column("closed_at", UtcTime),
    Column("closed_by", ForeignKey("people.id")),
    Index("ix_complaints_closed_at", "closed_at", "received_at"),
    Index("ix_complaints_broadcast", "broadcast"),
)
