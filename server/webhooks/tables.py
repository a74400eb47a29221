"""Tables of webhooks: endpoints, what happened, its deliveries, and how far was read."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from server.database.metadata import UtcTime, metadata

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("partner_id", ForeignKey("partners.id"), nullable=False, index=True),
    Column("url", String(500), nullable=False),
    Column("kinds", Text, nullable=False),  # separated by blanks
    Column("secret", String(200), nullable=False),  # sealed with the server's own
    Column("previous_secret", String(200)),
    Column("previous_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    Column("disabled_why", String(16)),
    Column("failing_since", UtcTime),
    Column("dropped", Integer, nullable=False),
)

events = Table(
    "webhook_events",
    metadata,
    Column("sequence", Integer, primary_key=True),  # receivers put messages in order by it
    Column("id", String(32), nullable=False, unique=True),
    Column("source", String(120), nullable=False, unique=True),  # what happened is told once
    Column("kind", String(40), nullable=False),
    Column("broadcast", String(32), nullable=False),
    Column("court", String(32), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("data", JSON, nullable=False),  # ids, times and classes: no text of anybody's
    sqlite_autoincrement=True,  # a number is never given again
)

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("event", ForeignKey("webhook_events.sequence"), primary_key=True, autoincrement=False),
    Column("endpoint", ForeignKey("webhook_endpoints.id"), primary_key=True),
    Column("lane", String(32), nullable=False),  # what must be told in order
    Column("is_urgent", Boolean, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", UtcTime),
    Column("last_at", UtcTime),
    Column("last_status", Integer),
    Column("last_problem", String(16), nullable=False),
    Column("took_ms", Integer),
    Index("ix_webhook_deliveries_lane", "standing", "endpoint", "lane", "event"),
)

# One row: how far the journal was read, and which server does it.
progress = Table(
    "webhook_progress",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("journal", BigInteger, nullable=False),
    Column("holder", String(32), nullable=False),
    Column("held_until", UtcTime),
)

# What was told last of each broadcast on the air.
air = Table(
    "webhook_air",
    metadata,
    Column("broadcast", String(32), primary_key=True),
    Column("state", String(16), nullable=False),
)
