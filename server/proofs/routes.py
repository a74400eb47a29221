"""Evidence, daily roots and keys over HTTP, for everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from aiohttp import web
from prometheus_client import Gauge
from pydantic import BaseModel, ConfigDict, Field

from media import PIECE
from server.accounts.access import public
from server.accounts.service import ACCOUNTS
from server.approvals.service import APPROVALS
from server.background import in_background
from server.bodies import answer_json, read_query
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.courts.service import COURTS
from server.database import DATABASE
from server.measuring import METRICS
from server.openapi import PREFIX, Operation, describe
from server.proofs.model import MOST_DAYS, Evidence, Handed, Included
from server.proofs.service import PROOFS, ProofService
from server.security import SETTINGS
from server.withdrawn import mask_of

_ONE = f"{PREFIX}/broadcasts/{{broadcast}}/proof"
_MOMENT = "no-cache"  # a withdrawal must not wait for a cache


class IncludedView(BaseModel):
    """How a statement is under a day's root: its ``place`` (from 0) among ``entries``.

    ``path`` are the neighbours that lead to the root (RFC 6962 §2.1.1), ``signed`` the day's file.
    """

    day: str
    place: int
    entries: int
    path: list[str]
    signed: str


class RecordedView(BaseModel):
    """The signed sheet: its file, SHA-256 of it, what it says, and the day it is under."""

    signed: str
    sha256: str
    sheet: dict[str, Any]
    day: IncludedView | None


class PublicView(BaseModel):
    """The public recording; ``list`` is the address of its files' list, empty if there is none."""

    digest: str
    files: int
    size: int
    list: str


class CopyView(BaseModel):
    """A copy of the record that was handed out; ``pieces`` is the address of its digests."""

    root: str
    sha256: str
    bytes: int
    piece_bytes: int
    pieces: str
    handed_out_at: datetime
    day: IncludedView | None


class ApprovedView(BaseModel):
    """A step by which the broadcast was agreed to; ``name`` only where the policy names signers."""

    role: str
    signed_at: datetime
    name: str | None


class ProofView(BaseModel):
    """What a court gives strangers about a broadcast (docs/record-format.md, Proof document)."""

    format: Literal["tingbo proof 1"] = "tingbo proof 1"
    broadcast: str
    record: RecordedView
    public: PublicView | None
    copies: list[CopyView]
    approved_by: list[ApprovedView]
    keys: str


class DayView(BaseModel):
    """A day's file: the signed line with its root, and the signature."""

    day: str
    signed: str


class DayList(BaseModel):
    """Signed days of a court, oldest first; ``next`` is where the list goes on, or null."""

    court: str
    days: list[DayView]
    next: str | None


class KeyView(BaseModel):
    """A key; ``since`` is when this service first signed with it."""

    fingerprint: str
    pem: str
    since: datetime
    is_present: bool


class KeyList(BaseModel):
    """The court's keys, the present one first."""

    keys: list[KeyView]


class DaysAsked(BaseModel):
    """Which days: those after one (``YYYY-MM-DD``), and how many at most."""

    model_config = ConfigDict(extra="forbid")
    after: date | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_DAYS)] = MOST_DAYS


def _included(found: Included | None) -> IncludedView | None:
    if found is None:
        return None
    return IncludedView(
        day=found.day,
        place=found.place,
        entries=found.entries,
        path=list(found.path),
        signed=found.signed,
    )


def _copy(base: str, one: Handed) -> CopyView:
    return CopyView(
        root=one.root,
        sha256=one.sha256,
        bytes=one.size,
        piece_bytes=PIECE,
        pieces=f"{base}/pieces/{one.root}",
        handed_out_at=one.at,
        day=_included(one.included),
    )


async def approvals_of(request: web.Request, about: Broadcast) -> list[ApprovedView]:
    """Return who agreed to a broadcast: roles, and names where the court's policy says so."""
    steps, are_named = await request.app[APPROVALS].clearances.signed(about.hearing, about.policy)
    accounts, mask = request.app[ACCOUNTS], mask_of(request)
    return [
        ApprovedView(
            role=one.role,
            signed_at=one.signed_at,
            name=mask.text(await accounts.display_name(one.signer)) if are_named else None,
        )
        for one in steps
    ]


