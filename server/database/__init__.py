"""The database: SQLite or PostgreSQL behind one small class."""

from server.database.engine import DATABASE, Database
from server.database.metadata import UtcTime, metadata

__all__ = ["DATABASE", "Database", "UtcTime", "metadata"]
