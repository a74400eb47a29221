"""A person's name taken from all of a court's hearings, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import Body, answer_json, read_json
from server.courts.service import COURTS
from server.database import DATABASE
from server.openapi import PREFIX, Operation, describe
from server.withdrawal.everywhere import NAMES_EVERYWHERE, NameOrder, NamesEverywhere
from server.withdrawal.finding import MOST_FOUND
from server.withdrawal.model import LONGEST_MARK, LONGEST_NAME, LONGEST_NOTE, Wanted
from server.withdrawal.service import WITHDRAWALS
from server.withdrawn import REGISTER
from server.withdrawn.model import Kind, Reason

_OF = f"{PREFIX}/courts/{{court}}/name-withdrawals"
_Name = Annotated[str, Field(max_length=LONGEST_NAME)]
_Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class NameSought(Body):
    """The name that is looked for. It is in the body so that no log of addresses has it."""

    name: _Name


class NameStands(BaseModel):
    """A hearing in which it stands: in its ``hearing``, its ``notice``, its ``report``.

    ``broadcast``: its own; null where it has none.
    """

    hearing: str
    broadcast: str | None
    title: str
    title_en: str
    case_number: str
    scheduled_at: datetime
    places: list[str]
    withdrawn: bool


class NameFound(BaseModel):
    """Where a name stands, newest first; ``more``: in more than are listed."""

    hearings: list[NameStands]
    more: bool


class NameWithdrawalOrder(Body):
    """What is to be shown in the place of a name, in these hearings, and why."""

    name: _Name
    mark: Annotated[str, Field(max_length=LONGEST_MARK)] = ""
    reason: Reason
    note: _Note = ""
    hearings: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=MOST_FOUND)]


class NameRestoreOrder(Body):
    """Why a name is given back, for the file."""

    note: _Note = ""


class NameOrderView(BaseModel):
    """An order about ``hearings``, of which ``in_force`` were not given back.

    In ``skipped`` hearings the name was withdrawn already.
    """

    id: str
    name: str
    mark: str
    reason: Reason
    note: str
    ordered_at: datetime
    ordered_by: str
    done_at: datetime | None
    hearings: int
    in_force: int
    skipped: list[str]


class NameOrderList(BaseModel):
    """A court's newest orders."""

    orders: list[NameOrderView]


async def name_order_view(request: web.Request, order: NameOrder) -> NameOrderView:
    """Return what the court reads of an order."""
    first = order.withdrawals[0]
    return NameOrderView(
        id=order.id,
        name=first.target,
        mark=first.mark,
        reason=first.reason,
        note=first.note,
        ordered_at=first.ordered_at,
        ordered_by=await request.app[ACCOUNTS].display_name(first.ordered_by),
        done_at=first.done_at,
        hearings=len(order.withdrawals),
        in_force=sum(one.holds for one in order.withdrawals),
        skipped=list(order.skipped),
    )


@describe(
    Operation(
        "Where a person's name stands in what a court publishes",
        body=NameSought,
        answer=NameFound,
        problems=(404,),
    )
)
@requires(Permission.WITHDRAW)
async def find_name(request: web.Request) -> web.Response:
    """List the hearings in which a name stands."""
    sought = await read_json(request, NameSought)
    found, more = await request.app[NAMES_EVERYWHERE].find(
        request.match_info["court"], sought.name, person_of(request)
    )
    shown = [
        NameStands(
            hearing=one.hearing,
            broadcast=one.broadcast,
            title=one.title,
            title_en=one.title_en,
            case_number=one.case_number,
            scheduled_at=one.scheduled_at,
            places=list(one.places),
            withdrawn=one.is_withdrawn,
        )
        for one in found
    ]
    return answer_json(NameFound(hearings=shown, more=more))


@describe(Operation("Names withdrawn over several hearings", answer=NameOrderList, problems=(404,)))
@requires(Permission.WITHDRAW)
async def list_name_orders(request: web.Request) -> web.Response:
    """List a court's newest orders."""
    court = request.match_info["court"]
    found = await request.app[NAMES_EVERYWHERE].orders(court, person_of(request))
    return answer_json(NameOrderList(orders=[await name_order_view(request, one) for one in found]))


@describe(
    Operation(
        "Withdraw a person's name over several hearings",
        body=NameWithdrawalOrder,
        answer=NameOrderView,
        status=201,
        problems=(404, 409),
    )
)
@requires(Permission.WITHDRAW)
async def withdraw_name(request: web.Request) -> web.Response:
    """Take a name from several broadcasts by one order."""
    order = await read_json(request, NameWithdrawalOrder)
    wanted = Wanted(Kind.NAME, order.reason, order.note, target=order.name, mark=order.mark)
    made = await request.app[NAMES_EVERYWHERE].withdraw(
        request.match_info["court"], wanted, order.hearings, person_of(request)
    )
    return answer_json(await name_order_view(request, made), status=201)


@describe(
    Operation(
        "Give back a name that was withdrawn over several hearings",
        body=NameRestoreOrder,
        answer=NameOrderView,
        problems=(404, 409),
    )
)
@requires(Permission.WITHDRAW)
async def restore_name(request: web.Request) -> web.Response:
    """Lift what of an order is still in force."""
    given = await read_json(request, NameRestoreOrder)
    at = request.match_info
    restored = await request.app[NAMES_EVERYWHERE].restore(
        at["court"], at["order"], given.note, person_of(request)
    )
    return answer_json(await name_order_view(request, restored))


async def _service(app: web.Application) -> AsyncIterator[None]:
    app[NAMES_EVERYWHERE] = NamesEverywhere(
        app[DATABASE], app[REGISTER], app[COURTS], app[WITHDRAWALS]
    )
    yield


def setup(app: web.Application) -> None:
    """Add the routes and the service; it comes after the withdrawals'."""
    app.cleanup_ctx.append(_service)
    app.router.add_post(f"{PREFIX}/courts/{{court}}/name-search", find_name)
    app.router.add_get(_OF, list_name_orders)
    app.router.add_post(_OF, withdraw_name)
    app.router.add_post(f"{_OF}/{{order}}/restoration", restore_name)
