"""Media partners and their keys as values, and what makes a key good [pure]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

KEY_MARK: Final = "tbp_"
TERMS_VERSION: Final = "2026-11"
_KEY_FORM = re.compile(r"tbp_([0-9a-z]{12})_([A-Za-z0-9_-]{40,64})")


class Scope(StrEnum):
    """What a key opens."""

    READ = "broadcasts.read"
    PULL = "media.pull"


ALL_SCOPES: Final = frozenset(Scope)


class Refusal(StrEnum):
    """Why a key does not open something; stable codes."""

    REVOKED = "key-revoked"
    EXPIRED = "key-expired"
    SUSPENDED = "partner-suspended"
    TERMS = "terms-not-accepted"
    SCOPE = "scope-missing"
    COURT = "other-court"


@dataclass(frozen=True, slots=True)
class Partner:
    """A media organisation that may take the public stream.

    ``court``: whose broadcasts its keys open, for good; None: those of every court.
    """

    id: str
    name: str
    contact: str
    created_at: datetime
    terms_version: str
    terms_accepted_at: datetime | None
    suspended_at: datetime | None
    court: str | None = None

    def opens(self, court: str | None) -> bool:
        """Tell whether its keys open things of a court; None: of no court in particular."""
        return self.court is None or court in (None, self.court)

    @property
    def has_accepted_terms(self) -> bool:
        """Whether the terms that hold now were accepted."""
        return self.terms_accepted_at is not None and self.terms_version == TERMS_VERSION


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """One key of a partner; the secret itself is known to the partner only."""

    id: str
    partner_id: str
    label: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @property
    def prefix(self) -> str:
        """What is shown of the key, enough to recognise it."""
        return f"{KEY_MARK}{self.id}"


def key_text(key_id: str, secret: str) -> str:
    """Return the key as the partner gets it, once."""
    return f"{KEY_MARK}{key_id}_{secret}"


def parse_key(text: str) -> tuple[str, str] | None:
    """Return the identifier and secret of a key's text, or None if it is not one."""
    found = _KEY_FORM.fullmatch(text)
    return (found[1], found[2]) if found else None


def refusal(
    partner: Partner, key: PartnerKey, scope: Scope, at: datetime, court: str | None = None
) -> Refusal | None:
    """Return why the key does not open the scope now at the court, or None if it does."""
    reasons = (
        (key.revoked_at is not None, Refusal.REVOKED),
        (key.expires_at is not None and key.expires_at <= at, Refusal.EXPIRED),
        (partner.suspended_at is not None, Refusal.SUSPENDED),
        (not partner.has_accepted_terms, Refusal.TERMS),
        (scope not in key.scopes, Refusal.SCOPE),
        (not partner.opens(court), Refusal.COURT),
    )
    return next((reason for holds, reason in reasons if holds), None)
