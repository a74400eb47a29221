"""The report's addresses: the desk's, the readers', the photographs'."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from media import ASK_AGAIN_S
from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.audience import AUDIENCE, counted_viewer
from server.background import in_background
from server.blobs import BLOBS
from server.bodies import Body, read_form, read_json, read_query
from server.broadcasts.service import BROADCASTS
from server.bus import BUS
from server.database import DATABASE
from server.errors import Invalid, TooLarge
from server.event_stream import Event, stream_events
from server.hearings.participants.service import PARTICIPANTS
from server.openapi import PREFIX, Operation, describe
from server.reports.closing import Closing
from server.reports.feed import ReportFeeds, read_cursor
from server.reports.following import follow_orders
from server.reports.model import desk_view, new_post, photo_view
from server.reports.photos import MAX_UPLOAD_BYTES
from server.reports.service import REPORTS, ReportService
from server.reports.store import ReportStore
from server.request_keys import PERSON
from server.withdrawn import REGISTER

_BASE = f"{PREFIX}/broadcasts/{{broadcast}}/report"
_MOST_FORM_TEXT = 2000
_BOUNDS = {"file": MAX_UPLOAD_BYTES, "alt": _MOST_FORM_TEXT, "caption": _MOST_FORM_TEXT}
_PHOTO_SECONDS = ASK_AGAIN_S  # a withdrawn photo is gone from caches as soon


class PostBody(Body):
    """A post as the desk sends it."""

    client_key: Annotated[str, Field(min_length=1, max_length=64)]
    role: str
    speaker: str = ""
    phase: str | None = None
    body: str = ""
    photos: list[str] = Field(default_factory=list)


class CorrectionBody(Body):
    """What a post shall say instead, and why.

    ``seen``: how many entries of its ``history`` the author has read; 409 if there are more by now.
    """

    reason: str
    body: str | None = None
    role: str | None = None
    speaker: str | None = None
    seen: Annotated[int, Field(ge=0, le=100_000)] | None = None


class WithdrawalBody(Body):
    """Why a post is taken back."""

    reason: str


class PostsQuery(Body):
    """Where to go on reading; ``desk``: everything, for who may write."""

    after: str | None = None
    desk: bool = False


class OnePost(BaseModel):
    """A post; its fields differ for readers and the desk."""

    model_config = ConfigDict(extra="allow")
    id: str
    number: int
    state: str


class ManyPosts(BaseModel):
    """Posts, and where to go on."""

    posts: list[OnePost]
    next: str


class OnePhoto(BaseModel):
    """A photo that can go into a post."""

    name: str
    url: str
    alt: str
    caption: str
    width: int
    height: int


def _watching(request: web.Request, broadcast: str) -> AbstractAsyncContextManager[None]:
    viewer = counted_viewer(request, broadcast)
    return request.app[AUDIENCE].watching(broadcast, "report", viewer)


def _json(data: Any, status: int = 200) -> web.Response:  # noqa: ANN401
    return web.json_response(data, status=status, headers={"Cache-Control": "no-store"})


@describe(
    Operation("Read the report", query=PostsQuery, answer=ManyPosts, problems=(400, 404, 410))
)
@public
async def read_posts(request: web.Request) -> web.Response:
    """Return what is public after a place; for the desk everything, newest first."""
    broadcast = request.match_info["broadcast"]
    query = read_query(request, PostsQuery)
    reports = request.app[REPORTS]
    if query.desk:
        posts = await reports.desk_posts(broadcast, person_of(request))
        now = datetime.now(UTC)
        return _json({"posts": [desk_view(post, now) for post in posts], "next": ""})
    await request.app[BROADCASTS].about(broadcast)
    request.app[REGISTER].of(broadcast).must_show()
    found, place = [], query.after or ""
    async for news in reports.feeds.catch_up(broadcast, read_cursor(query.after)):
        found.append(news.post)
        place = news.cursor
    async with _watching(request, broadcast):
        return _json({"posts": found, "next": place})


@describe(Operation("Write a post", body=PostBody, answer=OnePost, status=201, problems=(404, 409)))
@requires(Permission.REPORT)
async def write_post(request: web.Request) -> web.Response:
    """Write a post; the same client key again answers with the first one."""
    given = await read_json(request, PostBody)
    post = await request.app[REPORTS].write(
        request.match_info["broadcast"],
        new_post(
            client_key=given.client_key,
            role=given.role,
            speaker=given.speaker,
            phase=given.phase,
            body=given.body,
            photos=tuple(given.photos),
        ),
        person_of(request),
    )
    return _json(desk_view(post, datetime.now(UTC)), status=201)


@describe(Operation("Correct a post", body=CorrectionBody, answer=OnePost, problems=(404, 409)))
@requires(Permission.REPORT)
async def correct_post(request: web.Request) -> web.Response:
    """Correct a post."""
    given = await read_json(request, CorrectionBody)
    post = await request.app[REPORTS].correct(
        request.match_info["broadcast"],
        request.match_info["post"],
        person_of(request),
        body=given.body,
        role=given.role,
        speaker=given.speaker,
        reason=given.reason,
        seen=given.seen,
    )
    return _json(desk_view(post, datetime.now(UTC)))


@describe(Operation("Withdraw a post", body=WithdrawalBody, answer=OnePost, problems=(404,)))
@requires(Permission.REPORT)
async def withdraw_post(request: web.Request) -> web.Response:
    """Withdraw a post."""
    given = await read_json(request, WithdrawalBody)
    post = await request.app[REPORTS].withdraw(
        request.match_info["broadcast"],
        request.match_info["post"],
        person_of(request),
        reason=given.reason,
    )
    return _json(desk_view(post, datetime.now(UTC)))


@describe(Operation("Release a held post", answer=OnePost, problems=(404, 409)))
@requires(Permission.REPORT)
async def release_post(request: web.Request) -> web.Response:
    """Let a held post become public."""
    post = await request.app[REPORTS].release(
        request.match_info["broadcast"], request.match_info["post"], person_of(request)
    )
    return _json(desk_view(post, datetime.now(UTC)))


@describe(
    Operation(
        "Upload a photo (file, alt, caption)",
        answer=OnePhoto,
        status=201,
        body_media="multipart/form-data",
        problems=(404, 413, 415, 422),
    )
)
@requires(Permission.REPORT)
async def upload_photo(request: web.Request) -> web.Response:
    """Take a photo for a later post."""
    fields = await read_form(request, _BOUNDS, TooLarge("A photo has at most 12 MiB."))
    if "file" not in fields:
        raise Invalid("Choose a picture.", field="file")
    photo = await request.app[REPORTS].add_photo(
        request.match_info["broadcast"],
        person_of(request),
        data=fields["file"],
        alt=fields.get("alt", b"").decode("utf-8", "replace"),
        caption=fields.get("caption", b"").decode("utf-8", "replace"),
    )
    return _json(photo_view(photo), status=201)


@describe(Operation("The report as events", media="text/event-stream", problems=(410,)))
@public
async def follow_report(request: web.Request) -> web.StreamResponse:
    """Send what is public and then what becomes public (server-sent events)."""
    broadcast = request.match_info["broadcast"]
    await request.app[BROADCASTS].about(broadcast)
    register = request.app[REGISTER]
    register.of(broadcast).must_show()
    cursor = request.headers.get("Last-Event-ID") or request.query.get("after")
    read_cursor(cursor)  # refused before the stream begins
    feeds = request.app[REPORTS].feeds

    async def events() -> AsyncGenerator[Event]:
        async with contextlib.aclosing(feeds.listen(broadcast, cursor)) as news:
            async for one in news:
                yield Event("post", one.post, one.cursor)
        whole = register.of(broadcast).whole
        if whole is not None:
            told = {"reason": whole.reason.value, "at": whole.ordered_at.isoformat()}
            yield Event("withdrawn", told)

    async with _watching(request, broadcast):
        return await stream_events(request, events())


@public
async def show_photo(request: web.Request) -> web.Response:
    """Return a photo: to the public once its post is, to the desk before."""
    data, is_public = await request.app[REPORTS].photo(
        request.match_info["name"], request.get(PERSON)
    )
    cache = f"public, max-age={_PHOTO_SECONDS}" if is_public else "private, no-store"
    return web.Response(body=data, content_type="image/jpeg", headers={"Cache-Control": cache})


async def _service(app: web.Application) -> AsyncIterator[None]:
    store = ReportStore(app[DATABASE])
    feeds = ReportFeeds(store, app[BUS], app[REGISTER].of)

    def let_go(changed: frozenset[str]) -> None:
        for broadcast in changed:
            if app[REGISTER].of(broadcast).whole is not None:
                feeds.let_go(broadcast)

    app[REGISTER].on_change(let_go)
    service = ReportService(store, feeds, app[BLOBS], app[BROADCASTS], app[PARTICIPANTS])
    app[REPORTS] = service
    follow = partial(follow_orders, app[BUS], service, app[BROADCASTS].listed)
    closing = Closing(app[DATABASE])
    async with in_background({"report-follows-orders": follow, "reports-closed": closing.run}):
        yield
    await feeds.close()


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(f"{_BASE}/posts", read_posts)
    app.router.add_post(f"{_BASE}/posts", write_post)
    app.router.add_patch(f"{_BASE}/posts/{{post}}", correct_post)
    app.router.add_post(f"{_BASE}/posts/{{post}}/withdraw", withdraw_post)
    app.router.add_post(f"{_BASE}/posts/{{post}}/release", release_post)
    app.router.add_post(f"{_BASE}/photos", upload_photo)
    app.router.add_get(f"{_BASE}/events", follow_report)
    app.router.add_get("/photos/{name}", show_photo)
