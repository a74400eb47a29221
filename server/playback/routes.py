"""HLS: playlists that carry a session, and the shared bytes they point at; thumbnails."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from media import (
    ASK_AGAIN_S,
    CAPTIONS,
    CAPTIONS_TYPE,
    InvalidReload,
    MediaError,
    Origin,
    Resource,
    ResourceWithdrawn,
    UnknownResource,
    Words,
)
from server.accounts.access import public, public_to_players
from server.broadcasts.channels import CHANNELS
from server.database import DATABASE
from server.errors import DatabaseUnavailable, Gone, Malformed, NotFound, ServiceError, Unavailable
from server.partners import partner_key_of
from server.places import Places
from server.playback import answers, downloads, room, watching_direct, whep
from server.playback.captions import CAPTION_FEEDS, CaptionFeeds
from server.playback.opening import (
    check_key,
    check_session,
    count,
    may_review,
    open_review,
    open_session,
)
from server.playback.sessions import Kind, Path
from server.playback.sources import ORIGINS, SOURCES, Sources
from server.reader import say
from server.reports.service import REPORTS
from server.security import SETTINGS
from server.withdrawn import REGISTER, mask_of

THUMBNAIL_SECONDS = 1
_SHEET: Final = r"{sheet:storyboard-\d{1,4}-[0-9a-f]{8}\.jpg}"
_RETRY_SECONDS = 1
_RENDITION: Final = r"{rendition:[a-z][a-z0-9]{0,15}}"


def refused(problem: MediaError) -> ServiceError:
    """Turn what media refuses into what HTTP knows."""
    if isinstance(problem, InvalidReload):
        return Malformed("The reload request makes no sense: %(why)s.", why=str(problem))
    if isinstance(problem, ResourceWithdrawn):
        return Gone("This part of the hearing has been withdrawn by the court.")
    if isinstance(problem, UnknownResource):
        return NotFound()
    return Unavailable("What is asked for did not come in time.", retry_after_s=_RETRY_SECONDS)


def _name(request: web.Request) -> str:
    return f"{request.match_info['rendition']}/{request.match_info['name']}"


def _words(request: web.Request) -> Words:
    return Words(sound=say(request, "Sound of the courtroom"), captions=say(request, "Live report"))


async def _has_report(request: web.Request) -> bool:
    """Tell whether posts are written; not known while the database is away from the beginning."""
    try:
        standing = await request.app[SOURCES].standing(request.match_info["broadcast"])
    except DatabaseUnavailable:
        return False
    return standing is not None and standing.has_report


async def _caption(request: web.Request, origin: Origin) -> None:
    """See to it that the origin has captions, if there is a report."""
    if not origin.captioned and not origin.ended and await _has_report(request):
        request.app[CAPTION_FEEDS].follow(request.match_info["broadcast"], origin)


@public
async def live_multivariant(request: web.Request) -> web.StreamResponse:
    """Open a session: the multivariant playlist, whose variants carry it."""
    broadcast = request.match_info["broadcast"]
    origin = await request.app[SOURCES].live(broadcast)
    session = await open_session(request, broadcast, Path.LIVE)
    await _caption(request, origin)
    # What partners pull with (VLC) loses the sound where there is a variant of sound alone.
    is_partner = partner_key_of(request) is not None
    body = origin.multivariant(
        lambda name: f"s/{session}/{name}.m3u8", _words(request), sound_alone=not is_partner
    )
    return answers.multivariant(request, body)


@public_to_players
async def live_playlist(request: web.Request) -> web.StreamResponse:
    """Answer a session's request for a media playlist, at once or when there is news."""
    session = await check_session(request, Path.LIVE)
    origin = await request.app[SOURCES].live(request.match_info["broadcast"])
    if request.match_info["rendition"] == CAPTIONS:  # asked for since before this server started
        await _caption(request, origin)
    try:
        reply = await origin.playlist(request.match_info["rendition"], request.query)
    except MediaError as problem:
        raise refused(problem) from None
    # It may have waited while the key was revoked, or the broadcast withdrawn.
    await check_key(request, session)
    mask_of(request).must_show()
    count(request, session, Path.LIVE)
    return answers.playlist(request, reply)


@public_to_players
async def live_media(request: web.Request) -> web.StreamResponse:
    """Answer a request for an init section, a segment or a part; a hinted part is waited for."""
    origin = await request.app[SOURCES].live(request.match_info["broadcast"])
    try:
        resource = await origin.resource(_name(request))
    except MediaError as problem:
        raise refused(problem) from None
    mask_of(request).must_show()  # it may have been withdrawn while the part was waited for
    return answers.media(request, resource)


@public
async def replay_multivariant(request: web.Request) -> web.StreamResponse:
    """Open a session at the recording."""
    broadcast = request.match_info["broadcast"]
    is_review = await may_review(request, broadcast)
    replay = await request.app[SOURCES].replay(broadcast, held=is_review)
    if is_review:
        session = open_review(request, broadcast)
    else:
        session = await open_session(request, broadcast, Path.REPLAY)
    body = replay.multivariant(
        lambda name: f"s/{session}/{name}.m3u8",
        _words(request),
        captioned=await _has_report(request),
    )
    return answers.multivariant(request, body)


