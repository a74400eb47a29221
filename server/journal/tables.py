"""The journal's table; the migration adds triggers that refuse any change of an entry."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from server.database.metadata import metadata

journal = Table(
    "journal",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("at_us", BigInteger, nullable=False),
    Column("person", String(32), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(120), nullable=False),
    Column("details", Text, nullable=False),
    Column("source", String(160), nullable=False, unique=True),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    # At which it was done; empty: at none, at several, or before entries told it.
    Column("court", String(32), nullable=False, server_default=""),
    Index("ix_journal_object", "object", "sequence"),
    Index("ix_journal_court", "court", "sequence"),
)
