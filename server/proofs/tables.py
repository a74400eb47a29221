"""Tables of daily roots. All of them are append-only (triggers see to it)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from server.database.metadata import UtcTime, metadata

proof_entries = Table(
    "proof_entries",
    metadata,
    Column("court", ForeignKey("courts.id"), primary_key=True),
    Column("day", String(10), primary_key=True),  # by the court's calendar
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # sealed, copy
    Column("broadcast", ForeignKey("broadcasts.id"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("statement", Text, nullable=False),
    Column("entered_at", UtcTime, nullable=False),
    Index("ix_proof_entries_broadcast", "broadcast"),
)

daily_roots = Table(
    "daily_roots",
    metadata,
    Column("court", ForeignKey("courts.id"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("signed", Text, nullable=False),
)

court_keys = Table(
    "court_keys",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("pem", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)
