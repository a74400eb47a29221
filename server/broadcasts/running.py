"""Which processes run for which broadcast, and the connections to them."""

from __future__ import annotations

import asyncio
import base64
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from media import RECORD_SHEET, Followed, follow
from server.approvals.policy import Recess
from server.broadcasts.assignments import (
    FILING,
    OURS,
    Share,
    Wish,
    closing_name,
    for_broadcast,
    for_filing,
    for_room,
    monitor_name,
    recorder_name,
    worker_name,
)
from server.broadcasts.channels import Channels
from server.broadcasts.model import Broadcast
from server.broadcasts.rooms import Rooms
from server.courts.model import Camera, Masks
from server.courts.service import CourtService
from server.errors import Conflict
from server.places import Places
from server.settings import Settings
from server.wanted import Processes

_log = structlog.stdlib.get_logger(__name__)


# The rest of the machine is for recorders, monitors, relays and the server; and a worker that has
# no reserve is late as soon as anything else happens.
_FOR_WORKERS = 0.5
_MOST_EMBLEM_BYTES = 256 * 1024  # as media.program.emblem takes


@dataclass(frozen=True, slots=True)
class Asked:
    """What the court's policy asks of a broadcast's processes.

    ``must_mask``: no layout is shown without a mask template, whatever the courtroom demands.
    ``recess``: what of the room the record keeps in a recess.
    """

    must_mask: bool = False
    recess: Recess = "slate"


