"""The tables of withdrawals. No row is ever deleted; one that is lifted says so."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from server.database.metadata import UtcTime, metadata

withdrawals = Table(
    "withdrawals",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast", ForeignKey("broadcasts.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("ordered_at", UtcTime, nullable=False),
    Column("ordered_by", ForeignKey("people.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("since", UtcTime),
    Column("until", UtcTime),
    Column("target", String(80), nullable=False),
    Column("mark", String(20), nullable=False),
    Column("done_at", UtcTime),
    Column("restored_at", UtcTime),
    Column("restored_by", ForeignKey("people.id")),
    Column("restored_because", Text, nullable=False),
    Column("together", String(32), index=True),  # the order that took a name from several
    Index("ix_withdrawals_broadcast", "broadcast", "ordered_at"),
)

# A name that is withdrawn from a hearing that had no broadcast: its notices, and whatever is
# published of it later. Of others the name is withdrawn from the broadcast.
hearing_names = Table(
    "hearing_names",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hearing", ForeignKey("hearings.id"), nullable=False, index=True),
    Column("reason", String(32), nullable=False),
    Column("ordered_at", UtcTime, nullable=False),
    Column("ordered_by", ForeignKey("people.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("target", String(80), nullable=False),
    Column("mark", String(20), nullable=False),
    Column("together", String(32), nullable=False, index=True),
    Column("done_at", UtcTime),
    Column("restored_at", UtcTime),
    Column("restored_by", ForeignKey("people.id")),
    Column("restored_because", Text, nullable=False),
)
