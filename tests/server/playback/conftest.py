from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from media import Origin
from media.messages import AirChange
from media.recording.index import PublicRecording, write_stream
from server import audience
from server.app import FEATURES, make_app
from server.broadcasts.tables import broadcasts
from server.database import DATABASE, Database
from server.partners import routes as partners
from server.playback import routes as playback
from server.playback.sources import ORIGINS
from server.settings import Settings
from tests.media.hls.synthetic_stream import START_US as RECORDED_US
from tests.media.hls.synthetic_stream import SyntheticStream, encoded_sound, encoded_video
from tests.server.counted import add_broadcast, open_database
from tests.services.databases import DatabaseOf

START_US = 1_790_000_000_000_000
TURN_SECRET = "known to coturn"  # noqa: S105


class OnAir:
    """A broadcast whose parts the test publishes one by one."""

    def __init__(self, directory: Path, heights: Sequence[int] = (360,)) -> None:
        pictures = (encoded_video(height, 600_000) for height in heights)
        self._stream = SyntheticStream(*pictures, encoded_sound(), start_us=START_US)
        self.origin = Origin(directory)
        self.origin.apply(self._stream.info)
        for init in self._stream.inits():
            self.origin.apply(init)

    def publish(self, parts: int = 1) -> None:
        """Publish the next parts of all renditions."""
        for _ in range(parts):
            for part in self._stream.parts():
                self.origin.apply(part)


@dataclass
class Service:
    """The server with one broadcast ``b1`` that is on the air, and ``b2`` that is not."""

    client: TestClient[web.Request, web.Application]
    data: Path
    database: Database
    on_air: OnAir
    origins: dict[str, Origin]  # what this server has taken up


@pytest.fixture
async def service(tmp_path: Path, database_of: DatabaseOf) -> AsyncIterator[Service]:
    """Start the server."""
    database_url = database_of(tmp_path)
    database = await open_database(database_url)
    await add_broadcast(database, "b1")
    await add_broadcast(database, "b2", started_at=None, state="planned")
    await database.close()
    on_air = OnAir(tmp_path / "broadcasts" / "b1")
    on_air.publish(14)
    settings = Settings(
        data=tmp_path,
        database_url=database_url,
        relays=1,
        turn_urls="stun:ice.example turn:ice.example?transport=tcp",
        turn_secret=TURN_SECRET,
    )
    app = make_app(settings)
    for feature in (audience, partners, playback):
        if feature not in FEATURES:
            feature.setup(app)
    origins = {"b1": on_air.origin}

    def origin_of(broadcast: str) -> Origin | None:
        return origins.get(broadcast)

    app[ORIGINS] = origin_of
    async with TestClient(TestServer(app)) as client:
        yield Service(client, tmp_path, app[DATABASE], on_air, origins)
        await asyncio.sleep(0)


async def make_recording(service: Service) -> None:
    """Record three segments of ``b2``, with a recess in their midst, and make them public."""
    directory = service.data / "broadcasts" / "b2"
    stream = SyntheticStream(encoded_video(360, 600_000), encoded_sound())

    def record() -> None:
        directory.mkdir(parents=True)
        write_stream(directory, stream.info)
        with PublicRecording(directory) as recording:
            for init in stream.inits():
                recording.write_init(init.rendition, init.version, init.payload)
            for at_us, air in ((0, "room"), (1_600_000, "recess"), (4_200_000, "room")):
                recording.note(AirChange(at_us, RECORDED_US + at_us, air))
            for _ in range(18):
                for part in stream.parts():
                    recording.write(part)

    await asyncio.to_thread(record)
    async with service.database.begin() as connection:
        await connection.execute(
            update(broadcasts).where(broadcasts.c.id == "b2").values(replay="public")
        )
