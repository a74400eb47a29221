"""One service for all stories, a camera that shows the time, and pages that are watched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser

from tests.services.program import own_folder
from tests.services.turn import TurnServer
from tests.services.wall_clock import WallClock
from tests.story.clock_camera import ClockCamera, make_clip, sending
from tests.story.court import Court
from tests.story.pages import OpenPage, Pages
from tests.story.service import ROOT, Service

TempPaths = pytest.TempPathFactory
DRAWN_WITHIN = 400.0
DRAWN_SIZE = "320x180"


@pytest.fixture(scope="session")
def camera() -> Iterator[ClockCamera]:
    """Send a picture that says when it was taken."""
    with own_folder() as folder, sending(make_clip(folder / "clock.mp4")) as camera:
        yield camera


@pytest.fixture(scope="session")
def courtroom_clips(request: pytest.FixtureRequest, tmp_path_factory: TempPaths) -> Path:
    """Draw the demonstration's courtroom once for all runs; a changed drawing is made anew."""
    cache: pytest.Cache | None = getattr(request.config, "cache", None)  # -p no:cacheprovider
    folder = cache.mkdir("tingbo-courtroom") if cache else tmp_path_factory.mktemp("courtroom")
    draw = [sys.executable, "-m", "media.scene", "--size", DRAWN_SIZE, str(folder)]
    subprocess.run(draw, cwd=ROOT, check=True, capture_output=True, timeout=DRAWN_WITHIN)
    return folder


@pytest.fixture(scope="session")
def wall_clock(tmp_path_factory: TempPaths) -> WallClock:
    """Have a time of day for the service that can be set; cameras and browsers keep theirs."""
    return WallClock(tmp_path_factory.mktemp("machine") / "clock")


@pytest.fixture(scope="session")
def service(
    camera: ClockCamera, courtroom_clips: Path, turn_server: TurnServer, wall_clock: WallClock
) -> Iterator[Service]:
    """Run the demonstration: the first hearing by the clock camera, the second drawn, 10 s late."""
    turn = {
        "TINGBO_TURN_URLS": f"{turn_server.url('udp')} {turn_server.url('tcp')}",
        "TINGBO_TURN_SECRET": turn_server.secret,
    }
    with own_folder() as folder:
        data = folder / "data"
        shutil.copytree(courtroom_clips, data / "demo" / "scene")
        service = Service(data, camera.url, {**turn, **wall_clock.environment})
        try:
            service.start()
            yield service
        finally:
            service.stop()


@pytest.fixture
async def public(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """Ask the service as somebody without any right, as a browser's address line would."""
    async with httpx.AsyncClient(base_url=service.address, timeout=30) as client:
        yield client


@pytest.fixture
async def court(service: Service, camera: ClockCamera) -> AsyncIterator[Court]:
    """Speak to the API as the owner; broadcasts of the test's own are ended after it."""
    authority = {"Authorization": f"Bearer {service.token}"}
    async with httpx.AsyncClient(
        base_url=service.line["api"], headers=authority, timeout=30
    ) as client:
        court = Court(client, camera.url)
        yield court
        await court.end_all()


@pytest.fixture
async def open_page(browser: Browser, service: Service) -> AsyncIterator[OpenPage]:
    """Open pages of the service; what must not happen in any of them fails the test at its end."""
    pages = Pages(browser, service)
    yield pages.open
    wrong = await pages.close()
    assert not wrong