class Running:
    """Wants and releases processes; ``on_air`` maps the broadcasts on the air to their rooms."""

    def __init__(
        self,
        settings: Settings,
        processes: Processes,
        courts: CourtService,
        channels: Channels,
        rooms: Rooms,
    ) -> None:
        self._settings = settings
        self._places = Places(settings.data)
        self._processes = processes
        self._courts = courts
        self.channels = channels
        self.rooms = rooms
        self._on_air: dict[str, str] = {}
        self._ready: dict[str, Wish] = {}
        self._masks: dict[str, Masks] = {}  # those a broadcast on the air began with
        self.tried: Counter[str] = Counter()  # by how many, of rooms without a hearing

    async def prepare(self, broadcast: Broadcast) -> None:
        """Have the courtroom recorded and watched. What is on the air is not disturbed."""
        room = broadcast.hearing.courtroom
        cameras = await self._courts.cameras(room)
        wishes = for_room(self._places, room, cameras, self._settings)
        await self.want(*wishes, undisturbed=room in self._on_air.values())
        self.rooms.follow(room)

    async def get_ready(self, broadcast: Broadcast, asked: Asked) -> None:
        """Do what can fail before a broadcast is started; raises ``Conflict``.

        A courtroom is on the air with one hearing at a time.
        """
        room = broadcast.hearing.courtroom
        if any(where == room and one != broadcast.id for one, where in self._on_air.items()):
            raise Conflict("Another hearing of this courtroom is on the air.")
        await self.prepare(broadcast)
        directory = str(self._places.broadcast(broadcast.id).absolute())
        followed = Followed(directory, asked.recess) if asked.recess != "slate" else None
        await asyncio.to_thread(follow, self._places.recess(room), followed)
        cameras = chosen(broadcast, await self._courts.cameras(room))
        masks = await self._courts.masks(room)
        masks = replace(masks, required=masks.required or asked.must_mask)
        emblem = await asyncio.to_thread(_emblem, self._places.emblem(broadcast.hearing.court))
        if broadcast.id not in self._on_air:
            self._masks[broadcast.id] = masks
        self._ready[broadcast.id] = for_broadcast(
            self._places, broadcast, cameras, masks, self._share(), emblem
        )

    async def start(self, broadcast: Broadcast) -> None:
        """Put a broadcast on the air that is ready. Again changes nothing."""
        wish = self._ready.pop(broadcast.id)
        undisturbed = broadcast.id in self._on_air
        self._on_air[broadcast.id] = broadcast.hearing.courtroom
        await self.want(wish, undisturbed=undisturbed)
        self.channels.follow(broadcast.id)

    async def close_parts(self, broadcast: Broadcast, order: int) -> None:
        """Have the record closed where it was closed until this order, while it goes on."""
        await self.want(for_filing(self._places, broadcast, self._settings, order))

    def follow(self, broadcast: Broadcast) -> None:
        """Connect to a broadcast that another server put on the air, or this one before."""
        self._on_air[broadcast.id] = broadcast.hearing.courtroom
        self.channels.follow(broadcast.id)
        self.rooms.follow(broadcast.hearing.courtroom)

    async def release(self, broadcast: Broadcast) -> None:
        """Let the processes go that a broadcast no longer needs."""
        self._on_air.pop(broadcast.id, None)
        self._masks.pop(broadcast.id, None)
        await self.channels.leave(broadcast.id)
        for name in (worker_name(broadcast.id), closing_name(broadcast.id)):
            await asyncio.to_thread(self._processes.release, name)
        room = broadcast.hearing.courtroom
        if room not in self._on_air.values():
            await self.leave_room(room)
            await asyncio.to_thread(follow, self._places.recess(room), None)
        if broadcast.has_video:
            await self.want(for_filing(self._places, broadcast, self._settings), undisturbed=True)

    async def leave_room(self, courtroom: str) -> None:
        """Let recorder and monitor of a courtroom go."""
        await self.rooms.leave(courtroom)
        for name in (monitor_name(courtroom), recorder_name(courtroom)):
            await asyncio.to_thread(self._processes.release, name)

    def masks(self, broadcast: str) -> Masks | None:
        """Return the mask templates that a broadcast on the air has; None if it is not known."""
        return self._masks.get(broadcast) if broadcast in self._on_air else None

    def _share(self) -> Share:
        """Return a broadcast's share of the machine."""
        cores = self._settings.cores or float(os.cpu_count() or 1) * _FOR_WORKERS
        return Share(cores / self._settings.broadcasts_at_once, self.public_reserve_bytes)

    @property
    def public_reserve_bytes(self) -> int:
        """The room on the disk with which what the public saw gives way to the court's record.

        A running record may use up all but a quarter of what is kept free.
        """
        return self._settings.keep_free_bytes // 2

    async def tidy(self, rooms_in_use: frozenset[str]) -> None:
        """Let processes go that nobody needs: of broadcasts that are over, of yesterday's rooms."""
        rooms = rooms_in_use | frozenset(self._on_air.values()) | frozenset(self.tried)
        needed = {name(one) for one in self._on_air for name in (worker_name, closing_name)}
        needed |= {name(room) for room in rooms for name in (recorder_name, monitor_name)}
        for name in await asyncio.to_thread(self._processes.wanted):
            if name.startswith(OURS) and name not in needed and self._is_done(name):
                _log.info("process released", process=name)
                await asyncio.to_thread(self._processes.release, name)

    def _is_done(self, name: str) -> bool:
        """Whether nothing is left to do for a process that nobody needs: a record to be filed."""
        broadcast = name.removeprefix(FILING)
        return broadcast == name or (self._places.broadcast(broadcast) / RECORD_SHEET).exists()

    async def want(self, *wishes: Wish, undisturbed: bool = False) -> None:
        """Have processes run; ``undisturbed``: those that do keep what they were told."""
        wanted = await asyncio.to_thread(self._processes.wanted) if undisturbed else frozenset()
        for wish in wishes:
            if wish.name in wanted:
                continue
            changed = await asyncio.to_thread(
                self._processes.want,
                wish.name,
                wish.module,
                wish.assignment,
                wish.nice,
                once=wish.once,
            )
            if changed:
                _log.info("process wanted", process=wish.name)


def chosen(broadcast: Broadcast, in_room: Sequence[Camera]) -> list[Camera]:
    """Return the cameras of the layout, in its order; one that was taken away is left out."""
    by_id = {camera.id: camera for camera in in_room}
    return [by_id[one] for one in broadcast.cameras if one in by_id]


def _emblem(path: Path) -> str:
    """Return a court's emblem in base64, empty if there is none; the worker judges what it is."""
    try:
        with path.open("rb") as file:
            return base64.b64encode(file.read(_MOST_EMBLEM_BYTES + 1)).decode()
    except FileNotFoundError:
        return ""
    except OSError as problem:
        _log.warning("emblem unreadable", path=str(path), problem=str(problem))
        return ""
