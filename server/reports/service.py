"""What the report desk does: write, correct, withdraw, release; each with the court's rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog
from aiohttp import web

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.blobs import Blobs
from server.errors import Conflict, Invalid, NotFound, TooLarge
from server.hearings.model import Hearing
from server.hearings.participants.model import must_name_nobody
from server.hearings.participants.service import Participants
from server.identity import new_id
from server.reports.feed import ReportFeeds
from server.reports.model import (
    LONGEST_ALT,
    LONGEST_BODY,
    LONGEST_REASON,
    LONGEST_SPEAKER,
    NewPost,
    Photo,
    Post,
    PostState,
    Speaker,
    is_readable,
    line,
    public_view,
    text,
)
from server.reports.photos import MAX_UPLOAD_BYTES, prepare
from server.reports.store import Edit, ReportStore

# While the picture is held back by a delay, so is the text: it must not outrun it.
_DELAYED = frozenset({"live", "recess", "ending"})
# Nothing that is written of these may be public before somebody has looked at it (rule B-15).
_HELD = frozenset({"closed", "cut"})

_log = structlog.stdlib.get_logger(__name__)


class About(Protocol):
    """What the desk must know of a broadcast."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def court_id(self) -> str:
        """Whose it is."""

    @property
    def state(self) -> str:
        """The state of its machine."""

    @property
    def delay_s(self) -> float:
        """How far the public is behind the room, in seconds."""

    @property
    def has_report(self) -> bool:
        """Whether a report is what was planned and approved."""

    @property
    def hearing(self) -> Hearing:
        """What is reported of."""


class Broadcasts(Protocol):
    """Where the desk learns of a broadcast."""

    async def about(self, broadcast: str) -> About:
        """Return what is known; raises ``NotFound``."""

    async def has_begun(self, identifier: str) -> bool:
        """Whether it was ever put on the air, by its order log."""


