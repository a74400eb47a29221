"""The table of sites that may embed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, UniqueConstraint

from server.database.metadata import UtcTime, metadata

embed_origins = Table(
    "embed_origins",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("partner_id", ForeignKey("partners.id"), nullable=False),
    Column("origin", String(200), nullable=False),
    Column("added_at", UtcTime, nullable=False),
    UniqueConstraint("partner_id", "origin"),
)
