"""Incident forms of a broadcast [pure].

法释〔2017〕5号 Art. 4 ¶2: where a failure leaves a recording untrue or incomplete, the operator
explains it in writing, the presiding judge signs, and it is filed with the case (rule B-25).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.errors import Conflict, Forbidden, Invalid
from server.wording import marked

MOST_FORMS = 200  # of a broadcast
LONGEST_TEXT = 4000
LONGEST_NAME = 120
LONGEST_SOURCE = 80


class Kind(StrEnum):
    """What kind of incident it was."""

    CUT = "cut"  # the broadcast was cut by order
    GAP = "gap"  # a camera or microphone gave nothing
    FAULT = "fault"  # the broadcast stood still by a fault
    WRONG_PICTURE = "wrong_picture"  # the public saw or heard what it must not
    UNWATCHED = "unwatched"  # nobody watched over the delay
    OTHER = "other"


KIND_WORDS = {
    Kind.CUT: marked("Broadcast cut"),
    Kind.GAP: marked("Camera or microphone lost"),
    Kind.FAULT: marked("Broadcast interrupted by a fault"),
    Kind.WRONG_PICTURE: marked("Something shown or heard that must not be"),
    Kind.UNWATCHED: marked("Nobody watched over the delay"),
    Kind.OTHER: marked("Something else"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """What is told of an incident; ``until`` None: it lasted a moment, or nobody knows.

    ``what`` happened, who ``decided``, which ``measures`` were taken.
    """

    kind: Kind
    since: datetime
    until: datetime | None
    what: str
    decided: str
    measures: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A form. ``source`` names the order or gap it is about; people are ids."""

    id: str
    broadcast: str
    source: str
    account: Account
    written_by: str
    written_at: datetime
    signed_by: str | None
    signed_at: datetime | None

    @property
    def is_signed(self) -> bool:
        """Whether it is closed, and stays as it is."""
        return self.signed_at is not None

    def must_be_open(self) -> None:
        """Raise ``Conflict`` if nothing of it may change any more."""
        if self.is_signed:
            raise Conflict("This form is signed and stays as it is; write another one.")

    def must_be_signable_by(self, person: str) -> None:
        """Raise ``Conflict`` or ``Forbidden`` unless it may be signed by this person."""
        self.must_be_open()
        if not self.account.measures or not self.account.decided:
            raise Conflict("Who decided and what was done must be filled in before it is signed.")
        if person == self.written_by:
            raise Forbidden("Who wrote the explanation cannot sign it.")


def accepted(account: Account) -> Account:
    """Return an account as it is kept; raises ``Invalid``."""
    told = Account(
        account.kind,
        account.since,
        account.until,
        account.what.strip(),
        account.decided.strip(),
        account.measures.strip(),
    )
    if not told.what:
        raise Invalid("Write what happened.", field="what")
    if told.until is not None and told.until < told.since:
        raise Invalid("It cannot end before it began.", field="until")
    return told
