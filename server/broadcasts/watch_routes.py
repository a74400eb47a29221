"""The watch over HTTP: who watches what the public sees confirms it here (rule B-44)."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import BaseModel

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_json
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.broadcasts.watchers import WATCHERS, due_of
from server.errors import Conflict
from server.openapi import PREFIX, Operation, describe


class WatchGiven(Body):
    """``watching`` true: I am watching what the public sees; false: I am leaving."""

    watching: bool = True


class WatchView(BaseModel):
    """Who watches, and by when it must be confirmed again; ``due_at`` is null while nothing is."""

    watcher: str
    due_at: datetime | None
    missed: bool


@describe(
    Operation(
        "Confirm the watch over the delay",
        body=WatchGiven,
        answer=WatchView,
        problems=(404, 409, 503),
    )
)
@requires(Permission.WATCH_ROOM)
async def watch_broadcast(request: web.Request) -> web.Response:
    """Confirm that one watches the delayed picture, or leave."""
    given = await read_json(request, WatchGiven)
    person = person_of(request)
    about = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    person.must(Permission.WATCH_ROOM, about.court_id)
    if about.state is State.ENDED:
        raise Conflict("This broadcast has ended.")
    watchers = request.app[WATCHERS]
    act = watchers.confirm if given.watching else watchers.leave
    watch = await act(about, person.id)
    name = await request.app[ACCOUNTS].display_name(watch.watcher) if watch.watcher else ""
    return answer_json(WatchView(watcher=name, due_at=due_of(watch), missed=watch.missed))


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_post(f"{PREFIX}/broadcasts/{{broadcast}}/watch", watch_broadcast)
