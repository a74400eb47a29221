"""What is done to posts, as entries of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from server.identity import new_id
from server.journal.store import Deed, note
from server.reports.logbook import digest_of
from server.reports.reading import load
from server.reports.tables import posts

_ACTIONS = {
    "corrected": "report.correct",
    "withdrawn": "report.withdraw",
    "released": "report.release",
    "held": "report.hold",
    "closed": "report.close",
}
ACTIONS = tuple(_ACTIONS.values())
Act = Literal["corrected", "withdrawn", "released", "held", "closed"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to a report; ``by`` is empty for the service itself.

    The same ``source`` is noted once; by default every change is another.
    """

    broadcast: str
    act: Act
    by: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    source: str = field(default_factory=new_id)


async def note_change(connection: AsyncConnection, change: Change, at: datetime) -> None:
    """Note it with the digest of the report's log as it is now, without a word of any post."""
    its = digest_of(await load(connection, posts.c.broadcast_id == change.broadcast))
    told = {"posts": its.count, "through": its.through, "log": its.sha256}
    action, about = _ACTIONS[change.act], f"broadcast:{change.broadcast}"
    deed = Deed(action, about, change.by, change.details | told, source=change.source)
    await note(connection, deed, at)
