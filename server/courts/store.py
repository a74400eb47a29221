"""Courts, courtrooms and cameras in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.courts.model import Camera, Court, Courtroom, Masks, MaskTemplate
from server.courts.tables import cameras, courtrooms, courts, mask_templates

_COURT = (
    courts.c.id,
    courts.c.name,
    courts.c.name_en,
    courts.c.level,
    courts.c.time_zone,
    func.coalesce(courts.c.case_number_pattern, courts.c.case_number_style),
)
_ROOM = (courtrooms.c.id, courtrooms.c.court, courtrooms.c.name, courtrooms.c.name_en)
_CAMERA = (
    cameras.c.id,
    cameras.c.courtroom,
    cameras.c.name,
    cameras.c.name_en,
    cameras.c.url,
    cameras.c.microphone,
    cameras.c.place,
)


async def all_courts(connection: AsyncConnection) -> list[Court]:
    """Return all courts by name."""
    rows = await connection.execute(select(*_COURT).order_by(courts.c.name))
    return [Court(*row) for row in rows]


async def court(connection: AsyncConnection, identifier: str) -> Court | None:
    """Return a court."""
    row = (await connection.execute(select(*_COURT).where(courts.c.id == identifier))).first()
    return Court(*row) if row else None


async def add_court(connection: AsyncConnection, new: Court, at: datetime) -> None:
    """Add a court; raises ``IntegrityError`` if the name is taken."""
    await connection.execute(
        insert(courts).values(
            id=new.id,
            name=new.name,
            name_en=new.name_en,
            level=new.level,
            time_zone=new.time_zone,
            **_style(new.case_number_style),
            created_at=at,
        )
    )


async def set_style(connection: AsyncConnection, identifier: str, style: str) -> None:
    """Set the style of a court's case numbers."""
    await connection.execute(update(courts).where(courts.c.id == identifier).values(_style(style)))


def _style(style: str) -> dict[str, str | None]:
    is_named = style in ("cn", "free")
    return {
        "case_number_style": style if is_named else "pattern",
        "case_number_pattern": None if is_named else style,
    }


async def all_courtrooms(connection: AsyncConnection, of_court: str | None) -> list[Courtroom]:
    """Return the courtrooms of a court, or of all."""
    query = select(*_ROOM).order_by(courtrooms.c.court, courtrooms.c.name)
    if of_court is not None:
        query = query.where(courtrooms.c.court == of_court)
    return [Courtroom(*row) for row in await connection.execute(query)]


async def courtroom(connection: AsyncConnection, identifier: str) -> Courtroom | None:
    """Return a courtroom."""
    row = (await connection.execute(select(*_ROOM).where(courtrooms.c.id == identifier))).first()
    return Courtroom(*row) if row else None


async def add_courtroom(connection: AsyncConnection, new: Courtroom, at: datetime) -> None:
    """Add a courtroom."""
    await connection.execute(
        insert(courtrooms).values(
            id=new.id, court=new.court, name=new.name, name_en=new.name_en, created_at=at
        )
    )


async def cameras_of(connection: AsyncConnection, room: str) -> list[Camera]:
    """Return the cameras of a courtroom in the order of their places."""
    query = (
        select(*_CAMERA)
        .where(cameras.c.courtroom == room, cameras.c.removed_at.is_(None))
        .order_by(cameras.c.place, cameras.c.created_at)
    )
    return [Camera(*row) for row in await connection.execute(query)]


async def all_cameras(connection: AsyncConnection) -> list[Camera]:
    """Return all cameras that are in use."""
    query = select(*_CAMERA).where(cameras.c.removed_at.is_(None))
    return [Camera(*row) for row in await connection.execute(query)]


async def camera(connection: AsyncConnection, identifier: str) -> Camera | None:
    """Return a camera that is in use."""
    query = select(*_CAMERA).where(cameras.c.id == identifier, cameras.c.removed_at.is_(None))
    row = (await connection.execute(query)).first()
    return Camera(*row) if row else None


async def add_camera(connection: AsyncConnection, new: Camera, at: datetime) -> None:
    """Add a camera."""
    await connection.execute(
        insert(cameras).values(
            id=new.id,
            courtroom=new.courtroom,
            name=new.name,
            name_en=new.name_en,
            url=new.url,
            microphone=new.microphone,
            place=new.place,
            created_at=at,
        )
    )


async def change_camera(
    connection: AsyncConnection, identifier: str, changes: Mapping[str, Any]
) -> None:
    """Change a camera's columns."""
    if changes:
        await connection.execute(
            update(cameras).where(cameras.c.id == identifier).values(dict(changes))
        )


async def masks_of(connection: AsyncConnection, room: str) -> Masks:
    """Return a courtroom's mask templates in their order."""
    required = await connection.scalar(
        select(courtrooms.c.masks_required).where(courtrooms.c.id == room)
    )
    its = mask_templates.c
    query = (
        select(its.layout, its.camera, its.x, its.y, its.width, its.height, its.method)
        .where(its.courtroom == room)
        .order_by(its.number)
    )
    rows = await connection.execute(query)
    return Masks(bool(required), tuple(MaskTemplate(*row) for row in rows))


async def replace_masks(connection: AsyncConnection, room: str, masks: Masks) -> None:
    """Let these be a courtroom's mask templates, and no others."""
    await connection.execute(delete(mask_templates).where(mask_templates.c.courtroom == room))
    await connection.execute(
        update(courtrooms).where(courtrooms.c.id == room).values(masks_required=masks.required)
    )
    for number, one in enumerate(masks.templates):
        await connection.execute(
            insert(mask_templates).values(
                courtroom=room,
                number=number,
                layout=one.layout,
                camera=one.camera,
                x=one.x,
                y=one.y,
                width=one.width,
                height=one.height,
                method=one.method,
            )
        )
