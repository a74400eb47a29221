"""Mailboxes, and what people are reminded of there [pure]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from server.errors import Invalid
from server.mail_address import is_address
from server.translation import LANGUAGES, Language

# A letter is tried four times within a quarter of an hour. Whatever still waits an hour after that
# is claimed anew.
CONFIRMED_WITHIN: Final = timedelta(hours=24)
WAITS_S: Final = (30.0, 120.0, 480.0)
MOST_WAITING: Final = 500
Tls = Literal["starttls", "implicit", "none"]


class NotDelivered(Exception):
    """A letter did not get through; ``why`` names the kind of the problem, and no person."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Later(NotDelivered):
    """It can be tried again."""


class Refused(NotDelivered):
    """It will never be taken: no such mailbox, or not from us."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a person reads, and in which language.

    ``is_confirmed``: they have followed a link that was sent there; nothing else is sent before.
    """

    person: str
    address: str = field(repr=False)
    language: Language
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a person is reminded of once: an application, as what, and since when it waits."""

    application: str
    kind: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """That something waits. ``occasions`` are kept here and are not in the letter.

    With a ``link`` it is the question whether this address is the reader's, and nothing else.
    """

    to: Mailbox
    occasions: tuple[Occasion, ...]
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters go. ``name`` is who we say we are; without ``user`` nobody signs in."""

    host: str
    port: int
    tls: Tls
    sender: str
    name: str
    user: str = ""
    password: str = field(default="", repr=False)


def mailbox(person: str, address: str, language: str, *, is_confirmed: bool = False) -> Mailbox:
    """Return a mailbox; raises ``Invalid`` for what is no address."""
    if not is_address(address):
        raise Invalid("This is not a mail address.", field="address")
    for known in LANGUAGES:
        if known == language:
            return Mailbox(person, address, known, is_confirmed)
    raise Invalid("This is none of the choices.", field="language")
