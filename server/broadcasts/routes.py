"""Broadcasts over HTTP: the list for everybody, planning, orders and the console for staff."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from aiohttp import web

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.service import APPROVALS
from server.background import in_background
from server.bodies import answer_json, read_json, read_query
from server.broadcasts import (
    calling_off_routes,
    equipment_routes,
    readiness_routes,
    watch_routes,
    whip,
)
from server.broadcasts.announced import announced
from server.broadcasts.calling_off import CALLING_OFF, CallingOff
from server.broadcasts.channels import CHANNELS, Channels
from server.broadcasts.console import Console, console_events, public_events
from server.broadcasts.direct_viewers import direct_view
from server.broadcasts.equipment import EQUIPMENT, Equipment
from server.broadcasts.equipment_routes import newest_picture
from server.broadcasts.feed_metrics import FeedMetrics
from server.broadcasts.fetching import film_address, may_fetch
from server.broadcasts.model import PUBLIC_NAMES, Broadcast, NewBroadcast
from server.broadcasts.opening import Opening
from server.broadcasts.planning import PLANNING, Planning
from server.broadcasts.pulling import judge, pulled_from
from server.broadcasts.readiness_service import Readiness
from server.broadcasts.recovery import Recovery
from server.broadcasts.rooms import ROOMS, Rooms
from server.broadcasts.running import Running
from server.broadcasts.service import BROADCASTS, BroadcastService, permission_for
from server.broadcasts.showing import Showing
from server.broadcasts.viewers import untold, viewers_of
from server.broadcasts.views import (
    Asked,
    BroadcastList,
    BroadcastPlan,
    BroadcastShape,
    BroadcastView,
    OrderAnswer,
    OrderGiven,
    broadcast_view,
    masked,
    order_answer,
)
from server.broadcasts.watchers import WATCHERS, Watchers
from server.bus import BUS
from server.courts.service import COURTS
from server.database import DATABASE
from server.event_stream import Event, stream_events
from server.hearings.announcements.service import ANNOUNCEMENTS
from server.hearings.participants.service import PARTICIPANTS
from server.hearings.service import HEARINGS
from server.measuring import METRICS
from server.notices.service import NOTICES
from server.openapi import PREFIX, Operation, describe
from server.places import Places
from server.processes import PROCESSES
from server.reader import language_of
from server.security import SETTINGS, base_url
from server.withdrawn import REGISTER

_ONE = f"{PREFIX}/broadcasts/{{broadcast}}"
_UPCOMING_SINCE = timedelta(hours=12)  # a hearing that never began is not upcoming for ever


async def _view(request: web.Request, about: Broadcast) -> BroadcastView:
    channel = request.app[CHANNELS].get(about.id)
    view = broadcast_view(about, channel, base_url(request), language_of(request))
    view = masked(view, request.app[REGISTER].of(about.id))
    download = None
    if view.replay is not None and await may_fetch(request, about):
        download = f"{base_url(request)}{film_address(about.id)}"
    return view.model_copy(
        update={
            "hls": pulled_from(request, view.hls),
            "replay": pulled_from(request, view.replay),
            "download": pulled_from(request, download),
        }
    )


async def asked_for(request: web.Request) -> Broadcast:
    """Return the broadcast that a request's address names; raises ``NotFound``."""
    return await request.app[BROADCASTS].about(request.match_info["broadcast"])


async def _views(request: web.Request, found: Sequence[Broadcast]) -> list[BroadcastView]:
    """Return broadcasts as everybody may see them: none names a case before its notice does."""
    return [await _view(request, one) for one in await announced(request.app[NOTICES], found)]


