"""Tables of people and what they sign in with."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Table

from server.database.metadata import UtcTime, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("password", String(200)),  # argon2id, with its parameters
    Column("must_change_password", Boolean, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

postings = Table(
    "postings",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("court", String(32)),  # empty: every court
    Column("role", String(32), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the cookie
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_sessions_expires_at", "expires_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("label", String(120), nullable=False),
    Column("scopes", JSON),  # list of permissions; empty: all that the person may do
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),
    Column("revoked_at", UtcTime),
)
