"""What pages show of a broadcast, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from server.broadcasts.model import PUBLIC_NAMES, Broadcast
from server.hearings.model import Hearing
from server.translation import Language
from server.withdrawn.model import Mask


@dataclass(frozen=True, slots=True)
class BroadcastView:
    """A broadcast as a page shows it; times are aware, ``zone`` is the court's."""

    id: str
    title: str
    case_number: str
    court: str
    courtroom: str
    zone: str
    state: str
    delay_s: float
    scheduled_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    has_video: bool
    has_replay: bool
    is_on_air: bool
    cancelled_at: datetime | None

    @property
    def thumbnail(self) -> str:
        """Address of the picture on the air; empty where there is none."""
        return f"/thumbnails/{self.id}.jpg" if self.is_on_air and self.has_video else ""

    @property
    def hls(self) -> str:
        """Address of the video that can be played or will be; empty where there is none."""
        if not self.has_video:
            return ""
        if self.state != "ended" or self.is_on_air:
            return f"/hls/{self.id}/master.m3u8"
        return f"/replay/{self.id}/master.m3u8" if self.has_replay else ""

    @property
    def preview(self) -> str:
        """Address of the track of small pictures for seeking in a replay; empty without one."""
        return f"/replay/{self.id}/storyboard.vtt" if self.hls.startswith("/replay/") else ""

    @property
    def whep(self) -> str:
        """Address of the live stream by WebRTC; empty where there is none."""
        return f"/whep/{self.id}" if self.has_video and self.state != "ended" else ""

    @property
    def is_playable(self) -> bool:
        """Whether there is something to be played now."""
        is_shown = self.is_on_air and self.state != "upcoming"
        return self.has_video and (is_shown or (self.state == "ended" and self.has_replay))

    @property
    def may_become_live(self) -> bool:
        """Whether it is on the air, or may still be."""
        return self.state != "ended" or self.is_on_air

    @property
    def when(self) -> datetime:
        """When it began, or shall begin."""
        return self.started_at or self.scheduled_at


def broadcast_view(
    broadcast: Broadcast, language: Language, state: str | None = None
) -> BroadcastView:
    """Return a broadcast as a reader of this language sees it; without ``state`` as ordered."""
    hearing = broadcast.hearing
    title, court, courtroom = names(hearing, language)
    return BroadcastView(
        id=broadcast.id,
        title=title,
        case_number=hearing.case_number,
        court=court,
        courtroom=courtroom,
        zone=hearing.time_zone,
        state=state or PUBLIC_NAMES[broadcast.state],
        delay_s=broadcast.delay_s,
        scheduled_at=hearing.scheduled_at,
        started_at=broadcast.started_at,
        ended_at=broadcast.ended_at,
        has_video=broadcast.has_video,
        has_replay=broadcast.replay == "public",
        is_on_air=broadcast.is_on_air,
        cancelled_at=hearing.cancelled_at,
    )


def without(view: BroadcastView, mask: Mask) -> BroadcastView:
    """Return a broadcast without the names that are withdrawn; of a withdrawn one no title.

    Some courts' case numbers name the parties.
    """
    title = "" if mask.whole else mask.text(view.title)
    return replace(view, title=title, case_number=mask.text(view.case_number))


def names(hearing: Hearing, language: Language) -> tuple[str, str, str]:
    """Return title, court and courtroom; where there is no English, the Chinese."""
    if language == "en":
        return (
            hearing.title_en or hearing.title,
            hearing.court_name_en or hearing.court_name,
            hearing.courtroom_name_en or hearing.courtroom_name,
        )
    return hearing.title, hearing.court_name, hearing.courtroom_name
