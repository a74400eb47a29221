"""Opens the session that stands in the addresses of playlists, and checks it when they are read."""

from __future__ import annotations

import time
from typing import Final

from aiohttp import web

from server.accounts.roles import Permission
from server.audience import AUDIENCE, counted_viewer
from server.audience.service import Medium
from server.broadcasts.service import BROADCASTS
from server.errors import Forbidden
from server.partners import PARTNERS, Scope, partner_key_of
from server.playback.sessions import NOBODY, InvalidSession, Kind, Path, Session, issue, read
from server.request_keys import PERSON
from server.signing import SIGNER

_PURPOSE: Final = "playback session"
_MEDIA: Final[dict[Path, Medium]] = {Path.LIVE: "live_video", Path.REPLAY: "replay_video"}


async def open_session(request: web.Request, broadcast: str, path: Path) -> str:
    """Return a new session as it stands in an address; raises as ``right_of``."""
    session = await right_of(request, broadcast)
    return issue(request.app[SIGNER].key(_PURPOSE), broadcast, path, session)


async def may_review(request: web.Request, broadcast: str) -> bool:
    """Tell whether who asks is to say whether this replay becomes public (rule B-29)."""
    person = request.get(PERSON)
    if person is None or not person.may(Permission.REVIEW):
        return False
    about = await request.app[BROADCASTS].about(broadcast)
    return about.replay == "held" and person.may(Permission.REVIEW, about.court_id)


def open_review(request: web.Request, broadcast: str) -> str:
    """Return a new session for the review of a replay, as it stands in an address."""
    session = Session(Kind.REVIEW, NOBODY, int(time.time()))
    return issue(request.app[SIGNER].key(_PURPOSE), broadcast, Path.REPLAY, session)


async def right_of(request: web.Request, broadcast: str) -> Session:
    """Return by which right the request may watch.

    A partner's key, where one is sent, must be good; raises ``SignInNeeded`` or ``Forbidden``.
    """
    viewer = counted_viewer(request, broadcast)
    text = partner_key_of(request)
    if text is not None:
        about = await request.app[BROADCASTS].about(broadcast)
        known = await request.app[PARTNERS].check(text, Scope.PULL, about.court_id)
        return Session(Kind.PARTNER, viewer or NOBODY, int(time.time()), known.key.id)
    if viewer is not None:
        return Session(Kind.PUBLIC, viewer, int(time.time()))
    return Session(Kind.UNCOUNTED, NOBODY, int(time.time()))


async def check_session(request: web.Request, path: Path) -> Session:
    """Return the session of the request's address; raises ``Forbidden``."""
    match = request.match_info
    secret = request.app[SIGNER].key(_PURPOSE)
    try:
        session = read(secret, match["broadcast"], path, match["session"], time.time())
    except InvalidSession:
        raise Forbidden("This address is not valid any more; open the page again.") from None
    await check_key(request, session)
    return session


async def check_key(request: web.Request, session: Session) -> None:
    """Raise ``Forbidden`` if the session's key has been revoked in the meantime."""
    if session.kind is Kind.PARTNER and not await request.app[PARTNERS].holds(
        session.key, Scope.PULL
    ):
        raise Forbidden("This partner key is not valid any more.")


def count(request: web.Request, session: Session, path: Path) -> None:
    """Note that the session's viewer was seen watching."""
    medium = medium_of(session, path)
    if medium is not None and request.method != "HEAD":
        request.app[AUDIENCE].touch(request.match_info["broadcast"], medium, session.viewer)


def medium_of(session: Session, path: Path) -> Medium | None:
    """Return as what a session's viewer is counted, None if not at all."""
    if session.viewer == NOBODY:
        return None
    return "partner" if session.kind is Kind.PARTNER else _MEDIA[path]
