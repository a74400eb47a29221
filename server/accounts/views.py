"""How roles, sessions and tokens are told over HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel

from server.accounts.model import ApiToken, Posting, SignInSession


class HeldRole(BaseModel):
    """A role at a court, or at every court; in one trial division of it where one is named."""

    role: str
    court: str | None
    division: str | None = None


class SessionShown(BaseModel):
    """An open session. ``device`` in words, empty if unknown; ``is_this``: the reader's own."""

    id: str
    device: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    is_this: bool


class TokenShown(BaseModel):
    """An API token in use. ``scopes`` null: all that its person may do."""

    id: str
    label: str
    scopes: list[str] | None
    court: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def held(postings: Iterable[Posting]) -> list[HeldRole]:
    """Return roles as they are told."""
    return [
        HeldRole(role=one.role.value, court=one.court, division=one.division) for one in postings
    ]


def session_shown(session: SignInSession) -> SessionShown:
    """Return a session as it is told."""
    return SessionShown.model_validate(session, from_attributes=True)


def token_shown(token: ApiToken) -> TokenShown:
    """Return a token as it is told, never with what it is shown as."""
    return TokenShown(
        id=token.id,
        label=token.label,
        scopes=None if token.scopes is None else sorted(token.scopes),
        court=token.court,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )
