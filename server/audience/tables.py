"""Tables of the count. Times are Unix microseconds, as the counting needs them.

Visits and their spans are the rows that everything can be recounted from; minutes and totals are
counters that change in the same transaction as the rows.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table

from server.database.metadata import metadata

visits = Table(
    "audience_visits",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast_id", ForeignKey("broadcasts.id"), nullable=False),
    Column("medium", String(16), nullable=False),
    Column("viewer", String(16), nullable=False),  # keyed hash of one day and one broadcast
    Column("started_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger, nullable=False),
    Column("watched_us", BigInteger, nullable=False),
    Index("ix_audience_visits_viewer", "broadcast_id", "medium", "viewer", "ended_us"),
    Index("ix_audience_visits_ended", "broadcast_id", "ended_us"),
)

spans = Table(
    "audience_spans",
    metadata,
    Column("visit_id", ForeignKey("audience_visits.id", ondelete="CASCADE"), primary_key=True),
    Column("start_us", BigInteger, primary_key=True, autoincrement=False),
    Column("end_us", BigInteger, nullable=False),
)

minutes = Table(
    "audience_minutes",
    metadata,
    Column("broadcast_id", ForeignKey("broadcasts.id"), primary_key=True),
    Column("medium", String(16), primary_key=True),
    Column("minute", Integer, primary_key=True, autoincrement=False),  # since 1970
    Column("visits", Integer, nullable=False),
)

# By month of the court's calendar (year * 100 + month).
totals = Table(
    "audience_totals",
    metadata,
    Column("broadcast_id", ForeignKey("broadcasts.id"), primary_key=True),
    Column("medium", String(16), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("visits", Integer, nullable=False),
    Column("watched_us", BigInteger, nullable=False),
    Column("peak", Integer, nullable=False),
)
