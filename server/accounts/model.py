"""People as the service knows them [pure]."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.accounts.roles import PERMISSIONS, Permission, Role
from server.errors import Forbidden, Invalid

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_NAME = re.compile(r"[\w.@-]{1,64}")


@dataclass(frozen=True, slots=True)
class Posting:
    """A role at a court; at every court if ``court`` is None."""

    role: Role
    court: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. ``id`` never changes; ``scopes`` narrow what a token may do."""

    id: str
    name: str
    display_name: str
    postings: tuple[Posting, ...]
    must_change_password: bool = False
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission, court: str | None = None) -> bool:
        """Tell whether the person may do this at the court, or anywhere if none is named."""
        if self.scopes is not None and permission not in self.scopes:
            return False
        return any(
            permission in PERMISSIONS[posting.role]
            for posting in self.postings
            if court is None or posting.court is None or posting.court == court
        )

    def must(self, permission: Permission, court: str | None = None) -> None:
        """Raise ``Forbidden`` unless the person may do this at the court."""
        if not self.may(permission, court):
            raise Forbidden("Your role at this court does not allow this.")

    def holds(self, role: Role, court: str) -> bool:
        """Tell whether the person has this very role at the court."""
        return any(one.role is role and one.court in (None, court) for one in self.postings)

    def courts(self, permission: Permission) -> frozenset[str] | None:
        """Return the courts at which the person may do this; None: all of them."""
        if self.scopes is not None and permission not in self.scopes:
            return frozenset()
        where = [one.court for one in self.postings if permission in PERMISSIONS[one.role]]
        return None if None in where else frozenset(court for court in where if court)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff as an administrator sees them; ``left_at``: may not sign in since."""

    id: str
    name: str
    display_name: str
    postings: tuple[Posting, ...]
    must_change_password: bool
    created_at: datetime
    left_at: datetime | None

    @property
    def is_chief(self) -> bool:
        """Whether this is an administrator of every court who can sign in."""
        return self.left_at is None and Posting(Role.ADMINISTRATOR) in self.postings


def must_administer(by: Person, postings: Iterable[Posting]) -> None:
    """Raise ``Forbidden`` unless ``by`` looks after all of these roles.

    Who administers one court gives and takes roles at that court only; a role at every court is
    in the hands of those who administer every court.
    """
    mine = by.courts(Permission.ADMINISTER)
    if mine is not None and any(one.court is None or one.court not in mine for one in postings):
        raise Forbidden("Your role at this court does not allow this.")


def sign_in_name(text: str) -> str:
    """Return the name as it is stored and compared; raises ``Invalid``."""
    name = text.strip().casefold()
    if not _NAME.fullmatch(name):
        raise Invalid("A name has letters, digits, dots and hyphens only.", field="name")
    return name


def accept_password(password: str, name: str) -> None:
    """Raise ``Invalid`` if this cannot be a password (NIST SP 800-63B §5.1.1.2: length counts)."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            "A password has %(least)s to %(most)s characters.",
            field="password",
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    if name in password.casefold() or len(set(password)) < 5:  # noqa: PLR2004
        raise Invalid("This password is too easy to guess.", field="password")
