"""The court's record over HTTP: its key for everybody, sheets and copies for staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.service import BROADCASTS
from server.database import DATABASE
from server.database.metadata import from_microseconds
from server.openapi import PREFIX, Operation, describe
from server.places import Places
from server.processes import PROCESSES
from server.proofs.service import PROOFS
from server.records import check_routes
from server.records.checking import CHECKS, CheckService
from server.records.model import Export, ExportAsked
from server.records.service import RECORDS, RecordService
from server.security import SETTINGS

_ONE = f"{PREFIX}/broadcasts/{{broadcast}}"
_EXPORT = f"{_ONE}/exports/{{export}}"


class RecordView(BaseModel):
    """A signed sheet. ``sheet`` is the signed document; times in it are court time in µs."""

    fingerprint: str
    signature: str
    sheet: dict[str, Any]


class ExportWish(Body):
    """A range to copy; without times the whole hearing, without cameras all of them.

    ``closed``: closed parts, too (needs a permission of its own).
    """

    from_time: Moment | None = None
    to_time: Moment | None = None
    cameras: Annotated[tuple[str, ...], Field(max_length=64)] = ()
    closed: bool = False


class FilmView(BaseModel):
    """A film that can be fetched. ``court_time`` is that of its first picture."""

    name: str
    camera: str
    court_time: datetime
    bytes: int
    sha256: str


class ExportView(BaseModel):
    """An export. ``state``: waiting, running, done, refused or failed; ``done`` from 0 to 1.

    ``damaged`` counts places of the record that could not be read and are left out.
    """

    id: str
    by: str
    asked_at: datetime
    state: str
    done: float
    from_time: datetime
    to_time: datetime
    cameras: list[str]
    closed: bool
    damaged: int
    films: list[FilmView]


class ExportList(BaseModel):
    """The exports of a broadcast, oldest first."""

    exports: list[ExportView]


class Policy(Body):
    """After how many days a record is due for the archive; null: never."""

    days: Annotated[int, Field(ge=1, le=40_000)] | None


class DueView(BaseModel):
    """A record that is due; ``refused`` says why it may not be archived yet, else empty."""

    broadcast: str
    since: datetime
    refused: str


class Retention(BaseModel):
    """A court's policy and what is due by it. Nothing is ever moved or deleted by the service."""

    days: int | None
    due: list[DueView]


def export_view(export: Export, by: str) -> ExportView:
    """Return what staff sees of an export; ``by`` is the name of who asked for it."""
    return ExportView(
        id=export.id,
        by=by,
        asked_at=from_microseconds(export.asked_us),
        state=export.state,
        done=export.done,
        from_time=from_microseconds(export.from_us),
        to_time=from_microseconds(export.to_us),
        cameras=list(export.cameras),
        closed=export.closed,
        damaged=export.damaged,
        films=[
            FilmView(
                name=film.name,
                camera=film.camera,
                court_time=from_microseconds(film.zero_us),
                bytes=film.bytes,
                sha256=film.sha256,
            )
            for film in export.films
        ],
    )


@describe(
    Operation(
        "The key that records are checked with", media="application/x-pem-file", problems=(503,)
    )
)
@public
async def show_key(request: web.Request) -> web.Response:
    """Return the court's public key, for ``python -m media.spool.verify --key``."""
    pem = await request.app[RECORDS].public_key()
    return web.Response(
        body=pem, content_type="application/x-pem-file", headers={"Cache-Control": "no-cache"}
    )


