"""Broadcasts as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from media import Layout
from server.bodies import Body
from server.broadcasts.channels import Channel
from server.broadcasts.console import public_state
from server.broadcasts.model import (
    DEFAULT_DELAY_S,
    LONGEST_DELAY_S,
    Broadcast,
    Medium,
    OrderTaken,
    Phase,
)
from server.broadcasts.state import Order
from server.openapi import PREFIX
from server.translation import Language
from server.withdrawn.model import Mask, Reason


class Asked(Body):
    """Which broadcasts."""

    state: Literal["live", "upcoming", "replay"] = "live"


class Tombstone(BaseModel):
    """What stays of a broadcast that was withdrawn as a whole: when, and for which class of reason.

    Its title is not told: it may be what the broadcast was withdrawn for.
    """

    reason: Reason
    at: datetime


class BroadcastView(BaseModel):
    """A broadcast as everybody may see it.

    Before it is on the air, ``title`` says what the public notice says and ``case_number`` is empty
    (rule B-07). ``state`` is what is on the air now; ``phase`` is where the portal lists it.
    ``cancelled_at``: the hearing was called off then and is not broadcast. Addresses are absolute;
    one that is null is not there (yet), or ``withdrawn``. ``download`` is the replay as a film, for
    whoever asks and may fetch it.
    """

    id: str
    title: str
    case_number: str
    court: str
    court_id: str
    courtroom: str
    state: Literal["upcoming", "live", "recess", "closed", "interrupted", "ended", "withdrawn"]
    phase: Phase
    medium: list[Medium]
    delay_s: float
    scheduled_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancelled_at: datetime | None
    page: str
    hls: str | None
    whep: str | None
    report_events: str | None
    thumbnail: str | None
    replay: str | None
    download: str | None = None
    withdrawn: Tombstone | None = None


class BroadcastList(BaseModel):
    """Broadcasts, upcoming ones soonest first, others newest first; at most 100."""

    broadcasts: list[BroadcastView]


class BroadcastShape(Body):
    """How a hearing is to be broadcast. Without cameras the room's are all taken."""

    delay_s: Annotated[float, Field(ge=0, le=LONGEST_DELAY_S)] = DEFAULT_DELAY_S
    layout: Layout | None = None
    medium: tuple[Medium, ...] = Field(default=("video", "image_text"), min_length=1, max_length=2)
    cameras: tuple[str, ...] = Field(default=(), max_length=6)


class BroadcastPlan(BroadcastShape):
    """The broadcast of a hearing to be planned."""

    hearing: Annotated[str, Field(min_length=1, max_length=32)]


class OrderGiven(Body):
    """An order. The same ``key`` again is the same order, given once.

    ``arguments`` is what it is about: ``seconds``, ``camera`` (an id, or its number in the
    broadcast from 1 on), ``layout``, ``x``, ``y``, ``width``, ``height``, ``method``; for
    recess, closed and dump ``reason`` and ``until`` ("14:30", local time), which the slate shows.
    """

    order: Order
    arguments: dict[str, Annotated[str, Field(max_length=64)] | float] = Field(
        default_factory=dict, max_length=8
    )
    key: Annotated[str, Field(max_length=64, pattern=r"^[\x21-\x7e]*$")] = ""


class OrderAnswer(BaseModel):
    """An order as accepted. ``air_time`` is null while the order still waits for the air.

    ``court_time`` is when it holds from in the room; what reaches back begins at ``from_time``.
    """

    sequence: int
    order: str
    arguments: dict[str, str | float]
    state: str
    court_time: datetime
    from_time: datetime
    air_time: datetime | None
    accepted_at: datetime


def in_language(language: Language, text: str, english: str) -> str:
    """Return the English name to English readers, if there is one."""
    return english if language == "en" and english else text


def broadcast_view(
    about: Broadcast, channel: Channel | None, base: str, language: Language
) -> BroadcastView:
    """Return a broadcast as the public sees it; ``base`` is the service's own address."""
    hearing = about.hearing
    playable = about.has_video and about.phase in ("upcoming", "live")
    has_replay = about.has_video and about.phase == "replay"
    shown = playable and about.phase == "live"
    return BroadcastView(
        id=about.id,
        title=in_language(language, hearing.title, hearing.title_en),
        case_number=hearing.case_number,
        court=in_language(language, hearing.court_name, hearing.court_name_en),
        court_id=hearing.court,
        courtroom=in_language(language, hearing.courtroom_name, hearing.courtroom_name_en),
        state=public_state(about, channel),  # type: ignore[arg-type]
        phase=about.phase,
        medium=list(about.media),
        delay_s=about.delay_s,
        scheduled_at=hearing.scheduled_at,
        started_at=about.started_at,
        ended_at=about.ended_at,
        cancelled_at=hearing.cancelled_at,
        page=f"{base}/broadcasts/{about.id}",
        hls=f"{base}/hls/{about.id}/master.m3u8" if playable else None,
        whep=f"{base}/whep/{about.id}" if playable else None,
        report_events=(
            f"{base}{PREFIX}/broadcasts/{about.id}/report/events" if about.has_report else None
        ),
        thumbnail=f"{base}/thumbnails/{about.id}.jpg" if shown or has_replay else None,
        replay=f"{base}/replay/{about.id}/master.m3u8" if has_replay else None,
    )


def masked(view: BroadcastView, mask: Mask) -> BroadcastView:
    """Return a view with nothing in it that is withdrawn."""
    if mask.whole is None:
        shown = {"title": mask.text(view.title), "case_number": mask.text(view.case_number)}
        return view.model_copy(update=shown)
    addresses = dict.fromkeys(("hls", "whep", "report_events", "thumbnail", "replay", "download"))
    stone = Tombstone(reason=mask.whole.reason, at=mask.whole.ordered_at)
    told = {"state": "withdrawn", "phase": "ended", "title": "", "withdrawn": stone}
    told["case_number"] = mask.text(view.case_number)  # some courts' numbers name the parties
    return view.model_copy(update=addresses | told)


def order_answer(taken: OrderTaken, state: str) -> OrderAnswer:
    """Return an order as the API tells it."""
    return OrderAnswer(
        sequence=taken.sequence,
        order=taken.order.value,
        arguments=taken.arguments,
        state=state,
        court_time=taken.court_time,
        from_time=taken.from_time,
        air_time=taken.air_time,
        accepted_at=taken.accepted_at,
    )