@describe(Operation("Live, upcoming or replayable broadcasts", query=Asked, answer=BroadcastList))
@public
async def list_broadcasts(request: web.Request) -> web.Response:
    """List broadcasts."""
    only = await judge(request)
    phase = read_query(request, Asked).state
    since = datetime.now(UTC) - _UPCOMING_SINCE if phase == "upcoming" else None
    found = await request.app[BROADCASTS].listed(phase, since=since)
    views = await _views(request, [one for one in found if only in (None, one.court_id)])
    return answer_json(BroadcastList(broadcasts=[one for one in views if not one.withdrawn]))


@describe(Operation("A broadcast", answer=BroadcastView, problems=(404,)))
@public
async def show_broadcast(request: web.Request) -> web.Response:
    """Show a broadcast."""
    about = await asked_for(request)
    await judge(request, about.court_id)
    [view] = await _views(request, [about])
    return answer_json(view)


@describe(
    Operation(
        "Plan the broadcast of a hearing",
        body=BroadcastPlan,
        answer=BroadcastView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.SCHEDULE)
async def plan_broadcast(request: web.Request) -> web.Response:
    """Plan a broadcast."""
    plan = await read_json(request, BroadcastPlan)
    new = _planned(plan.hearing, plan)
    about = await request.app[PLANNING].plan(new, person_of(request))
    return answer_json(await _view(request, about), status=201)


def _planned(hearing: str, plan: BroadcastShape) -> NewBroadcast:
    return NewBroadcast(
        hearing=hearing,
        delay_ms=round(plan.delay_s * 1000),
        layout=plan.layout,
        media=plan.medium,
        cameras=plan.cameras,
    )


@describe(
    Operation(
        "Plan a broadcast anew before it starts",
        body=BroadcastShape,
        answer=BroadcastView,
        problems=(404, 409),
    )
)
@requires(Permission.SCHEDULE)
async def replan_broadcast(request: web.Request) -> web.Response:
    """Replace a plan; other media than were approved make the approval void."""
    shape = await read_json(request, BroadcastShape)
    about = await request.app[PLANNING].replan(
        request.match_info["broadcast"], _planned("", shape), person_of(request)
    )
    return answer_json(await _view(request, about))


@describe(Operation("Receive the courtroom's cameras", status=204, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def prepare_broadcast(request: web.Request) -> web.Response:
    """Have staff see the cameras before the start."""
    await request.app[BROADCASTS].prepare(request.match_info["broadcast"], person_of(request))
    return web.Response(status=204)


@describe(Operation("Give an order", body=OrderGiven, answer=OrderAnswer, problems=(404, 409, 503)))
@requires(Permission.STOP)
async def give_order(request: web.Request) -> web.Response:
    """Give an order; the answer tells when it took force."""
    given = await read_json(request, OrderGiven)
    taken = await request.app[BROADCASTS].order(
        request.match_info["broadcast"],
        given.order,
        given.key,
        person_of(request),
        given.arguments,
    )
    return answer_json(order_answer(taken, PUBLIC_NAMES[taken.state]))


@describe(Operation("What the public is told of a broadcast", media="text/event-stream"))
@public
async def follow_state(request: web.Request) -> web.StreamResponse:
    """Send the public state as events."""
    about = await asked_for(request)
    return await stream_events(request, await state_events(request, about))


async def state_events(request: web.Request, about: Broadcast) -> AsyncGenerator[Event]:
    """Return what the public is told of a broadcast, as the policy has it."""
    publicity = await request.app[APPROVALS].policies.publicity()
    viewers: Callable[[], int | None] = partial(viewers_of, request.app, about.id)
    if publicity.is_silent(about.place):
        viewers = untold
    mask = partial(request.app[REGISTER].of, about.id)
    return public_events(request.app[BROADCASTS], about, viewers, mask)


@describe(Operation("What the console shows", media="text/event-stream", problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def follow_console(request: web.Request) -> web.StreamResponse:
    """Send status, feeds, sound levels and orders as events."""
    service = request.app[BROADCASTS]
    person = person_of(request)
    about = await service.prepare(request.match_info["broadcast"], person)
    masks = service.running.masks(about.id)
    if masks is None:
        masks = await request.app[COURTS].masks(about.hearing.courtroom)
    console = Console(
        broadcast=about,
        room=request.app[ROOMS].follow(about.hearing.courtroom),
        cameras=await request.app[COURTS].cameras(about.hearing.courtroom),
        language=language_of(request),
        people=request.app[ACCOUNTS].display_name,
        viewers=partial(viewers_of, request.app, about.id),
        direct=partial(direct_view, request.app, about.id),
        showing=Showing(about, masks),
        permitted=lambda order: person.may(permission_for(order), about.court_id),
        watchers=request.app[WATCHERS],
        opening=Opening(
            about.hearing,
            language_of(request),
            request.app[ANNOUNCEMENTS].standing,
            request.app[ACCOUNTS].display_name,
        ),
        reserve_bytes=service.running.public_reserve_bytes,
    )
    return await stream_events(request, console_events(service, console))


@describe(
    Operation(
        "An undelayed picture of a camera", media="image/jpeg", problems=(404,), may_be_nothing=True
    )
)
@requires(Permission.WATCH_ROOM)
async def show_camera(request: web.Request) -> web.Response:
    """Show the newest picture of a camera: staff only, never stored on the way."""
    about = await asked_for(request)
    person_of(request).must(Permission.WATCH_ROOM, about.court_id)
    return await newest_picture(request, about.hearing.courtroom)


async def _services(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    places = Places(settings.data)
    channels, rooms = Channels(places, settings.dvr_minutes), Rooms(places)
    running = Running(settings, app[PROCESSES], app[COURTS], channels, rooms)
    readiness = Readiness(
        app[COURTS], app[APPROVALS], app[PARTICIPANTS], app[ANNOUNCEMENTS], app[NOTICES]
    )
    service = BroadcastService(app[DATABASE], app[BUS], places, running, readiness)
    app[PLANNING] = Planning(
        app[DATABASE], app[COURTS], app[HEARINGS], service, readiness, app[REGISTER]
    )
    app[CALLING_OFF] = CallingOff(app[DATABASE], app[HEARINGS], service)
    app[CHANNELS], app[ROOMS], app[BROADCASTS] = channels, rooms, service
    registry, collector = app[METRICS].registry, FeedMetrics(rooms)
    registry.register(collector)
    recovery = Recovery(app[DATABASE], app[BUS], places, app[HEARINGS], service)
    equipment = app[EQUIPMENT] = Equipment(
        settings, app[DATABASE], app[PROCESSES], app[COURTS], running
    )
    watchers = app[WATCHERS] = Watchers(settings, app[DATABASE], service)
    works = {"recovery": recovery.run, "watchers": watchers.run, "equipment": equipment.run}
    try:
        async with in_background(works):
            yield
    finally:
        registry.unregister(collector)
        await service.ledger.close()
        await channels.close()
        await rooms.close()


def setup(app: web.Application) -> None:
    """Add the routes and the services."""
    whip.add_routes(app)
    app.cleanup_ctx.append(_services)
    watch_routes.setup(app)
    equipment_routes.setup(app)
    readiness_routes.setup(app)
    calling_off_routes.setup(app)
    router = app.router
    router.add_get(f"{PREFIX}/broadcasts", list_broadcasts)
    router.add_post(f"{PREFIX}/broadcasts", plan_broadcast)
    router.add_get(_ONE, show_broadcast)
    router.add_put(_ONE, replan_broadcast)
    router.add_post(f"{_ONE}/prepare", prepare_broadcast)
    router.add_post(f"{_ONE}/orders", give_order)
    router.add_get(f"{_ONE}/state/events", follow_state, allow_head=False)
    router.add_get(f"{_ONE}/console/events", follow_console, allow_head=False)
    router.add_get(f"{_ONE}/cameras/{{camera}}.jpg", show_camera)
