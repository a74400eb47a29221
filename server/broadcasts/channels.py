"""What this server holds of the broadcasts that are on the air: one channel each.

A channel is connected to its worker, feeds the origin that players are served from, and keeps the
newest status. It survives the worker's restarts; when the stream has ended it stays for a while, so
that players can read to the end.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from media import (
    WINDOW_SECONDS,
    Alarms,
    Message,
    OrderForce,
    Origin,
    ProgramMeter,
    StreamEnd,
    Subscribe,
    Thumbnail,
    WorkerStatus,
    read_forces,
    read_history,
)
from server.broadcasts.assignments import worker_name
from server.broadcasts.changes import Changes
from server.broadcasts.connection import Listening
from server.places import Places

_log = structlog.stdlib.get_logger(__name__)
_KEPT_AFTER_END = 8
Ended = Callable[[str], Awaitable[None]]


class Channel:
    """One broadcast on the air.

    ``status`` is None while the worker is away, ``status_at`` when it came (monotonic seconds);
    ``air`` is what the worker last said is shown.
    """

    def __init__(
        self,
        broadcast: str,
        places: Places,
        ended: Callable[[str], None],
        window_seconds: int | None = None,
    ) -> None:
        self.broadcast = broadcast
        self.directory: Path = places.broadcast(broadcast)
        self.socket: Path = places.socket(worker_name(broadcast))
        self.origin = Origin(
            self.directory,
            window_seconds=window_seconds,
            history=partial(read_history, self.directory),
        )
        self.changes = Changes()
        self.status: WorkerStatus | None = None
        self.status_at = 0.0
        self.meter: ProgramMeter | None = None
        self.alarms: Alarms | None = None
        self.air = ""
        self.thumbnail: Thumbnail | None = None
        self.is_ended = False
        self._ended = ended
        self._forces: dict[int, OrderForce] = {}
        self._listening = Listening(self.socket, self._wish, self._take, self._lost)

    def start(self) -> None:
        """Connect to the worker, as often as it takes."""
        self._listening.start()

    async def stop(self) -> None:
        """Disconnect; what came in stays."""
        await self._listening.stop()

    @property
    def is_playable(self) -> bool:
        """Whether there is something to be played already."""
        return self.origin.info is not None

    @property
    def connected(self) -> bool:
        """Whether the worker is there."""
        return self._listening.connected

    def force(self, sequence: int) -> OrderForce | None:
        """Return when an order took force, if the worker has said so."""
        return self._forces.get(sequence)

    async def until_force(self, sequence: int, within_s: float) -> OrderForce | None:
        """Wait for an order to take force; None if it does not within the time."""
        try:
            async with asyncio.timeout(within_s):
                while sequence not in self._forces:
                    await self.changes.after(self.changes.count, within_s)
        except TimeoutError:
            return await self._noted(sequence)
        return self._forces[sequence]

    async def _noted(self, sequence: int) -> OrderForce | None:
        """Look into the worker's own log: the message may have been lost with a connection."""
        for force in await asyncio.to_thread(forces, self.directory):
            self._forces.setdefault(force.sequence, force)
        return self._forces.get(sequence)

    def _wish(self) -> Subscribe:
        return Subscribe("parts", since=self.origin.since)

    def _take(self, message: Message) -> Message | None:
        was_playable = self.is_playable
        answer = self.origin.apply(message)
        if self.is_playable and not was_playable:
            self.changes.tell()
        match message:
            case WorkerStatus():
                self.status, self.air = message, message.air
                self.status_at = time.monotonic()
            case ProgramMeter():  # whoever looks at meters looks ten times a second
                self.meter = message
                return self._answered(answer)
            case Alarms():
                self.alarms = message
            case Thumbnail():
                self.thumbnail = message
            case OrderForce():
                self._forces[message.sequence] = message
            case StreamEnd():
                self.is_ended, self.air = True, "ended"
                self._ended(self.broadcast)
            case _:
                return self._answered(answer)
        self.changes.tell()
        return self._answered(answer)

    def _answered(self, answer: Message | None) -> Message | None:
        # After a cut no picture of what was cut may be left here (architecture §6.7).
        if answer is not None and self.origin.thumbnail is None:
            self.thumbnail = None
        return answer

    def _lost(self) -> None:
        self.status = self.meter = self.alarms = None
        self.changes.tell()
        if not self.is_ended:
            _log.warning("worker lost", broadcast=self.broadcast)


class Channels:
    """All channels of this server, by broadcast.

    ``dvr_minutes`` is how far viewers can go back; 0: to the beginning.
    """

    def __init__(self, places: Places, dvr_minutes: int = 0) -> None:
        self._places = places
        self._window_seconds = max(dvr_minutes * 60, WINDOW_SECONDS) if dvr_minutes else None
        self._live: dict[str, Channel] = {}
        self._over: OrderedDict[str, Channel] = OrderedDict()
        self._finish: Ended | None = None
        self._finishing: set[asyncio.Task[None]] = set()

    def on_end(self, finish: Ended) -> None:
        """Set what is done when a stream has ended."""
        self._finish = finish

    def follow(self, broadcast: str) -> Channel:
        """Return the channel of a broadcast on the air; it is connected if it was not."""
        channel = self._live.get(broadcast)
        if channel is None:
            channel = self._live[broadcast] = Channel(
                broadcast, self._places, self._ended, self._window_seconds
            )
            channel.start()
        return channel

    def get(self, broadcast: str) -> Channel | None:
        """Return the channel of a broadcast that is on the air or ended a short while ago."""
        return self._live.get(broadcast) or self._over.get(broadcast)

    def live(self) -> frozenset[str]:
        """Return the broadcasts that are followed now."""
        return frozenset(self._live)

    def origin(self, broadcast: str) -> Origin | None:
        """Return the origin of a broadcast that is on the air or ended a short while ago."""
        channel = self.get(broadcast)
        return channel.origin if channel else None

    def thumbnail(self, broadcast: str) -> bytes | None:
        """Return the last JPEG of what the public sees."""
        channel = self.get(broadcast)
        return channel.thumbnail.payload if channel and channel.thumbnail else None

    async def leave(self, broadcast: str) -> None:
        """Disconnect from a worker that is no longer needed; its origin stays for a while."""
        channel = self._live.pop(broadcast, None)
        if channel is None:
            return
        await channel.stop()
        self._over[broadcast] = channel
        while len(self._over) > _KEPT_AFTER_END:
            self._over.popitem(last=False)

    async def close(self) -> None:
        """Disconnect from all workers, which go on."""
        for task in self._finishing:
            task.cancel()
        await asyncio.gather(*self._finishing, return_exceptions=True)
        await asyncio.gather(*(channel.stop() for channel in self._live.values()))
        self._live.clear()
        self._over.clear()

    def _ended(self, broadcast: str) -> None:
        if self._finish is None:
            return
        # Not awaited here: this is called from the connection that the finishing will close.
        task = asyncio.ensure_future(self._finish(broadcast))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)


CHANNELS = web.AppKey("channels", Channels)


def forces(directory: Path) -> list[OrderForce]:
    """Return which orders took force when, from the worker's log; reads the disk."""
    return [
        OrderForce(
            sequence=int(one["sequence"]),
            order=str(one["order"]),
            court_us=int(one["court_us"]),
            air_us=int(one["air_us"]),
        )
        for one in read_forces(directory)
    ]
