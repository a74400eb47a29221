"""What the desk is told of the announcement in court (rule B-08): made by whom, or outstanding."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from server.errors import DatabaseUnavailable
from server.hearings.announcements.model import CourtAnnouncement
from server.hearings.announcements.phrases import announced
from server.hearings.model import Hearing
from server.translation import Language


@dataclass(slots=True)
class Opening:
    """Follows one hearing's announcement for one desk."""

    hearing: Hearing
    language: Language
    standing: Callable[[str], Awaitable[CourtAnnouncement | None]]
    people: Callable[[str], Awaitable[str]]
    words: str = ""  # as of the last look; empty while it is outstanding

    async def look(self) -> None:
        """Look again; what was seen before stands while the database is away."""
        try:
            found = await self.standing(self.hearing.id)
            if found is None:
                self.words = ""
                return
            name = await self.people(found.judge) if found.judge else ""
        except DatabaseUnavailable:
            return
        self.words = announced(found, name, self.hearing.time_zone, self.language)

    def told(self) -> dict[str, Any]:
        """Return it as the console's status has it."""
        return {"done": bool(self.words), "words": self.words}
