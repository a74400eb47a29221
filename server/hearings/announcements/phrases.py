"""The announcement in court, told in words [pure]."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from server.hearings.announcements.model import CourtAnnouncement, Speaker
from server.translation import Language, gettext
from server.wording import marked

_BY: Final = {
    Speaker.PRESIDING_JUDGE: marked("Announced in court by the presiding judge%(name)s at %(at)s."),
    Speaker.JUDGE: marked("Announced in court by a judge%(name)s at %(at)s."),
    Speaker.CLERK: marked("Announced in court by the clerk%(name)s at %(at)s."),
}


def announced(found: CourtAnnouncement, name: str, zone: str, language: Language) -> str:
    """Return who announced it and when, by the court's clock; ``name`` may be empty."""
    if found.speaker is None:
        return gettext(language, "Taken back: %(why)s", why=found.note)
    at = f"{found.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
    return gettext(language, _BY[found.speaker], name=f" {name}" if name else "", at=at)