@describe(Operation("The signed sheet of a broadcast's record", answer=RecordView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_record(request: web.Request) -> web.Response:
    """Show start, end, interruptions, gaps and roots of a record."""
    signed = await request.app[RECORDS].look(request.match_info["broadcast"], person_of(request))
    return answer_json(
        RecordView(
            fingerprint=signed.fingerprint,
            signature=signed.signature.hex(),
            sheet=signed.plain(),
        )
    )


@describe(
    Operation(
        "Copy a range of the record as films",
        body=ExportWish,
        answer=ExportView,
        status=202,
        problems=(404, 409, 429),
    )
)
@requires(Permission.EXPORT)
async def begin_export(request: web.Request) -> web.Response:
    """Begin an export; it is made in the background."""
    wish = await read_json(request, ExportWish)
    asked = ExportAsked(wish.from_time, wish.to_time, wish.cameras, wish.closed)
    export = await request.app[RECORDS].export(
        request.match_info["broadcast"], asked, person_of(request)
    )
    return answer_json(await _view(request, export), status=202)


@describe(Operation("The copies of a broadcast's record", answer=ExportList, problems=(404,)))
@requires(Permission.EXPORT)
async def list_exports(request: web.Request) -> web.Response:
    """List the exports of a broadcast."""
    found = await request.app[RECORDS].exports(request.match_info["broadcast"], person_of(request))
    return answer_json(ExportList(exports=[await _view(request, one) for one in found]))


async def _view(request: web.Request, export: Export) -> ExportView:
    return export_view(export, await request.app[ACCOUNTS].display_name(export.by))


def _named(request: web.Request) -> tuple[str, str]:
    return request.match_info["broadcast"], request.match_info["export"]


@describe(Operation("How far a copy is", answer=ExportView, problems=(404,)))
@requires(Permission.EXPORT)
async def show_export(request: web.Request) -> web.Response:
    """Show an export."""
    found = await request.app[RECORDS].shown(*_named(request), person_of(request))
    return answer_json(await _view(request, found))


@describe(Operation("Cancel a copy or take it away", status=204, problems=(404,)))
@requires(Permission.EXPORT)
async def remove_export(request: web.Request) -> web.Response:
    """Remove an export; the record itself is not touched."""
    await request.app[RECORDS].remove(*_named(request), person_of(request))
    return web.Response(status=204)


@describe(Operation("A film of a copy", media="video/mp4", problems=(404,)))
@requires(Permission.EXPORT)
async def fetch_film(request: web.Request) -> web.StreamResponse:
    """Send a film; that it was read stands in the journal before its first byte is sent."""
    name = request.match_info["film"]
    path = await request.app[RECORDS].film(*_named(request), name, person_of(request))
    kind = "video/mp4" if path.suffix == ".mp4" else "video/quicktime"
    headers = {
        "Content-Type": kind,
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{path.name}"',
    }
    return web.FileResponse(path, headers=headers)


@describe(
    Operation("Set when records are due for the archive", body=Policy, status=204, problems=(404,))
)
@requires(Permission.ADMINISTER)
async def set_retention(request: web.Request) -> web.Response:
    """Set a court's policy."""
    policy = await read_json(request, Policy)
    await request.app[RECORDS].keep(request.match_info["court"], policy.days, person_of(request))
    return web.Response(status=204)


@describe(Operation("Records that are due for the archive", answer=Retention, problems=(404,)))
@requires(Permission.AUDIT)
async def show_retention(request: web.Request) -> web.Response:
    """Show a court's policy and what is due by it."""
    days, found = await request.app[RECORDS].due(request.match_info["court"], person_of(request))
    return answer_json(
        Retention(
            days=days,
            due=[
                DueView(
                    broadcast=one.broadcast,
                    since=from_microseconds(one.since_us),
                    refused=one.refused,
                )
                for one in found
            ],
        )
    )


async def _service(app: web.Application) -> AsyncIterator[None]:
    records = RecordService(
        app[DATABASE], app[SETTINGS], app[PROCESSES], app[BROADCASTS], app[PROOFS]
    )
    app[RECORDS] = records
    app[CHECKS] = CheckService(
        app[DATABASE], Places(app[SETTINGS].data), app[PROCESSES], app[BROADCASTS], records
    )
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    check_routes.setup(app)
    app.router.add_get(f"{PREFIX}/record-key", show_key)
    app.router.add_get(f"{_ONE}/record", show_record)
    app.router.add_post(f"{_ONE}/exports", begin_export)
    app.router.add_get(f"{_ONE}/exports", list_exports)
    app.router.add_get(_EXPORT, show_export)
    app.router.add_delete(_EXPORT, remove_export)
    app.router.add_get(f"{_EXPORT}/{{film}}", fetch_film)
    app.router.add_put(f"{PREFIX}/courts/{{court}}/retention", set_retention)
    app.router.add_get(f"{PREFIX}/courts/{{court}}/retention", show_retention)
