"""A court with a room and cameras, and processes of media that only speak their messages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from media import (
    CameraMeter,
    CameraPicture,
    FeedStatus,
    Message,
    MessageStream,
    OrderForce,
    RecorderStatus,
    StreamEnd,
    StreamInfo,
    Thumbnail,
    WorkerStatus,
    serve,
)
from media.orders import read_orders
from server.accounts.roles import Role
from server.places import Places
from tests.server.conftest import Service

SECRET = "rtsp://court:hunter2@192.0.2.7/main"  # noqa: S105


@dataclass
class Speaker:
    """A process of media: says what it is told to say, and what it said last to who comes."""

    said: list[Message] = field(default_factory=list)
    heard: list[Message] = field(default_factory=list)
    streams: set[MessageStream] = field(default_factory=set)

    def say(self, *messages: Message) -> None:
        """Say something to everybody."""
        self.said += messages
        for stream in self.streams:
            for message in messages:
                stream.send(message)

    async def listen(self, stream: MessageStream) -> None:
        """Serve one connection."""
        async for message in stream:
            if message.type == "subscribe":
                for earlier in self.said:
                    stream.send(earlier)
                self.streams.add(stream)
            else:
                self.heard.append(message)
        self.streams.discard(stream)


class Worker(Speaker):
    """Takes orders from the log into force at once, as a worker at delay 0 does."""

    async def follow(self, directory: Path, broadcast: str) -> None:
        """Poll the log as the real one does."""
        known = 0
        while True:
            records = await asyncio.to_thread(read_orders, directory)
            if records and not known:
                self.say(stream_info(broadcast))
            for record in records[known:]:
                air_us = record.court_us + 40_000
                force_us = record.reach_us if record.order != "delay" else record.court_us
                self.say(OrderForce(record.sequence, record.order, force_us, air_us))
                self.say(worker_status(air(record.order), record.court_us))
                if record.order == "end":
                    self.say(StreamEnd(broadcast))
            known = len(records)
            await asyncio.sleep(0.02)


def stream_info(broadcast: str) -> StreamInfo:
    """Return what a worker says first, of a stream without renditions."""
    return StreamInfo(broadcast, (), 320, 6, 2, delay_ms=0)


def air(order: str) -> str:
    """Return what is shown after an order."""
    shown = {"recess": "recess", "closed": "closed", "dump": "interrupted", "end": "ended"}
    return shown.get(order, "room")


def worker_status(shown: str, court_us: int) -> WorkerStatus:
    """Return a worker's status."""
    return WorkerStatus(
        air=shown, court_us=court_us, air_us=court_us, tick=1, lateness_ms=0, repeated=0,
        skipped=0, cpu_seconds=0, cameras={}, peak_dbfs=-20, loudness_lufs=-23, dropped={},
    )  # fmt: skip


def feed_status(camera: str, state: Any = "receiving", issue: str = "") -> FeedStatus:  # noqa: ANN401
    """Return a camera's status."""
    return FeedStatus(
        camera=camera, state=state, issue=issue, next_attempt_s=4, video_codec="h264", width=1920,
        height=1080, frame_rate=25, key_frame_distance_s=2, bit_rate=4_000_000, audio_codec="aac",
        sample_rate=48000, channels=1, last_packet_age_s=0, reconnects=0, loss_percent=0.4,
        jitter_ms=2.9, drift_ppm=12.1,
    )  # fmt: skip


