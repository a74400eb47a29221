"""Tables of people and what they sign in with."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    func,
    select,
)

from server.database.metadata import UtcTime, metadata
from server.journal.courts import THING, belongs

people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("display_name", String(120), nullable=False),
    Column("password", String(200)),  # argon2id, with its parameters; empty: none was chosen yet
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
    Column("division", String(32)),  # empty: all of the court
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
    Column("device", String(64), nullable=False, server_default=""),  # in words
    Column("seen_at", UtcTime),  # to some seconds
    # Opened because a provider of identities vouched: digest of its session there, "" of one that
    # it did not name. Empty: by password.
    Column("provider_session", String(64)),
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
    Column("court", String(32)),  # empty: every court of the person
    Column("used_at", UtcTime),  # to some seconds
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("secret", String(200), nullable=False),  # encrypted (server.signing)
    Column("made_at", UtcTime, nullable=False),
    Column("confirmed_at", UtcTime),  # empty: no code of it was shown yet
    Column("last_step", BigInteger, nullable=False),  # of the newest code that was taken
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("person", ForeignKey("people.id"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("used_at", UtcTime),
)

second_factor_rules = Table(  # who holds such a role needs a second factor
    "second_factor_rules",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("role", String(32), nullable=False),
    Column("court", String(32)),  # empty: at every court
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of what the link carries
    Column("person", ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),  # used, or replaced by another
)

# Of somebody who was ever posted at one court only; else of no single one.
belongs(
    "person",
    select(postings.c.court)
    .distinct()
    .where(postings.c.person == THING)
    .where(
        select(func.count(func.distinct(func.coalesce(postings.c.court, ""))))
        .where(postings.c.person == THING)
        .scalar_subquery()
        == 1
    ),
)
