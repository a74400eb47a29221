"""Withdrawals over HTTP: the court's orders and the public log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, Moment, answer_json, read_json
from server.broadcasts.service import BROADCASTS
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe
from server.reports.service import REPORTS
from server.withdrawal import everywhere_routes
from server.withdrawal.model import LONGEST_MARK, LONGEST_NAME, LONGEST_NOTE, Correction, Wanted
from server.withdrawal.service import WITHDRAWALS, WithdrawalService
from server.withdrawn import REGISTER
from server.withdrawn.model import Kind, Reason, Withdrawal

_OF = f"{PREFIX}/broadcasts/{{broadcast}}/withdrawals"
_Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class WithdrawalOrder(Body):
    """What is to be taken down and why.

    ``since`` and ``until`` are court time, for ``range``. ``target`` is the id of a post, the name
    of a photo, or a person's name, in whose place ``mark`` is shown (某某 if none is given).
    ``note`` is for the file and never public.
    """

    kind: Kind
    reason: Reason
    note: _Note = ""
    since: Moment | None = None
    until: Moment | None = None
    target: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    mark: Annotated[str, Field(max_length=LONGEST_MARK)] = ""


class RestoreOrder(Body):
    """Why something is given back, for the file."""

    note: _Note = ""


class WithdrawalView(BaseModel):
    """A withdrawal as its court reads it; people by name.

    ``done_at``: the server that was asked showed nothing of it any more. ``together``: the order
    that took the same name from several broadcasts.
    """

    id: str
    broadcast: str
    kind: Kind
    reason: Reason
    note: str
    since: datetime | None
    until: datetime | None
    target: str
    mark: str
    ordered_at: datetime
    ordered_by: str
    done_at: datetime | None
    restored_at: datetime | None
    restored_by: str | None
    restored_because: str
    together: str | None


class WithdrawalList(BaseModel):
    """A broadcast's withdrawals, newest first, also those that were lifted."""

    withdrawals: list[WithdrawalView]


class CorrectionView(BaseModel):
    """A line of the public log; ``since`` and ``until`` are court time."""

    act: Literal["withdrawn", "restored", "corrected"]
    kind: Kind
    reason: Reason | None
    at: datetime
    since: datetime | None
    until: datetime | None


class CorrectionList(BaseModel):
    """What was corrected, withdrawn and given back, newest first."""

    corrections: list[CorrectionView]


async def withdrawal_view(request: web.Request, one: Withdrawal) -> WithdrawalView:
    """Return what the court reads of a withdrawal."""
    name_of = request.app[ACCOUNTS].display_name
    return WithdrawalView(
        id=one.id,
        broadcast=one.broadcast,
        kind=one.kind,
        reason=one.reason,
        note=one.note,
        since=one.since,
        until=one.until,
        target=one.target,
        mark=one.mark,
        ordered_at=one.ordered_at,
        ordered_by=await name_of(one.ordered_by),
        done_at=one.done_at,
        restored_at=one.restored_at,
        restored_by=await name_of(one.restored_by) if one.restored_by else None,
        restored_because=one.restored_because,
        together=one.together,
    )


def correction_view(one: Correction) -> CorrectionView:
    """Return a line of the public log."""
    return CorrectionView(
        act=one.act,
        kind=one.kind,
        reason=one.reason,
        at=one.at,
        since=one.since,
        until=one.until,
    )


@describe(Operation("What was withdrawn of a broadcast", answer=WithdrawalList, problems=(404,)))
@requires(Permission.WITHDRAW)
async def list_withdrawals(request: web.Request) -> web.Response:
    """List withdrawals for the court."""
    found = await request.app[WITHDRAWALS].all(request.match_info["broadcast"], person_of(request))
    return answer_json(
        WithdrawalList(withdrawals=[await withdrawal_view(request, one) for one in found])
    )


@describe(
    Operation(
        "Withdraw something of a broadcast, or all of it",
        body=WithdrawalOrder,
        answer=WithdrawalView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.WITHDRAW)
async def withdraw(request: web.Request) -> web.Response:
    """Take something down."""
    order = await read_json(request, WithdrawalOrder)
    wanted = Wanted(**order.model_dump())
    made = await request.app[WITHDRAWALS].withdraw(
        request.match_info["broadcast"], wanted, person_of(request)
    )
    return answer_json(await withdrawal_view(request, made), status=201)


@describe(
    Operation(
        "Give back what was withdrawn",
        body=RestoreOrder,
        answer=WithdrawalView,
        problems=(404, 409),
    )
)
@requires(Permission.WITHDRAW)
async def restore(request: web.Request) -> web.Response:
    """Lift a withdrawal."""
    order = await read_json(request, RestoreOrder)
    restored = await request.app[WITHDRAWALS].restore(
        request.match_info["withdrawal"], order.note, person_of(request)
    )
    return answer_json(await withdrawal_view(request, restored))


@describe(Operation("The public log of corrections", answer=CorrectionList, problems=(404,)))
@public
async def list_corrections(request: web.Request) -> web.Response:
    """Tell what was corrected and withdrawn when; also of what is withdrawn as a whole."""
    found = await request.app[WITHDRAWALS].corrections(request.match_info["broadcast"])
    return answer_json(CorrectionList(corrections=[correction_view(one) for one in found]))


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[WITHDRAWALS] = WithdrawalService(
        app[DATABASE], app[REGISTER], app[BROADCASTS], app[REPORTS]
    )
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service."""
    app.cleanup_ctx.append(_service)
    everywhere_routes.setup(app)
    app.router.add_get(_OF, list_withdrawals)
    app.router.add_post(_OF, withdraw)
    app.router.add_post(f"{PREFIX}/withdrawals/{{withdrawal}}/restore", restore)
    app.router.add_get(f"{PREFIX}/broadcasts/{{broadcast}}/corrections", list_corrections)
