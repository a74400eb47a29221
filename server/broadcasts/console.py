"""The event streams of the console (staff, undelayed) and of the public page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from media import SERVICE_KEY, OrderRecord, read_orders
from server.broadcasts import faults, phrases
from server.broadcasts.channels import Channel, forces
from server.broadcasts.disk_forecast import USUAL_PUBLIC_BIT_RATE
from server.broadcasts.leaving import LEFT_KEY, SERVICE
from server.broadcasts.model import AIR_NAMES, PUBLIC_NAMES, Broadcast
from server.broadcasts.opening import Opening
from server.broadcasts.orders import standing
from server.broadcasts.room_views import (
    camera_name,
    clock_view,
    disk_minutes,
    feed_view,
    meter_views,
)
from server.broadcasts.rooms import Room
from server.broadcasts.service import BroadcastService
from server.broadcasts.showing import Showing
from server.broadcasts.state import ON_AIR, Order, State
from server.broadcasts.watchers import NOBODY, Watchers, due_of, is_needed
from server.broadcasts.watching import Watch
from server.courts.model import Camera
from server.database.metadata import from_microseconds, to_microseconds
from server.event_stream import Event
from server.openapi import PREFIX
from server.translation import Language
from server.withdrawn.model import NOTHING, Mask

_STATUS_S = 1.0
_METERS_S = 0.1
_PUBLIC_S = 1.0


@dataclass(frozen=True, slots=True)
class Console:
    """What one console shows: a broadcast, its courtroom, the reader's language."""

    broadcast: Broadcast
    room: Room
    cameras: list[Camera]
    language: Language
    people: Callable[[str], Awaitable[str]]
    viewers: Callable[[], int]
    direct: Callable[[], dict[str, Any]]  # how those who watch by WebRTC fare
    showing: Showing
    permitted: Callable[[Order], bool]  # what the reader's own role lets them order
    watchers: Watchers
    opening: Opening
    reserve_bytes: int  # of the disk: where only so much is left the public recording ends
    names: dict[str, str] = field(default_factory=dict)  # of people, once they were asked for


def public_state(about: Broadcast, channel: Channel | None) -> str:
    """Return the state as the public sees it: what is on the air, not what was ordered."""
    state = about.state
    if state is State.PLANNED or state is State.ENDED or not about.has_video:
        return PUBLIC_NAMES[state]
    if channel is None or not channel.is_playable:
        # Players that are told of it now would find nothing.
        return "upcoming" if state is State.LIVE else PUBLIC_NAMES[state]
    return AIR_NAMES.get(channel.air, "upcoming" if not channel.air else "interrupted")


def air_time(channel: Channel | None) -> datetime | None:
    """Return the court time that is being shown; None while nothing is."""
    if channel is None or channel.status is None:
        return None
    return _by_now(channel.status.air_us, channel.status_at)


def _by_now(court_us: int, at: float) -> datetime:
    """Return where a clock is now that showed ``court_us`` at ``at`` (monotonic seconds).

    What a process says of its clock is up to a second old when it is told on.
    """
    return from_microseconds(court_us + round((time.monotonic() - at) * 1_000_000))


async def public_events(
    service: BroadcastService,
    about: Broadcast,
    viewers: Callable[[], int | None],
    mask: Callable[[], Mask] = lambda: NOTHING,
) -> AsyncGenerator[Event]:
    """Yield what the public is told of a broadcast: each second, and at once when it changes.

    ``viewers`` is None where the court's policy keeps that from the public. ``withdrawn`` are the
    court times that players must not show any more, also not from what they hold already;
    ``names`` is how many names are: pages that show one are to be read again.
    """
    while True:
        channel = service.channels.get(about.id)
        now = None
        if channel and channel.status:
            now = _by_now(channel.status.court_us, channel.status_at)
        hidden = mask()
        yield Event(
            "state",
            {
                "state": "withdrawn" if hidden.whole else public_state(about, channel),
                "withdrawn": [
                    [_iso(from_microseconds(at)) for at in stretch]
                    for stretch in hidden.stretches.stretches
                ],
                "names": len(hidden.names),
                "delay_s": about.delay_s,
                "court_time": _iso(now or datetime.now(UTC)),
                "air_time": _iso(air_time(channel)),
                "viewers": viewers(),
            },
        )
        if about.state is State.ENDED and channel is None:
            await _change_of_mask(mask)  # it may be looked at, but nothing else will come
        elif channel is None:
            await asyncio.sleep(_PUBLIC_S)
        else:
            await _change_of_air(channel)
        about = await service.glance(about)