class ReportService:
    """The desk of all reports."""

    def __init__(
        self,
        store: ReportStore,
        feeds: ReportFeeds,
        blobs: Blobs,
        broadcasts: Broadcasts,
        participants: Participants,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._broadcasts = broadcasts
        self._participants = participants
        self.feeds = feeds

    async def write(self, broadcast: str, new: NewPost, by: Person) -> Post:
        """Write a post; sent again with the same client key it is the same post.

        What is written before the hearing is on the air waits: a report needs the same approval as
        pictures (rule B-09).
        """
        about = await self._about(broadcast, by)
        if not about.has_report:
            raise Conflict("No report is planned of this hearing.")
        await self._must_name_nobody(about, body=new.body, speaker=new.speaker)
        now = datetime.now(UTC)
        begun = await self._broadcasts.has_begun(about.id)
        public_at = _public_at(about, now) if begun else None
        post, is_new = await self._store.add(broadcast, new, by.id, now, public_at)
        if is_new:
            _log.info("post written", broadcast=broadcast, post=post.id, state=post.state.value)
            await self.feeds.ring(broadcast)
        return post

    async def correct(  # noqa: PLR0913  (the fields of the form)
        self,
        broadcast: str,
        post: str,
        by: Person,
        *,
        body: str | None,
        role: str | None,
        speaker: str | None,
        reason: str,
        seen: int | None = None,
    ) -> Post:
        """Correct a post; what it said stays, struck through, with the reason.

        ``seen``: how many corrections its author has read; ``Conflict`` if there are others.
        """
        about = await self._about(broadcast, by)
        if about.state in _HELD and not await self._is_held(post):  # it would be read at once
            raise Conflict("While the hearing is not public a post can only be withdrawn.")
        if body is not None and not body.strip():
            raise Invalid("A corrected post still says something.", field="body")
        edit = Edit(
            kind="corrected",
            reason=_reason(reason),
            by=by.id,
            at=datetime.now(UTC),
            role=_role(role),
            speaker=None if speaker is None else line(speaker, "speaker", LONGEST_SPEAKER),
            body=None if body is None else text(body, "body", LONGEST_BODY),
            seen=seen,
        )
        told = {"body": edit.body or "", "speaker": edit.speaker or "", "reason": edit.reason}
        await self._must_name_nobody(about, **told)
        return await self._edit(broadcast, post, edit)

    async def withdraw(self, broadcast: str, post: str, by: Person, *, reason: str) -> Post:
        """Take a post back; a tombstone with the reason stays."""
        about = await self._about(broadcast, by)
        edit = Edit(kind="withdrawn", reason=_reason(reason), by=by.id, at=datetime.now(UTC))
        await self._must_name_nobody(about, reason=edit.reason)
        return await self._edit(broadcast, post, edit)

    async def release(self, broadcast: str, post: str, by: Person) -> Post:
        """Let a held post become public."""
        about = await self._about(broadcast, by)
        if about.state in _HELD or not await self._broadcasts.has_begun(about.id):
            raise Conflict("Nothing can be released while the hearing is not public.")
        released = await self._store.release(broadcast, post, datetime.now(UTC), by.id)
        await self.feeds.ring(broadcast)
        return released

    async def _edit(self, broadcast: str, post: str, edit: Edit) -> Post:
        edited = await self._store.edit(broadcast, post, edit)
        _log.info("post edited", broadcast=broadcast, post=post, kind=edit.kind)
        await self.feeds.ring(broadcast)
        return edited

    async def hold_pending(self, broadcast: str, seconds: float | None = None) -> None:
        """Hold what the public has not reached: the moment it tells of was cut.

        With ``seconds`` only what was written in the last so many of them.
        """
        now = datetime.now(UTC)
        since = None if seconds is None else now - timedelta(seconds=seconds)
        count = await self._store.hold_pending(broadcast, now, since)
        if count:
            _log.warning("posts held after a cut", broadcast=broadcast, count=count)
            await self.feeds.ring(broadcast)

    async def delay_pending(self, broadcast: str, delay_s: float) -> None:
        """Let what the public has not reached keep to the picture's new delay."""
        delay = timedelta(seconds=delay_s)
        if await self._store.delay_pending(broadcast, datetime.now(UTC), delay):
            await self.feeds.ring(broadcast)

    async def add_photo(
        self, broadcast: str, by: Person, *, data: bytes, alt: str, caption: str
    ) -> Photo:
        """Take a photo for a later post. It must say what it shows, for who cannot see it."""
        about = await self._about(broadcast, by)
        if len(data) > MAX_UPLOAD_BYTES:
            raise TooLarge("A photo has at most 12 MiB.")
        described = line(alt, "alt", LONGEST_ALT)
        if not described:
            raise Invalid("Say what the photo shows, for readers who cannot see it.", field="alt")
        told = line(caption, "caption", LONGEST_ALT)
        await self._must_name_nobody(about, alt=described, caption=told)
        jpeg, (width, height) = await asyncio.to_thread(prepare, data)
        photo = Photo(
            f"{new_id()}{new_id()}.jpg",
            described,
            told,
            width,
            height,
        )
        await self._blobs.put(photo.name, jpeg)
        await self._store.add_photo(broadcast, photo, by.id, datetime.now(UTC))
        return photo

    async def photo(self, name: str, person: Person | None) -> tuple[bytes, bool]:
        """Return a photo and whether the public may see it; raises ``NotFound``."""
        found = await self._store.photo(name)
        if found is None:
            raise NotFound
        broadcast, post = found
        is_public = post is not None and is_readable(post, datetime.now(UTC))
        if post is not None and is_public:
            mask = self.feeds.masks(broadcast)
            is_public = not mask.hides_photo(name, post.id, post.court_time)
        if not (is_public or await self._may_see(broadcast, person)):
            raise NotFound
        return await self._blobs.get(name), is_public

    async def _may_see(self, broadcast: str, person: Person | None) -> bool:
        if person is None or not person.may(Permission.REPORT):
            return False
        about = await self._broadcasts.about(broadcast)
        return person.may(Permission.REPORT, about.court_id)

    async def public_posts(self, broadcast: str) -> list[dict[str, Any]]:
        """Return what the public may read now, newest first."""
        now = datetime.now(UTC)
        views = (public_view(post, now) for post in await self._store.posts(broadcast))
        mask = self.feeds.masks(broadcast)
        return [mask.post(view) for view in views if view is not None][::-1]

    async def posts(self, broadcast: str) -> list[Post]:
        """Return all posts as they were written, oldest first; for the court's own use."""
        return await self._store.posts(broadcast)

    async def tell_again(
        self, broadcast: str, concerns: Callable[[Post], bool], at: datetime
    ) -> int:
        """Show readers anew, at ``at``, what they have of the posts that something concerns."""
        count = await self._store.announce_again(broadcast, concerns, at)
        if count:
            await self.feeds.ring(broadcast)
        return count

    async def desk_posts(self, broadcast: str, by: Person) -> list[Post]:
        """Return all posts for the desk, newest first."""
        await self._about(broadcast, by)
        return (await self._store.posts(broadcast))[::-1]

    async def _is_held(self, post: str) -> bool:
        found = (await self._store.some([post])).get(post)
        return found is not None and found.state is PostState.HELD

    async def _must_name_nobody(self, about: About, **told: str) -> None:
        must_name_nobody(told, await self._participants.of(about.hearing.id))

    async def _about(self, broadcast: str, by: Person) -> About:
        about = await self._broadcasts.about(broadcast)
        by.must(Permission.REPORT, about.court_id)
        return about


REPORTS = web.AppKey("reports", ReportService)


def _public_at(about: About, now: datetime) -> datetime | None:
    if about.state in _HELD:
        return None
    return now + timedelta(seconds=about.delay_s) if about.state in _DELAYED else now


def _reason(reason: str) -> str:
    given = line(reason, "reason", LONGEST_REASON)
    if not given:
        raise Invalid("Say why; readers are shown the reason.", field="reason")
    return given


def _role(role: str | None) -> str | None:
    if role is not None and role not in set(Speaker):
        raise Invalid("This is none of the choices.", field="role")
    return role
