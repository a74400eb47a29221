"""Broadcasts as the service knows them [pure]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from media import LAYOUTS, Layout
from server.approvals.policy import Place
from server.broadcasts.state import ON_AIR, Order, State
from server.errors import Invalid
from server.hearings.model import Hearing

Medium = Literal["video", "image_text"]
Replay = Literal["none", "held", "public"]
Phase = Literal["upcoming", "live", "replay", "ended"]
LONGEST_DELAY_S = 30 * 60
DEFAULT_DELAY_S = 30.0
# What the public and the console call a state.
PUBLIC_NAMES: dict[State, str] = {
    State.PLANNED: "upcoming",
    State.LIVE: "live",
    State.RECESS: "recess",
    State.CLOSED: "closed",
    State.CUT: "interrupted",
    State.ENDING: "ended",
    State.ENDED: "ended",
}
# What the worker says is on the air, in the same words.
AIR_NAMES = {
    "room": "live",
    "before": "upcoming",
    "recess": "recess",
    "closed": "closed",
    "interrupted": "interrupted",
    "ended": "ended",
}


@dataclass(frozen=True, slots=True)
class Broadcast:
    """The broadcast of one hearing. ``cameras`` are ids in the order of the layout's places."""

    id: str
    hearing: Hearing
    has_video: bool
    has_report: bool
    delay_ms: int
    layout: str
    cameras: tuple[str, ...]
    state: State
    replay: Replay
    started_at: datetime | None
    ended_at: datetime | None
    replay_due: datetime | None = None  # a held replay becomes public by itself
    replay_until: datetime | None = None  # a public one ends
    policy: str | None = None  # digest of the policy it began under, "" if none held, as in Place

    @property
    def court_id(self) -> str:
        """The court that broadcasts."""
        return self.hearing.court

    @property
    def place(self) -> Place:
        """Where it is, and by which rules."""
        return Place(self.hearing.court, self.hearing.courtroom, self.policy)

    @property
    def delay_s(self) -> float:
        """How far the public is behind the room, in seconds."""
        return self.delay_ms / 1000

    @property
    def media(self) -> tuple[Medium, ...]:
        """What is broadcast."""
        both: tuple[tuple[Medium, bool], ...] = (
            ("video", self.has_video),
            ("image_text", self.has_report),
        )
        return tuple(medium for medium, given in both if given)

    @property
    def is_on_air(self) -> bool:
        """Whether the public may be seeing something of it now."""
        return self.state in ON_AIR

    @property
    def was_on_air(self) -> bool:
        """Whether it has ever been, or may be now."""
        return self.is_on_air or self.started_at is not None

    @property
    def phase(self) -> Phase:
        """Where the portal lists it; an ended one without replay is listed nowhere."""
        if self.state is State.PLANNED:
            return "upcoming"
        if self.is_on_air:
            return "live"
        return "replay" if self.replay == "public" else "ended"


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """A broadcast to be planned; without cameras all of the courtroom's are taken."""

    hearing: str
    delay_ms: int
    layout: Layout | None
    media: tuple[Medium, ...]
    cameras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderTaken:
    """An order as it was accepted. ``air_time`` is None while it still waits for the air.

    ``court_time`` is when it holds from in the room; what reaches back begins at ``from_time``.
    """

    sequence: int
    order: Order
    arguments: dict[str, Any]
    state: State
    court_time: datetime
    from_time: datetime
    air_time: datetime | None
    accepted_at: datetime


def layout_for(cameras: int) -> Layout:
    """Return the layout that shows this many cameras."""
    if cameras <= 1:
        return "single"
    if cameras == 2:  # noqa: PLR2004
        return "two"
    return "quad" if cameras <= len(LAYOUTS["quad"]) else "one_and_five"


def check_cameras(given: Sequence[str], in_room: Sequence[str]) -> None:
    """Raise ``Invalid`` unless each of the cameras is in the room and named once."""
    if len(set(given)) != len(given) or not set(given) <= set(in_room):
        raise Invalid("These cameras are not all in the courtroom.", field="cameras")