Listen = Callable[[Path, Speaker], Awaitable[None]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Let speakers listen on sockets until the test ends."""
    servers: list[tuple[asyncio.Server, Speaker]] = []

    async def start(socket: Path, speaker: Speaker) -> None:
        await asyncio.to_thread(socket.parent.mkdir, parents=True, exist_ok=True)
        servers.append((await serve(socket, speaker.listen), speaker))

    yield start
    for server, speaker in servers:
        server.close()
        for stream in tuple(speaker.streams):
            stream.abort()
        await server.wait_closed()


@dataclass
class Hall:
    """A courtroom with its broadcast, and headers of who works there."""

    service: Service
    court: str
    room: str
    cameras: list[str]
    broadcast: str
    admin: dict[str, str]
    technician: dict[str, str]

    @property
    def places(self) -> Places:
        """Where its things lie."""
        return Places(self.service.data)

    @property
    def directory(self) -> Path:
        """The broadcast's directory."""
        return self.places.broadcast(self.broadcast)

    async def order(self, order: str, **more: Any) -> Any:  # noqa: ANN401
        """Give an order as the technician."""
        return await self.service.post(
            f"/broadcasts/{self.broadcast}/orders",
            {"order": order, **more},
            headers=self.technician,
        )

    async def show(self) -> Any:  # noqa: ANN401
        """Return the broadcast as the public sees it."""
        return await (await self.service.get(f"/broadcasts/{self.broadcast}")).json()


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with two cameras and a broadcast of today at delay 0."""
    return await furnish(service)


async def furnish(service: Service, *, pilot_runs: bool = True, **plan: Any) -> Hall:  # noqa: ANN401
    """Make a court, a room, cameras, a hearing and its broadcast through the API."""
    admin = await service.token("ada", Role.ADMINISTRATOR)
    court = await made(service, "/courts", {"name": "海州市中级人民法院"}, admin)
    if pilot_runs:
        await pilot(service, court["id"], admin)
    technician = await service.token("tom", Role.TECHNICIAN, court["id"])
    room = await made(service, "/courtrooms", {"court": court["id"], "name": "第一法庭"}, admin)
    cameras = [
        await made(
            service,
            f"/courtrooms/{room['id']}/cameras",
            {"name": name, "url": SECRET, "place": place},
            technician,
        )
        for place, name in enumerate(("全景", "审判席"))
    ]
    hearing = await made(
        service,
        "/hearings",
        {
            "case_number": "(2026) 苏07刑初 12号",
            "courtroom": room["id"],
            "title": "被告人张某盗窃案",
            "scheduled_at": datetime.now(UTC).isoformat(),
        },
        technician,
    )
    broadcast = await made(
        service, "/broadcasts", {"hearing": hearing["id"], "delay_s": 0, **plan}, technician
    )
    ids = [camera["id"] for camera in cameras]
    return Hall(service, court["id"], room["id"], ids, broadcast["id"], admin, technician)


def this_year() -> int:
    """Return the year at the court: it begins there when it is four in the afternoon in UTC."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).year


async def pilot(service: Service, court: str, admin: dict[str, str]) -> None:
    """Let a court without a policy broadcast for a month."""
    body = {"last_day": str(datetime.now(UTC).date() + timedelta(days=30)), "reason": "A trial."}
    response = await service.post(f"/courts/{court}/pilot", body, headers=admin)
    assert response.status == 200, await response.text()


async def made(service: Service, path: str, body: object, by: dict[str, str]) -> Any:  # noqa: ANN401
    """POST and return what was made."""
    response = await service.post(path, body, headers=by)
    assert response.status == 201, await response.text()
    return await response.json()


@pytest.fixture
async def worker(hall: Hall, listen: Listen) -> AsyncIterator[Worker]:
    """The worker of the hall's broadcast."""
    speaker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), speaker)
    following = asyncio.create_task(speaker.follow(hall.directory, hall.broadcast))
    yield speaker
    following.cancel()


@pytest.fixture
async def room_speakers(hall: Hall, listen: Listen) -> tuple[Speaker, Speaker]:
    """Recorder and monitor of the hall's courtroom."""
    recorder, monitor = Speaker(), Speaker()
    await listen(hall.places.socket(f"recorder-{hall.room}"), recorder)
    await listen(hall.places.socket(f"monitor-{hall.room}"), monitor)
    recorder.say(RecorderStatus(hall.room, 1_000_000, True, "", 1 << 30, 0))
    recorder.say(feed_status(hall.cameras[0]))
    recorder.say(feed_status(hall.cameras[1], "waiting", "unauthorised"))
    monitor.say(CameraPicture(hall.cameras[0], 1_000_000, b"\xff\xd8picture"))
    monitor.say(CameraMeter(hall.cameras[0], 1_000_000, -12.0, -20.0))
    return recorder, monitor


__all__ = ["Hall", "Listen", "Speaker", "Thumbnail", "Worker"]