async def _change_of_mask(mask: Callable[[], Mask]) -> None:
    before = mask()
    for _ in range(10):
        await asyncio.sleep(_PUBLIC_S)
        if mask() is not before:
            return


async def _change_of_air(channel: Channel) -> None:
    before, until = (channel.air, channel.is_playable), time.monotonic() + _PUBLIC_S
    while (channel.air, channel.is_playable) == before and (left := until - time.monotonic()) > 0:
        await channel.changes.after(channel.changes.count, left)


async def console_events(service: BroadcastService, console: Console) -> AsyncGenerator[Event]:
    """Yield ``status`` and ``feeds`` each second, ``meters`` 10 times a second, ``journal``."""
    about, due = console.broadcast, 0.0
    told: dict[int, dict[str, Any]] = {}
    while True:
        seen = console.room.changes.count
        channel = service.channels.get(about.id)
        if time.monotonic() >= due:
            due = time.monotonic() + _STATUS_S
            about = await service.glance(about)
            records = await asyncio.to_thread(_records, service, about.id)
            await learn_names(console, records)
            await console.opening.look()
            yield Event("status", status(console, about, channel, records))
            yield Event("feeds", {"cameras": [_feed(console, one) for one in console.cameras]})
            for entry in await journal(service, console, about, records):
                # Told again when it takes force: only then is its time on the air known.
                if told.get(entry["sequence"]) != entry:
                    told[entry["sequence"]] = entry
                    yield Event("journal", entry, id=str(entry["sequence"]))
        yield Event("meters", _meters(console, channel))
        began = time.monotonic()
        await console.room.changes.after(seen, max(due - began, 0.0))
        # Not more often than eyes can follow, however many cameras there are.
        await asyncio.sleep(max(0.0, _METERS_S - (time.monotonic() - began)))


def _records(service: BroadcastService, broadcast: str) -> list[OrderRecord]:
    return read_orders(service.directory(broadcast))


def status(
    console: Console, about: Broadcast, channel: Channel | None, records: list[OrderRecord]
) -> dict[str, Any]:
    """Return what is ordered, what is on the air, and what is wrong."""
    worker = channel.status if channel else None
    recorder = console.room.recorder
    stands = standing(records, over=about.state is State.ENDED)
    court_time = (
        _by_now(recorder.court_us, console.room.recorder_at) if recorder else datetime.now(UTC)
    )
    aired = air_time(channel)
    console.showing.follow(records)
    return {
        "state": PUBLIC_NAMES[stands.state],
        "stage": stands.state.value,
        "air": AIR_NAMES.get(channel.air, "") if channel else "",
        "delay_s": about.delay_s,
        "court_time": _iso(court_time),
        "air_time": _iso(aired),
        "now": _iso(datetime.now(UTC)),
        "viewers": console.viewers(),
        "direct": console.direct(),
        "gate_open": bool(worker and worker.air == "room"),
        "recording": bool(recorder and recorder.recording),
        "disk_minutes": disk_minutes(
            console.room, public_bit_rate(about, channel), console.reserve_bytes
        ),
        "clock": clock_view(recorder),
        "allowed": [one.value for one in stands.allowed() if console.permitted(one)],
        "marks": [one.value for one in stands.marks() if console.permitted(one)],
        "shown": console.showing.told(
            to_microseconds(court_time), worker, to_microseconds(aired) if aired else None
        ),
        "announced": console.opening.told(),
        "watch": watched(console, channel, console.watchers.about(about.id)),
        "peak_db": worker.peak_dbfs if worker else None,
        "loudness_lufs": worker.loudness_lufs if worker else None,
        "lateness_ms": worker.lateness_ms if worker else None,
        **_wrong(console, channel, on_air=stands.state in ON_AIR and about.has_video),
    }


