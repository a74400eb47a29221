"""People as the service knows them [pure]."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from server.accounts.roles import PERMISSIONS, Permission, Role
from server.errors import Forbidden, Invalid

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
_NAME = re.compile(r"[\w.@-]{1,64}")


@dataclass(frozen=True, slots=True)
class Posting:
    """A role at a court; at every court if ``court`` is None.

    ``division``: in this trial division of the court only; None: in all of it. What is asked by
    court and permission does not ask for it; whose step of an approval it is, does (``holds``).
    """

    role: Role
    court: str | None = None
    division: str | None = None


def holds(postings: Iterable[Posting], role: Role, court: str, division: str | None = None) -> bool:
    """Tell whether one of the postings is this very role at the court, and for the division's."""
    return any(
        one.role is role
        and one.court in (None, court)
        and (division is None or one.division in (None, division))
        for one in postings
    )


@dataclass(frozen=True, slots=True)
class HeldPosting:
    """A posting with its time; ``until`` None: held now. The person's id is the same throughout."""

    posting: Posting
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in. ``id`` never changes.

    Whoever must change the password or set up a second factor may do nothing before.
    ``token`` is the id of the API token that was shown, empty for a session; its ``scopes`` narrow
    what it may do, and its court has narrowed the ``postings``.
    """

    id: str
    name: str
    display_name: str
    postings: tuple[Posting, ...]
    must_change_password: bool = False
    must_set_up_factor: bool = False
    scopes: frozenset[Permission] | None = None
    token: str = ""

    def may(self, permission: Permission, court: str | None = None) -> bool:
        """Tell whether the person may do this at the court, or anywhere if none is named."""
        if not self._allows(permission):
            return False
        return any(
            permission in PERMISSIONS[posting.role]
            for posting in self.postings
            if court is None or posting.court is None or posting.court == court
        )

    def _allows(self, permission: Permission) -> bool:
        # Also where a handler is for everybody and shows more to some: nothing until that is done.
        if self.must_change_password or self.must_set_up_factor:
            return False
        return self.scopes is None or permission in self.scopes

    def must(self, permission: Permission, court: str | None = None) -> None:
        """Raise ``Forbidden`` unless the person may do this at the court."""
        if not self.may(permission, court):
            raise Forbidden("Your role at this court does not allow this.")

    def holds(self, role: Role, court: str, division: str | None = None) -> bool:
        """Tell whether the person has this very role at the court, and for what is a division's."""
        return holds(self.postings, role, court, division)

    def courts(self, permission: Permission) -> frozenset[str] | None:
        """Return the courts at which the person may do this; None: all of them."""
        if not self._allows(permission):
            return frozenset()
        where = [one.court for one in self.postings if permission in PERMISSIONS[one.role]]
        return None if None in where else frozenset(court for court in where if court)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff as an administrator sees them; ``left_at``: may not sign in since.

    ``invited_until``: has an invitation that was not used yet, and until when it can be.
    """

    id: str
    name: str
    display_name: str
    postings: tuple[Posting, ...]
    must_change_password: bool
    created_at: datetime
    left_at: datetime | None
    invited_until: datetime | None = None
    has_factor: bool = False

    def presides_at(self, court: str) -> bool:
        """Whether this is a presiding judge of the court who can sign in."""
        return self.left_at is None and holds(self.postings, Role.PRESIDING_JUDGE, court)

    def divisions_at(self, court: str) -> frozenset[str]:
        """Return the divisions in which this judge presides; none where it is the whole court."""
        held = [one for one in self.postings if holds([one], Role.PRESIDING_JUDGE, court)]
        found = frozenset(one.division for one in held if one.division is not None)
        return found if all(one.division for one in held) else frozenset()

    @property
    def is_chief(self) -> bool:
        """Whether this is an administrator of every court who can sign in."""
        return self.left_at is None and Posting(Role.ADMINISTRATOR) in self.postings


@dataclass(frozen=True, slots=True)
class SignInSession:
    """A session as its person sees it. ``device`` in words, ``seen_at`` to some seconds."""

    id: str
    device: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token in use. ``scopes`` None: all that its person may do; ``court`` None: everywhere."""

    id: str
    person: str
    label: str
    scopes: frozenset[Permission] | None
    court: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def narrowed(person: Person, token: ApiToken) -> Person:
    """Return what a token makes of its person: never more, at no other court.

    A token is no password: it goes on while one must be changed, so that whose password is lost
    can be helped with the machine's.
    """
    postings = person.postings
    if token.court is not None:
        here = (None, token.court)
        postings = tuple(replace(one, court=token.court) for one in postings if one.court in here)
    return replace(
        person,
        postings=postings,
        must_change_password=False,
        must_set_up_factor=False,
        scopes=token.scopes,
        token=token.id,
    )


def needs_factor(held: Iterable[Posting], rules: Iterable[Posting]) -> bool:
    """Tell whether a rule asks one of these roles for a second factor.

    Who holds a role at every court holds it where the rule is; a rule for every court is for all.
    """
    asked = set(rules)
    return any(
        one.role is rule.role and (rule.court is None or one.court in (None, rule.court))
        for one in held
        for rule in asked
    )


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
