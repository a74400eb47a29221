"""The courts and courtrooms that a page shows its reader."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import person_of
from server.accounts.roles import Permission
from server.courts.model import Court, Courtroom
from server.courts.service import COURTS


async def courts_where(request: web.Request, permission: Permission) -> dict[str, Court]:
    """Return the courts at which the reader may do this, by id."""
    mine = person_of(request).courts(permission)
    found = await request.app[COURTS].courts()
    return {one.id: one for one in found if mine is None or one.id in mine}


def room_order(room: Courtroom) -> tuple[str, str]:
    """Return what courtrooms are sorted by, court by court.

    Chinese numerals have no useful order as text: the English names are numbered.
    """
    return room.court, room.name_en or room.name
