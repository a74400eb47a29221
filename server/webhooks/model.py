"""Endpoints, what they are told and how a delivery stands, as values [pure].

A message says what happened, when, to which broadcast, and where to read on: identifiers,
addresses, times and classes of reasons. It has no title, name or text, so that nothing in a queue,
a log or a partner's store has to be withdrawn later; what is public of a broadcast is asked for at
``api``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from server.partners.model import Partner
from server.wording import marked

MOST_ENDPOINTS: Final = 10  # of a partner
MOST_WAITING: Final = 10_000  # messages of an endpoint; withdrawals have as many places again
OVERLAP: Final = timedelta(hours=24)  # both secrets sign after a new one was made
KEPT: Final = timedelta(days=30)  # what was delivered or given up stays in the list


class Kind(StrEnum):
    """What a partner can be told; stable names."""

    ANNOUNCED = "broadcast.announced"
    UNANNOUNCED = "broadcast.unannounced"
    MOVED = "broadcast.moved"
    ADJOURNED = "broadcast.adjourned"
    CANCELLED = "broadcast.cancelled"
    LIVE = "broadcast.live"
    RECESS = "broadcast.recess"
    CLOSED = "broadcast.closed"
    INTERRUPTED = "broadcast.interrupted"
    RESUMED = "broadcast.resumed"
    ENDED = "broadcast.ended"
    RELEASED = "replay.released"
    EXPIRED = "replay.expired"
    CORRECTED = "report.corrected"
    WITHDRAWN = "content.withdrawn"
    RESTORED = "content.restored"
    TEST = "webhook.test"


CHOICES: Final = tuple(kind for kind in Kind if kind is not Kind.TEST)
# These go ahead of all others, are not given up for a month, and go to suspended partners, too.
URGENT: Final = frozenset({Kind.WITHDRAWN, Kind.RESTORED})
KIND_WORDS: Final[dict[Kind, str]] = {
    Kind.ANNOUNCED: marked("announced"),
    Kind.UNANNOUNCED: marked("notice withdrawn"),
    Kind.MOVED: marked("another time or courtroom"),
    Kind.ADJOURNED: marked("adjourned"),
    Kind.CANCELLED: marked("cancelled"),
    Kind.LIVE: marked("on the air"),
    Kind.RECESS: marked("in recess"),
    Kind.CLOSED: marked("not public for a while"),
    Kind.INTERRUPTED: marked("interrupted"),
    Kind.RESUMED: marked("on the air again"),
    Kind.ENDED: marked("ended"),
    Kind.RELEASED: marked("replay public"),
    Kind.EXPIRED: marked("replay no longer public"),
    Kind.CORRECTED: marked("report corrected"),
    Kind.WITHDRAWN: marked("something withdrawn"),
    Kind.RESTORED: marked("withdrawal lifted"),
    Kind.TEST: marked("test"),
}

Off = Literal["by_hand", "gone", "failing"]
"""Why an endpoint is not told: a person said so, it answered 410, it failed for days."""

Standing = Literal["waiting", "delivered", "failed", "superseded"]
"""``superseded``: the whole broadcast was withdrawn before it could be told."""

Problem = Literal["", "status", "timeout", "connection", "tls", "address", "secret"]
"""Why an attempt failed; ``status``: by what was answered."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of a partner's that is told of broadcasts.

    ``failing_since``: since when no attempt has succeeded; ``dropped``: for want of room.
    """

    id: str
    partner: str
    url: str
    kinds: frozenset[Kind]
    created_at: datetime
    disabled_at: datetime | None = None
    disabled_why: Off | None = None
    failing_since: datetime | None = None
    previous_until: datetime | None = None
    dropped: int = 0

    @property
    def is_in_trouble(self) -> bool:
        """Whether somebody should look at it."""
        return self.failing_since is not None or self.disabled_why in ("gone", "failing")

    @property
    def shown_url(self) -> str:
        """The address without its query, where some receivers expect a password."""
        before, mark, _ = self.url.partition("?")
        return f"{before}?…" if mark else before


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, once for all endpoints. ``source`` names its cause, once for all.

    ``court`` empty: of no court. ``broadcast`` empty: a test.
    """

    source: str
    kind: Kind
    broadcast: str
    court: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    sequence: int = 0

    @property
    def is_urgent(self) -> bool:
        """Whether it must be told by all means."""
        return self.kind in URGENT

    @property
    def goes_ahead(self) -> bool:
        """Whether it goes by the urgent way; a test does, so that its answer comes soon."""
        return self.is_urgent or self.kind is Kind.TEST

    @property
    def lane(self) -> str:
        """What must be told in order: all of a broadcast, or what became of one withdrawal."""
        if self.kind is Kind.TEST:
            return self.id
        return str(self.data["withdrawal"]) if self.is_urgent else self.broadcast


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event on its way to an endpoint, and how the last attempt went."""

    event: Event
    endpoint: str
    standing: Standing
    attempts: int
    next_at: datetime | None
    last_at: datetime | None = None
    last_status: int | None = None
    last_problem: Problem = ""
    took_ms: int | None = None


def body_of(event: Event, base: str) -> bytes:
    """Return what is sent of an event; ``base`` is the service's public address.

    The same bytes at each attempt.
    """
    data: dict[str, Any] = {"sequence": event.sequence}
    if event.broadcast:
        data |= {
            "broadcast": event.broadcast,
            "court": event.court,
            "page": f"{base}/broadcasts/{event.broadcast}",
            "api": f"{base}/api/v1/broadcasts/{event.broadcast}",
        }
    told = {
        "type": event.kind.value,
        "timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data | dict(event.data),
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def is_told(endpoint: Endpoint, partner: Partner, event: Event) -> bool:
    """Tell whether an event is put in line for an endpoint.

    Withdrawals wait for one that is switched off, too: what its partner holds must go.
    """
    if event.kind not in endpoint.kinds or not partner.opens(event.court or None):
        return False
    is_open = partner.suspended_at is None and partner.has_accepted_terms
    return event.is_urgent or (endpoint.disabled_at is None and is_open)
