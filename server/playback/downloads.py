"""A replay as one film, where the court's policy lets it be fetched.

It is made in the background when it is first wanted and kept on the disk, so many of all
broadcasts. Withdrawals hold for it as for the replay, also while it is being sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from server.accounts.access import public
from server.broadcasts.fetching import downloads_of, film_address
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.errors import NotFound, ServiceError, SignInNeeded, Unavailable
from server.partners import PARTNERS, Scope, partner_key_of
from server.places import Places
from server.playback.making import Making, Picture
from server.playback.sources import SOURCES, Sources
from server.security import SETTINGS
from server.withdrawn import mask_of
from server.withdrawn.model import Mask

WAIT_S = 5.0  # what a short film takes; for a longer one ask again
RETRY_SECONDS = 10
LOOK_SECONDS = 1.0
MOST_KEPT = 20  # films of hours are gigabytes, and are made again in a minute
MOST_WAITING = 4
FILM: Final = "replay.mp4"
_LONGEST_S = 1800.0
_NAMES: Final = "replay*.mp4"
_NOT_IN_A_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]+')


class Films:
    """Makes films where they are missing, and forgets those that were not wanted for longest."""

    def __init__(self, sources: Sources, places: Places, keep_free_bytes: int) -> None:
        self._sources, self._places = sources, places
        arguments = (str(keep_free_bytes),)
        film = Picture(FILM, "media.recording.download", _LONGEST_S, (_NAMES,), arguments)
        self._making = Making(film, places.broadcast, _tidy)

    async def path(self, broadcast: str) -> Path:
        """Return the film of a public replay as it is now.

        Raises ``NotFound``, ``Gone`` and, while it is being made, ``Unavailable``.
        """
        replay = await self._sources.replay(broadcast)
        path = self._places.broadcast(broadcast) / replay.withdrawn.named(FILM)
        if self._making.waiting >= MOST_WAITING and not await asyncio.to_thread(path.is_file):
            raise _not_yet()
        try:
            async with asyncio.timeout(WAIT_S):
                path = await self._making.path(broadcast, replay.withdrawn)
        except TimeoutError:
            raise _not_yet() from None
        except NotFound:
            raise NotFound("This replay cannot be fetched as a film.") from None
        if not await self.is_current(broadcast, path):  # withdrawn while it was made
            raise _not_yet()
        await asyncio.to_thread(_wanted, path)
        return path

    async def is_current(self, broadcast: str, path: Path) -> bool:
        """Tell whether a film that is being sent is still what the public may have."""
        try:
            replay = await self._sources.replay(broadcast)
        except ServiceError:
            return False
        return replay.withdrawn.named(FILM) == path.name

    async def close(self) -> None:
        """Stop what is being made."""
        await self._making.close()


def _not_yet() -> Unavailable:
    return Unavailable(
        "The film is being made; ask again in a moment.", retry_after_s=RETRY_SECONDS
    )


def _wanted(path: Path) -> None:
    """Note that a film was wanted; its bytes and their date are the same."""
    with contextlib.suppress(FileNotFoundError):  # another server may tidy at this moment
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def _tidy(path: Path) -> None:
    """Keep of a broadcast only the film that was just made, of all so many.

    Nor is anything kept that a maker that was killed has left behind.
    """
    with contextlib.suppress(FileNotFoundError):  # as above: then the next film tidies
        for other in path.parent.glob(f"{_NAMES}*"):
            is_draft = other.suffix == ".draft" and time.time() - other.stat().st_mtime < _LONGEST_S
            if other != path and not is_draft:
                other.unlink(missing_ok=True)
        films = [(one.stat().st_atime_ns, one) for one in path.parent.parent.glob(f"*/{_NAMES}")]
        for _, one in sorted(films, reverse=True)[MOST_KEPT:]:
            one.unlink(missing_ok=True)


async def _right_of(request: web.Request, about: Broadcast) -> Callable[[], Awaitable[bool]]:
    """Return whether who asks may go on fetching; raises ``NotFound`` or as a key is refused."""
    partners, wanted = request.app[PARTNERS], await downloads_of(request.app, about)
    if wanted == "off":
        raise NotFound("This court does not offer its replays to be fetched.")
    text, key = partner_key_of(request), None
    if text is None and wanted == "licence":
        raise SignInNeeded("Only partners with a key of this court may fetch this replay.")
    if text is not None:
        key = (await partners.check(text, Scope.PULL, about.court_id)).key.id

    async def still_may() -> bool:
        allowed = await downloads_of(request.app, about)
        if key is not None:
            return allowed != "off" and await partners.holds(key, Scope.PULL)
        return allowed == "public"

    return still_may


@public
async def fetch_film(request: web.Request) -> web.StreamResponse:
    """Send a replay as an MP4, or a range of it."""
    films, broadcast = request.app[FILMS], request.match_info["broadcast"]
    about = await request.app[BROADCASTS].about(broadcast)
    still_may = await _right_of(request, about)
    path = await films.path(broadcast)
    headers = {
        "Content-Type": "video/mp4",
        "Content-Disposition": disposition(about, mask_of(request)),
        "Cache-Control": "private, no-cache",
    }

    async def may_go_on() -> bool:
        return await still_may() and await films.is_current(broadcast, path)

    return _Watched(path, headers, may_go_on)


def disposition(about: Broadcast, mask: Mask) -> str:
    """Return the header that names the file (RFC 6266): in ASCII, and by the case number."""
    named = _NOT_IN_A_NAME.sub(" ", mask.text(about.hearing.case_number)).strip()
    return (
        f'attachment; filename="tingbo-{about.id}.mp4"; '
        f"filename*=UTF-8''{quote(f'{named}.mp4', safe='')}"
    )


class _Watched(web.FileResponse):
    """A file that is broken off within a second or two when it must not be sent any more.

    An hour of film takes minutes on a thin line, and what is withdrawn is to be gone at once.
    """

    def __init__(
        self, path: Path, headers: dict[str, str], may_go_on: Callable[[], Awaitable[bool]]
    ) -> None:
        super().__init__(path, headers=headers)
        self._may_go_on = may_go_on

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the file: all of it is in this call."""
        sending = asyncio.ensure_future(super().prepare(request))
        try:
            while not (await asyncio.wait({sending}, timeout=LOOK_SECONDS))[0]:
                if not await self._may_go_on():
                    break
            else:
                return await sending
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        if request.transport is not None:
            request.transport.abort()  # an orderly end would look like the whole film
        raise ConnectionResetError("it must not be sent any more")


FILMS: web.AppKey[Films] = web.AppKey("films", Films)


async def _fetched(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    films = app[FILMS] = Films(app[SOURCES], Places(settings.data), settings.keep_free_bytes)
    yield
    await films.close()


def add_routes(app: web.Application) -> None:
    """Add the address of films; needs sources, partners and broadcasts."""
    app.cleanup_ctx.append(_fetched)
    app.router.add_get(film_address("{broadcast}"), fetch_film)
