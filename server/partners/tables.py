"""Tables of the media partners."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text, UniqueConstraint, select

from server.database.metadata import UtcTime, metadata
from server.journal.courts import THING, belongs

partners = Table(
    "partners",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("contact", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("terms_version", String(32), nullable=False),
    Column("terms_accepted_at", UtcTime),
    Column("suspended_at", UtcTime),
    Column("court", String(32)),  # whose broadcasts its keys open; empty: every court's
    UniqueConstraint("court", "name"),
)

keys = Table(
    "partner_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("partner_id", ForeignKey("partners.id"), nullable=False, index=True),
    Column("label", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),  # separated by blanks
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("last_used_at", UtcTime),
    Column("revoked_at", UtcTime),
)

belongs("partner", select(partners.c.court).where(partners.c.id == THING))
