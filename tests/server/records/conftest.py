"""A hearing of five seconds that is over and filed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from media.assignment import FilingAssignment
from media.feeds.clip import load_clip
from media.filing import file_record
from media.orders import append_order
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.signature import CourtKey
from server.broadcasts.service import BROADCASTS
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.journal.store import entries
from tests.media.export.test_remux import SECOND, sent
from tests.media.feeds.cameras import make_clip
from tests.media.spool.recorded import T0
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip with picture and sound."""
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=6)


@pytest.fixture
async def filed(service: Service, film: Path) -> Hall:
    """A hall whose hearing of five seconds is over and filed; its fourth second was closed."""
    hall = await furnish(service)

    def record() -> None:
        key = CourtKey.at(hall.places.keys / "court.pem")
        spool, clip = hall.places.spool(hall.room), load_clip(film)
        with Head.create(spool) as head:
            for camera in hall.cameras:
                writer = SpoolWriter(spool, camera, head, court_key=key)
                for description in clip.descriptions:
                    writer.append(description)
                for packet in sent(clip):
                    writer.append(packet)
                writer.close()
        for order, at in (("start", 0.5), ("closed", 3.2), ("open", 3.8), ("end", 5.5)):
            append_order(hall.directory, order, T0 + round(at * SECOND), order, "tom")
        public = hall.directory / "public" / "v1"
        public.mkdir(parents=True)
        (public / "0.m4s").write_bytes(b"what the public saw")
        court_key = str(hall.places.keys / "court.pem")
        file_record(
            FilingAssignment(hall.broadcast, hall.room, str(spool), str(hall.directory), court_key)
        )

    await asyncio.to_thread(record)
    return hall


def make_wanted(hall: Hall, kind: str) -> None:
    """Run what the supervisor would run."""
    for path in hall.places.wanted.glob(f"{kind}-*.json"):
        wanted = json.loads(path.read_text())
        assert wanted["once"]
        assignment = hall.places.data / "assignment.json"
        assignment.write_text(json.dumps(wanted["assignment"]))
        subprocess.run([sys.executable, "-m", wanted["module"], assignment], cwd=ROOT, check=True)


async def deeds(hall: Hall) -> list[str]:
    """Return what the journal tells of the hall's broadcast."""
    async with hall.service.app[DATABASE].read() as connection:
        return [one.action async for one in entries(connection, f"broadcast:{hall.broadcast}")]


async def finish(hall: Hall) -> None:
    """Have the broadcast be over since sixty days."""
    await hall.service.app[BROADCASTS].finish(hall.broadcast)
    async with hall.service.app[DATABASE].begin() as connection:
        await connection.execute(
            update(broadcasts).values(
                state="ended", ended_at=datetime.now(UTC) - timedelta(days=60)
            )
        )
