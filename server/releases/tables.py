"""The table of decisions about replays; none is ever changed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from server.database.metadata import UtcTime, metadata

decisions = Table(
    "replay_decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast", ForeignKey("broadcasts.id"), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("remark", Text, nullable=False),
    Column("until", UtcTime),
    Column("at", UtcTime, nullable=False),
    Column("by", ForeignKey("people.id"), nullable=False),
    Index("ix_replay_decisions_broadcast", "broadcast", "at"),
)
