"""The database: SQLite or PostgreSQL behind one small class."""

from server.database.engine import DATABASE, Database
from server.database.metadata import HIGHEST_INTEGER, UtcTime, metadata

__all__ = ["DATABASE", "HIGHEST_INTEGER", "Database", "UtcTime", "metadata"]
