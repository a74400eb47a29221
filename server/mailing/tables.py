"""Where people read, and what they were reminded of."""

from sqlalchemy import Column, ForeignKey, String, Table

from server.database.metadata import UtcTime, metadata

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("address", String(254), nullable=False),
    Column("language", String(8), nullable=False),
    Column("given_at", UtcTime, nullable=False),
    Column("confirmed_at", UtcTime),  # nothing but the link is sent there before
    Column("secret", String(64)),  # digest of what the link has; null once it was followed
)

reminder_mails = Table(  # its key lets one of several servers send it
    "reminder_mails",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("application", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("since", UtcTime, primary_key=True),
    Column("claimed_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),  # sent, or refused for good
)
