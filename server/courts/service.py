"""Looking after courts, courtrooms and cameras."""

from __future__ import annotations

import hmac
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.accounts.model import Person
from server.accounts.roles import Permission
from server.courts import addresses, push, store
from server.courts.model import Camera, Court, Courtroom, Masks
from server.courts.push import Target
from server.database import Database
from server.errors import Conflict, Invalid, NotFound, SignInNeeded
from server.hearings.case_number import check_style
from server.identity import new_id, new_secret
from server.journal.store import Deed, note

MOST_CAMERAS = 16


class CourtService:
    """Courts and what stands in their rooms; every change is in the journal, without addresses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def courts(self) -> list[Court]:
        """Return all courts."""
        async with self._database.read() as connection:
            return await store.all_courts(connection)

    async def court(self, identifier: str) -> Court:
        """Return a court; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.court(connection, identifier)
        if found is None:
            raise NotFound
        return found

    async def add_court(self, new: Court, by: Person) -> Court:
        """Add a court (its ``id`` is given here); raises ``Invalid`` or ``Conflict``."""
        by.must(Permission.ADMINISTER)
        _check_zone(new.time_zone)
        check_style(new.case_number_style)
        new, now = replace(new, id=new_id()), datetime.now(UTC)
        try:
            async with self._database.begin() as connection:
                await store.add_court(connection, new, now)
                await note(connection, Deed("court.add", f"court:{new.id}", by.id), now)
        except IntegrityError:
            raise Conflict("There is a court of this name already.") from None
        return new

    async def set_style(self, identifier: str, style: str, by: Person) -> Court:
        """Set the style of a court's case numbers; those that are there stay as they are."""
        found = await self.court(identifier)
        by.must(Permission.ADMINISTER, identifier)
        check_style(style)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            await store.set_style(connection, identifier, style)
            details: dict[str, object] = {"before": found.case_number_style, "after": style}
            deed = Deed("court.case_numbers", f"court:{identifier}", by.id, details)
            await note(connection, deed, now)
        return replace(found, case_number_style=style)

    async def courtrooms(self, court: str | None = None) -> list[Courtroom]:
        """Return the courtrooms of a court, or all."""
        async with self._database.read() as connection:
            return await store.all_courtrooms(connection, court)

    async def courtroom(self, identifier: str) -> Courtroom:
        """Return a courtroom; raises ``NotFound``."""
        async with self._database.read() as connection:
            found = await store.courtroom(connection, identifier)
        if found is None:
            raise NotFound
        return found

    async def add_courtroom(self, new: Courtroom, by: Person) -> Courtroom:
        """Add a courtroom to a court (its ``id`` is given here)."""
        await self.court(new.court)
        by.must(Permission.EQUIP, new.court)
        new, now = replace(new, id=new_id()), datetime.now(UTC)
        async with self._database.begin() as connection:
            await store.add_courtroom(connection, new, now)
            await note(connection, Deed("courtroom.add", f"courtroom:{new.id}", by.id), now)
        return new

    async def cameras(self, courtroom: str) -> list[Camera]:
        """Return a courtroom's cameras; callers must not show ``url``."""
        async with self._database.read() as connection:
            return await store.cameras_of(connection, courtroom)

    async def add_camera(self, new: Camera, by: Person) -> Camera:
        """Add a camera to a courtroom (its ``id`` is given here)."""
        room = await self.courtroom(new.courtroom)
        by.must(Permission.EQUIP, room.court)
        url = addresses.accept(new.url, new_secret())
        new, now = replace(new, id=new_id(), url=url), datetime.now(UTC)
        async with self._database.begin() as connection:
            if len(await store.cameras_of(connection, room.id)) >= MOST_CAMERAS:
                raise Conflict("A courtroom has at most %(most)s cameras.", most=MOST_CAMERAS)
            await _check_place(connection, new)
            await store.add_camera(connection, new, now)
            await note(connection, Deed("camera.add", f"camera:{new.id}", by.id), now)
        return new

    async def change_camera(self, identifier: str, changes: dict[str, Any], by: Person) -> Camera:
        """Change a camera's ``name``, ``name_en``, ``url``, ``microphone`` or ``place``."""
        found = await self._camera_of(identifier, by)
        if "url" in changes:
            changes = {**changes, "url": addresses.accept(changes["url"], new_secret())}
        changed, now = replace(found, **changes), datetime.now(UTC)
        details: dict[str, object] = {"fields": sorted(changes)}
        async with self._database.begin() as connection:
            if "url" in changes:
                await _check_place(connection, changed)
            await store.change_camera(connection, identifier, changes)
            deed = Deed("camera.change", f"camera:{identifier}", by.id, details)
            await note(connection, deed, now)
        return changed

    async def push_target(self, identifier: str, own_host: str, by: Person) -> Target:
        """Return where a camera is to push to, with its key: for those who set up its encoder.

        ``own_host`` is a name of this machine. That the key was shown is in the journal. Raises
        ``NotFound`` if nothing is pushed to the camera's address.
        """
        found = await self._camera_of(identifier, by)
        target = push.target(found.url, own_host)
        if target is None:
            raise NotFound
        async with self._database.begin() as connection:
            deed = Deed("camera.show_key", f"camera:{identifier}", by.id)
            await note(connection, deed, datetime.now(UTC))
        return target

    async def by_key(self, identifier: str, key: str) -> Camera:
        """Return the camera whose publisher has this key; raises ``SignInNeeded``.

        Whether there is such a camera, and whether one publishes to it by WHIP, is told to nobody.
        """
        async with self._database.read() as connection:
            found = await store.camera(connection, identifier)
        right = push.whip_key(found.url) if found else None
        if not hmac.compare_digest(key.encode(), (right or "").encode()) or not right or not found:
            raise SignInNeeded("The key is not this camera's.")
        return found

    async def remove_camera(self, identifier: str, by: Person) -> None:
        """Take a camera out of use; what it recorded stays."""
        await self._camera_of(identifier, by)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            await store.change_camera(connection, identifier, {"removed_at": now})
            await note(connection, Deed("camera.remove", f"camera:{identifier}", by.id), now)

    async def masks(self, courtroom: str) -> Masks:
        """Return what a courtroom's pictures always hide."""
        async with self._database.read() as connection:
            return await store.masks_of(connection, courtroom)

    async def set_masks(self, courtroom: str, masks: Masks, by: Person) -> Masks:
        """Let these be a courtroom's mask templates; raises ``Invalid`` for a foreign camera."""
        room = await self.courtroom(courtroom)
        by.must(Permission.EQUIP, room.court)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            in_room = {camera.id for camera in await store.cameras_of(connection, room.id)}
            if not {one.camera for one in masks.templates} <= in_room:
                raise Invalid("This camera is not in the courtroom.", field="masks")
            await store.replace_masks(connection, room.id, masks)
            details: dict[str, object] = {
                "required": masks.required,
                "masks": [asdict(one) for one in masks.templates],
            }
            deed = Deed("courtroom.masks", f"courtroom:{room.id}", by.id, details)
            await note(connection, deed, now)
        return masks

    async def _camera_of(self, identifier: str, by: Person) -> Camera:
        async with self._database.read() as connection:
            found = await store.camera(connection, identifier)
            room = await store.courtroom(connection, found.courtroom) if found else None
        if found is None or room is None:
            raise NotFound
        by.must(Permission.EQUIP, room.court)
        return found


COURTS = web.AppKey("courts", CourtService)


async def _check_place(connection: AsyncConnection, new: Camera) -> None:
    """Raise ``Conflict`` if another camera is listened for where this one would be."""
    wanted = push.place(new.url)
    if wanted is None:
        return
    for known in await store.all_cameras(connection):
        taken = push.place(known.url) if known.id != new.id else None
        is_same_room = known.courtroom == new.courtroom
        if taken is not None and wanted.excludes(taken, is_same_room=is_same_room):
            raise Conflict("Another camera is listened for at this port; choose another port.")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("There is no such time zone.", field="time_zone") from None
