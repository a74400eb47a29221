"""What the API takes and shows of webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from server.bodies import Body
from server.database import HIGHEST_INTEGER
from server.destinations import LONGEST
from server.webhooks.model import CHOICES, Delivery, Endpoint, Kind, Off, Problem, Standing

_Url = Annotated[str, Field(min_length=1, max_length=LONGEST)]
_Kinds = Annotated[tuple[Kind, ...], Field(min_length=1, max_length=len(Kind))]


class NewWebhook(Body):
    """An endpoint to be told: its https address, and of what; without ``events`` of everything."""

    url: _Url
    events: _Kinds = CHOICES


class WebhookChange(Body):
    """What can be changed; what is left out stays."""

    url: _Url | None = None
    events: _Kinds | None = None
    enabled: bool | None = None


class Before(Body):
    """Which page of a list: what came before this ``sequence``."""

    before: Annotated[int, Field(ge=1, le=HIGHEST_INTEGER)] | None = None


class WebhookShown(BaseModel):
    """An endpoint; of its address without the query.

    ``disabled_why``: ``by_hand``; ``gone``, it answered 410; ``failing``, for three days.
    ``failing_since``: no attempt has succeeded since then. ``previous_secret_until``: until then
    messages are signed with the secret before, too. ``dropped``: messages for which there was no
    room.
    """

    id: str
    partner: str
    url: str
    events: list[Kind]
    created_at: datetime
    enabled: bool
    disabled_at: datetime | None
    disabled_why: Off | None
    failing_since: datetime | None
    previous_secret_until: datetime | None
    dropped: int


class WebhookMade(WebhookShown):
    """A new endpoint, or one with a new secret: ``secret`` is told this once."""

    secret: str


class WebhookList(BaseModel):
    """A partner's endpoints, the oldest first."""

    webhooks: list[WebhookShown]


class DeliveryShown(BaseModel):
    """A message to an endpoint; ``id`` is its ``webhook-id``.

    ``state`` ``superseded``: the broadcast was withdrawn before. ``next_at``: when it is tried
    (again). ``status``, ``problem`` and ``took_ms`` are those of the last attempt.
    """

    id: str
    sequence: int
    type: Kind
    broadcast: str | None
    happened_at: datetime
    state: Standing
    attempts: int
    next_at: datetime | None
    last_at: datetime | None
    status: int | None
    problem: Problem
    took_ms: int | None


class DeliveryList(BaseModel):
    """Messages to an endpoint, newest first, at most 50."""

    deliveries: list[DeliveryShown]


class TestSent(BaseModel):
    """The test's ``webhook-id``, by which it is found among the deliveries."""

    __test__ = False  # no class of tests

    id: str


def webhook_fields(one: Endpoint) -> dict[str, object]:
    """Return an endpoint as it is shown."""
    return {
        "id": one.id,
        "partner": one.partner,
        "url": one.shown_url,
        "events": [kind for kind in CHOICES if kind in one.kinds],
        "created_at": one.created_at,
        "enabled": one.disabled_at is None,
        "disabled_at": one.disabled_at,
        "disabled_why": one.disabled_why,
        "failing_since": one.failing_since,
        "previous_secret_until": one.previous_until,
        "dropped": one.dropped,
    }


def delivery_view(one: Delivery) -> DeliveryShown:
    """Return a delivery as it is shown."""
    return DeliveryShown(
        id=one.event.id,
        sequence=one.event.sequence,
        type=one.event.kind,
        broadcast=one.event.broadcast or None,
        happened_at=one.event.at,
        state=one.standing,
        attempts=one.attempts,
        next_at=one.next_at if one.standing == "waiting" else None,
        last_at=one.last_at,
        status=one.last_status,
        problem=one.last_problem,
        took_ms=one.took_ms,
    )
