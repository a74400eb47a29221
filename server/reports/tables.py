"""Tables of the report. Texts that were replaced stay in ``report_revisions``."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from server.database.metadata import UtcTime, metadata

posts = Table(
    "report_posts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("broadcast_id", ForeignKey("broadcasts.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("client_key", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("speaker", String(60), nullable=False),
    Column("phase", String(32)),
    Column("body", Text, nullable=False),
    Column("court_time", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("public_at", UtcTime),
    Column("state", String(16), nullable=False),
    Column("author_id", ForeignKey("people.id"), nullable=False),
    UniqueConstraint("broadcast_id", "number"),
    UniqueConstraint("broadcast_id", "client_key"),
)

revisions = Table(
    "report_revisions",
    metadata,
    Column("post_id", ForeignKey("report_posts.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("role", String(32), nullable=False),
    Column("speaker", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by_id", ForeignKey("people.id"), nullable=False),
)

# What readers are told, in the order in which it becomes public.
events = Table(
    "report_events",
    metadata,
    Column("broadcast_id", ForeignKey("broadcasts.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("post_id", ForeignKey("report_posts.id"), nullable=False),
    Column("public_at", UtcTime),
    Index("ix_report_events_public", "broadcast_id", "public_at"),
)

photos = Table(
    "report_photos",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("broadcast_id", ForeignKey("broadcasts.id"), nullable=False),
    Column("post_id", ForeignKey("report_posts.id"), index=True),
    Column("place", Integer, nullable=False),
    Column("alt", String(500), nullable=False),
    Column("caption", String(500), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("uploaded_at", UtcTime, nullable=False),
    Column("by_id", ForeignKey("people.id"), nullable=False),
)