def proof_view(found: Evidence, approved: list[ApprovedView]) -> ProofView:
    """Return the proof document of a broadcast."""
    base = _ONE.format(broadcast=found.broadcast)
    sheet = json.loads(found.sheet.partition("\n")[0])
    public_part = sheet["public"]
    return ProofView(
        broadcast=found.broadcast,
        record=RecordedView(
            signed=found.sheet, sha256=found.digest, sheet=sheet, day=_included(found.included)
        ),
        public=PublicView(**public_part, list=f"{base}/files" if found.has_list else "")
        if public_part
        else None,
        copies=[_copy(base, one) for one in found.copies],
        approved_by=approved,
        keys=f"{PREFIX}/record-keys",
    )


async def _about(request: web.Request) -> Broadcast:
    """Return the broadcast; ``Gone`` where all of it is withdrawn."""
    mask_of(request).must_show()
    return await request.app[BROADCASTS].about(request.match_info["broadcast"])


@describe(
    Operation(
        "What proves a broadcast's record to strangers", answer=ProofView, problems=(404, 410)
    )
)
@public
async def show_proof(request: web.Request) -> web.Response:
    """Show the proof document, once the record is filed."""
    about = await _about(request)
    found = await request.app[PROOFS].evidence(about)
    view = proof_view(found, await approvals_of(request, about))
    return answer_json(view, cache=_MOMENT)


@describe(Operation("The files of the public recording", media="text/plain", problems=(404, 410)))
@public
async def show_files(request: web.Request) -> web.Response:
    """Return what ``sha256sum`` prints for the public recording's files."""
    path = await request.app[PROOFS].list_of_files(await _about(request))
    return await _file(path, "text/plain")


@describe(
    Operation(
        "The digests of a copy's pieces", media="application/octet-stream", problems=(404, 410)
    )
)
@public
async def show_pieces(request: web.Request) -> web.Response:
    """Return SHA-256 of each MiB of a copy, 32 bytes each."""
    path = await request.app[PROOFS].pieces(await _about(request), request.match_info["root"])
    return await _file(path, "application/octet-stream")


async def _file(path: Path, kind: str) -> web.Response:
    body = await asyncio.to_thread(path.read_bytes)
    return web.Response(body=body, content_type=kind, headers={"Cache-Control": _MOMENT})


@describe(Operation("A court's daily roots", query=DaysAsked, answer=DayList, problems=(404, 422)))
@public
async def list_days(request: web.Request) -> web.Response:
    """List signed days, oldest first."""
    asked = read_query(request, DaysAsked)
    court = await request.app[COURTS].court(request.match_info["court"])
    after = asked.after.isoformat() if asked.after else ""
    found = await request.app[PROOFS].days(
        court.id, newest_first=False, beyond=after, limit=asked.limit
    )
    address = f"{PREFIX}/courts/{court.id}/daily-roots"
    is_cut = len(found) == asked.limit
    return answer_json(
        DayList(
            court=court.id,
            days=[DayView(day=one.day, signed=one.signed) for one in found],
            next=f"{address}?after={found[-1].day}&limit={asked.limit}" if is_cut else None,
        ),
        cache=_MOMENT,
    )


@describe(
    Operation("The keys that records were and are signed with", answer=KeyList, problems=(503,))
)
@public
async def list_keys(request: web.Request) -> web.Response:
    """List the court's keys."""
    found = await request.app[PROOFS].keys()
    keys = [
        KeyView(
            fingerprint=one.fingerprint, pem=one.pem, since=one.since, is_present=one.is_present
        )
        for one in found
    ]
    return answer_json(KeyList(keys=keys), cache=_MOMENT)


async def _service(app: web.Application) -> AsyncIterator[None]:
    proofs = app[PROOFS] = ProofService(app[DATABASE], app[SETTINGS])
    Gauge(
        "tingbo_daily_roots_late",
        "Days that should have been signed an hour ago, of the court that has most",
        registry=app[METRICS].registry,
    ).set_function(lambda: proofs.most_late)
    async with in_background({"daily-roots": proofs.run}):
        yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    app.router.add_get(_ONE, show_proof)
    app.router.add_get(f"{_ONE}/files", show_files)
    app.router.add_get(f"{_ONE}/pieces/{{root:[0-9a-f]{{64}}}}", show_pieces)
    app.router.add_get(f"{PREFIX}/courts/{{court}}/daily-roots", list_days)
    app.router.add_get(f"{PREFIX}/record-keys", list_keys)