def _wrong(console: Console, channel: Channel | None, *, on_air: bool) -> dict[str, Any]:
    """Return what is wrong: in words, as codes, and of pictures and sound one by one."""
    worker = channel.status if channel else None
    recorder = console.room.recorder
    watchers = console.watchers
    is_unwatched = watchers.about(console.broadcast.id).missed
    found = _faults(console, channel)
    alarms = phrases.alarms(
        console.language,
        on_air=on_air,
        recorder=recorder,
        worker=worker,
        unwatched_s=watchers.period_us / 1_000_000 if is_unwatched else 0,
    )
    return {
        "alarms": alarms + [fault["words"] for fault in found],
        "codes": phrases.codes(recorder, worker),
        "faults": found,
    }


def public_bit_rate(about: Broadcast, channel: Channel | None) -> int:
    """Return what the public recording takes, in bit/s; what is usual before there is one."""
    info = channel.origin.info if channel else None
    if info is None:
        return USUAL_PUBLIC_BIT_RATE if about.has_video else 0
    return sum(one.average_bandwidth for one in info.renditions if one.packaged)


def _faults(console: Console, channel: Channel | None) -> list[dict[str, Any]]:
    """Return what is wrong with cameras, undelayed, and with what the public sees and hears."""
    told = dict(console.room.alarms)
    if channel and channel.alarms:
        told[""] = channel.alarms
    on_air = bool(channel and channel.air == "room")
    names = {camera.id: camera_name(camera, console.language) for camera in console.cameras}
    return faults.faults(console.language, told, names, on_air=on_air)


def watched(console: Console, channel: Channel | None, watch: Watch) -> dict[str, Any] | None:
    """Return who watches what the public sees; None where nobody is asked to."""
    watchers = console.watchers
    if not watchers.period_us:
        return None
    return {
        "needed": is_needed(channel),
        "watcher": console.names.get(watch.watcher, ""),
        "due_at": _iso(due_of(watch)),
        "missed": watch.missed,
        "period_s": watchers.period_us / 1_000_000,
        "shows_slate": watchers.shows_slate,
    }


def _feed(console: Console, camera: Camera) -> dict[str, Any]:
    pictures = f"{PREFIX}/broadcasts/{console.broadcast.id}/cameras"
    return feed_view(console.room, camera, console.language, pictures) | {
        "in_program": camera.id in console.broadcast.cameras
    }


def _meters(console: Console, channel: Channel | None) -> dict[str, Any]:
    """Return the sound of each camera, undelayed, and of what the public hears."""
    return {
        "cameras": meter_views(console.room),
        "program": faults.program_meter(channel.meter if channel else None),
    }


async def learn_names(console: Console, records: list[OrderRecord]) -> None:
    """Ask for the names of people that are not known yet."""
    watcher = console.watchers.about(console.broadcast.id).watcher
    people = {record.by for record in records} | ({watcher} if watcher else set())
    for person in people - console.names.keys():
        if person == NOBODY:
            console.names[person] = phrases.nobody(console.language)
        elif person == SERVICE:
            console.names[person] = phrases.service(console.language)
        else:
            console.names[person] = await console.people(person)


async def journal(
    service: BroadcastService, console: Console, about: Broadcast, records: list[OrderRecord]
) -> list[dict[str, Any]]:
    """Return the orders as the console shows them, oldest first."""
    took = {
        one.sequence: one for one in await asyncio.to_thread(forces, service.directory(about.id))
    }
    names = console.names
    cameras = {one.id: camera_name(one, console.language) for one in console.cameras}
    return [
        {
            "sequence": record.sequence,
            "at": _iso(from_microseconds(record.court_us)),
            "order": record.order,
            "by": names[record.by],
            "words": phrases.order_words(
                console.language,
                record,
                cameras,
                unwatched=record.key.startswith(SERVICE_KEY),
                left=record.key.startswith(LEFT_KEY),
            ),
            "court_time": _iso(
                from_microseconds(
                    took[record.sequence].court_us if record.sequence in took else record.court_us
                )
            ),
            "air_time": _iso(from_microseconds(took[record.sequence].air_us))
            if record.sequence in took
            else None,
        }
        for record in records
    ]


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None
