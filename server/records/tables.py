"""The table of retention policies."""

from sqlalchemy import Column, ForeignKey, Integer, Table

from server.database.metadata import metadata

retention = Table(
    "retention",
    metadata,
    Column("court", ForeignKey("courts.id"), primary_key=True),
    Column("days", Integer, nullable=False),
)