@public_to_players
async def replay_playlist(request: web.Request) -> web.StreamResponse:
    """Answer a session's request for a recording's playlist.

    It is read once and never again, so that watching shows in the segments: their addresses are
    below the session's, too.
    """
    session = await check_session(request, Path.REPLAY)
    held = session.kind is Kind.REVIEW
    replay = await request.app[SOURCES].replay(request.match_info["broadcast"], held=held)
    try:
        reply = await replay.playlist(request.match_info["rendition"])
    except MediaError as problem:
        raise refused(problem) from None
    count(request, session, Path.REPLAY)
    return answers.playlist(request, reply)


@public_to_players
async def replay_session_media(request: web.Request) -> web.StreamResponse:
    """Answer a session's request for a piece of the recording, and count it."""
    session = await check_session(request, Path.REPLAY)
    response = await _recorded(request, held=session.kind is Kind.REVIEW)
    count(request, session, Path.REPLAY)
    return response


@public_to_players
async def replay_media(request: web.Request) -> web.StreamResponse:
    """Answer a request for an init section or a segment of the recording."""
    return await _recorded(request, held=False)


async def _recorded(request: web.Request, *, held: bool) -> web.StreamResponse:
    replay = await request.app[SOURCES].replay(request.match_info["broadcast"], held=held)
    try:
        if request.match_info["rendition"] == CAPTIONS:
            captions = await request.app[CAPTION_FEEDS].recorded(request.match_info["broadcast"])
            resource = replay.captions(request.match_info["name"], captions)
        else:
            resource = replay.resource(_name(request))
    except MediaError as problem:
        raise refused(problem) from None
    return answers.media(request, resource, is_shared="session" not in request.match_info)


@public_to_players
async def replay_preview(request: web.Request) -> web.StreamResponse:
    """Show the track of small pictures for seeking; they are made when they are first wanted."""
    track = await request.app[SOURCES].preview(request.match_info["broadcast"])
    tag = f"preview-{zlib.crc32(track.encode()):x}"
    return answers.media(
        request,
        Resource(CAPTIONS_TYPE, ASK_AGAIN_S, body=track.encode(), name=tag, changes=True),
    )


@public_to_players
async def replay_preview_sheet(request: web.Request) -> web.StreamResponse:
    """Show a sheet of small pictures, whose name tells it from what it was before."""
    match = request.match_info
    path = await request.app[SOURCES].preview_sheet(match["broadcast"], match["sheet"])
    return answers.picture_file(path, ASK_AGAIN_S)


@public
async def thumbnail(request: web.Request) -> web.StreamResponse:
    """Show the last picture that the public saw, after the end one of the recording."""
    sources, broadcast = request.app[SOURCES], request.match_info["broadcast"]
    picture = sources.picture(broadcast)
    if picture is not None:
        return answers.picture(request, picture, THUMBNAIL_SECONDS)
    if sources.is_playing(broadcast):  # just begun, or what it showed was cut
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
    return answers.picture_file(await sources.poster(broadcast), THUMBNAIL_SECONDS)


def _hls(app: web.Application) -> None:
    """Add the addresses of HLS, replay and thumbnails (HEAD comes with each GET)."""
    get = app.router.add_get
    live, replay = "/hls/{broadcast}", "/replay/{broadcast}"
    get(f"{live}/master.m3u8", live_multivariant)
    get(f"{live}/s/{{session}}/{_RENDITION}.m3u8", live_playlist)
    get(f"{live}/{_RENDITION}/{{name}}", live_media)
    get(f"{replay}/master.m3u8", replay_multivariant)
    get(f"{replay}/s/{{session}}/{_RENDITION}.m3u8", replay_playlist)
    get(f"{replay}/s/{{session}}/{_RENDITION}/{{name}}", replay_session_media)
    get(f"{replay}/{_RENDITION}/{{name}}", replay_media)
    get(f"{replay}/storyboard.vtt", replay_preview)
    get(f"{replay}/{_SHEET}", replay_preview_sheet)
    get("/thumbnails/{broadcast}.jpg", thumbnail)


async def _playing(app: web.Application) -> AsyncIterator[None]:
    places = Places(app[SETTINGS].data)
    register = app[REGISTER]
    sources = app[SOURCES] = Sources(app[DATABASE], app[ORIGINS], places.broadcast, register.of)
    register.on_change(sources.mask)
    captions = app[CAPTION_FEEDS] = CaptionFeeds(lambda: app[REPORTS], places.broadcast)
    register.on_change(captions.forget)
    yield
    await captions.close()
    await sources.close()


def setup(app: web.Application) -> None:
    """Serve players; needs the database, the audience, partners and broadcasts."""

    def origin_of(broadcast: str) -> Origin | None:
        return app[CHANNELS].origin(broadcast)  # there are channels once the service has started

    app[ORIGINS] = origin_of
    app.on_response_prepare.append(answers.open_to_all_sites)
    app.cleanup_ctx.append(_playing)
    app.cleanup_ctx.append(watching_direct.following)
    app.cleanup_ctx.append(room.viewing)
    _hls(app)
    whep.add_routes(app)
    room.add_routes(app)
    downloads.add_routes(app)
