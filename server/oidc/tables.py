"""Who is whom at the provider."""

from sqlalchemy import Column, ForeignKey, String, Table, UniqueConstraint

from server.database.metadata import UtcTime, metadata

provider_accounts = Table(
    "provider_accounts",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255)),  # empty: the first sign-in under the person's name tells it
    Column("expected_until", UtcTime),  # that first sign-in
    Column("made_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    UniqueConstraint("issuer", "subject"),
)

provider_logouts = Table(  # for as long as a token, or a sign-in that was begun before, is good
    "provider_logouts",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("token", String(64), primary_key=True),  # digest of its name: it is taken once
    Column("subject", String(255), nullable=False),
    Column("session", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
)
