"""What staff sees of courtrooms in use, undelayed: feeds, pictures, sound levels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping

from aiohttp import web

from media import Alarms, CameraMeter, CameraPicture, FeedStatus, Message, RecorderStatus, Subscribe
from server.broadcasts.assignments import monitor_name, recorder_name
from server.broadcasts.changes import Changes
from server.broadcasts.connection import Listening
from server.broadcasts.disk_forecast import DiskForecast
from server.places import Places


def _wish() -> Subscribe:
    return Subscribe("status")


class Room:
    """One courtroom, as recorder and monitor tell it. Nothing of it may reach the public.

    ``recorder_at`` is when the recorder's status came, in monotonic seconds.
    """

    def __init__(self, courtroom: str, places: Places) -> None:
        self.courtroom = courtroom
        self.changes = Changes()
        self.feeds: dict[str, FeedStatus] = {}
        self.recorder: RecorderStatus | None = None
        self.recorder_at = 0.0
        self.disk = DiskForecast()
        self.pictures: dict[str, CameraPicture] = {}
        self.meters: dict[str, CameraMeter] = {}
        self.alarms: dict[str, Alarms] = {}
        self._recorder = Listening(
            places.socket(recorder_name(courtroom)), _wish, self._take, self._recorder_lost
        )
        self._monitor = Listening(
            places.socket(monitor_name(courtroom)), _wish, self._take, self._monitor_lost
        )

    def start(self) -> None:
        """Connect, as often as it takes."""
        self._recorder.start()
        self._monitor.start()

    async def stop(self) -> None:
        """Disconnect."""
        await asyncio.gather(self._recorder.stop(), self._monitor.stop())

    def _take(self, message: Message) -> None:
        match message:
            case FeedStatus():
                self.feeds[message.camera] = message
            case RecorderStatus():
                self.recorder, self.recorder_at = message, time.monotonic()
                self.disk.take(self.recorder_at, message.free_bytes)
            case CameraPicture():
                self.pictures[message.camera] = message
            case CameraMeter():
                self.meters[message.camera] = message
            case Alarms():
                self.alarms[message.camera] = message
            case _:
                return
        self.changes.tell()

    def _recorder_lost(self) -> None:
        self.feeds.clear()
        self.recorder = None
        self.disk.forget()
        self.changes.tell()

    def _monitor_lost(self) -> None:
        # An old picture would look like a present one.
        self.pictures.clear()
        self.meters.clear()
        self.alarms.clear()
        self.changes.tell()


class Rooms:
    """The courtrooms in use, by id."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._rooms: dict[str, Room] = {}

    def follow(self, courtroom: str) -> Room:
        """Return a courtroom in use; it is connected if it was not."""
        room = self._rooms.get(courtroom)
        if room is None:
            room = self._rooms[courtroom] = Room(courtroom, self._places)
            room.start()
        return room

    def get(self, courtroom: str) -> Room | None:
        """Return a courtroom if it is in use."""
        return self._rooms.get(courtroom)

    def pictures(self, courtroom: str) -> Mapping[str, CameraPicture]:
        """Return the newest picture of each camera; for staff only."""
        room = self._rooms.get(courtroom)
        return room.pictures if room else {}

    def feeds(self) -> Iterator[FeedStatus]:
        """Yield how the cameras of all courtrooms in use fare."""
        for room in self._rooms.values():
            yield from room.feeds.values()

    async def leave(self, courtroom: str) -> None:
        """Disconnect from a courtroom."""
        room = self._rooms.pop(courtroom, None)
        if room is not None:
            await room.stop()

    async def close(self) -> None:
        """Disconnect from all."""
        await asyncio.gather(*(room.stop() for room in self._rooms.values()))
        self._rooms.clear()


ROOMS = web.AppKey("rooms", Rooms)
