"""Viewers of several makers: each is given an address, watches for so long, and tells what it saw.

``MAKERS`` names them. Whoever ``plays`` shows pictures in time, as browsers and GStreamer do; the
others show them as they come.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from media.own_addresses import addresses_of_machine
from tests.player.viewing import Picture, Viewing
from tests.player.webrtc import SEEN, WATCH, Run, reading, running_in
from tests.services import chromium, firefox, pion
from tests.story import clock_strip
from tests.tools import require_gstreamer

SERVICES = Path(__file__).parent.parent / "services"
LOUD = 0.03
"""The camera's tone has a tenth of full scale."""
HERE = "127.0.0.1"
OUTSIDE = next((one for one in addresses_of_machine() if ":" not in one), HERE)
"""libnice sends nothing to loopback. Asked now: ``gather_on`` changes what the machine's are."""
EVERY_PICTURE = 1 << 30

Watch = Callable[[str, float], Awaitable[Viewing]]
"""Watches at a relay's address for so many seconds from the answer on."""


@dataclass(frozen=True)
class Maker:
    """``viewing(folder)`` has a viewer as long as the block lasts.

    ``finds``: an address of this machine to which the viewer sends of itself.
    """

    viewing: Callable[[Path], AbstractAsyncContextManager[Watch]]
    plays: bool = True
    finds: str = HERE


@contextlib.asynccontextmanager
async def in_chromium(_: Path) -> AsyncIterator[Watch]:
    """Have Chromium; each viewing is a page of its own."""
    async with chromium.browsing() as browser:

        async def watch(address: str, seconds: float) -> Viewing:
            page = await browser.new_page()
            await page.goto(address)
            seen = await _in_page(running_in(page), seconds)
            await page.close()
            return seen

        yield watch


@contextlib.asynccontextmanager
async def in_firefox(openh264: Path) -> AsyncIterator[Watch]:
    """Have Firefox with the plug-in in a folder; each viewing loads the page anew."""
    async with firefox.browsing(openh264) as tab:

        async def watch(address: str, seconds: float) -> Viewing:
            await tab.go(address)
            return await _in_page(tab.evaluate, seconds)

        yield watch


async def _in_page(run: Run, seconds: float) -> Viewing:
    began = await run(WATCH, "video", "audio")
    if began["status"] != 201:
        raise RuntimeError(began["words"])
    begun_ms: float = (await run(SEEN))["answered_ms"]
    await asyncio.sleep(max(0.0, seconds - (time.time() - begun_ms / 1000)))
    seen, last = await run(SEEN), await reading(run)
    counted = asdict(last)
    own = {name: counted[name] for name in ("freezes", "frozen_s", "lost", "nacks")}
    pictures = [Picture(*one) for one in seen["pictures"]]
    return Viewing(begun_ms, pictures, seen["heard_ms"], {"own": own, "steps": seen["steps"]})


@contextlib.asynccontextmanager
async def in_gstreamer(_: Path) -> AsyncIterator[Watch]:
    """Have GStreamer's webrtcbin, in a process of its own each time."""

    async def watch(address: str, seconds: float) -> Viewing:
        return (await gstreamer_sees(f"{address}/whep", EVERY_PICTURE, seconds))[0]

    yield watch


async def gstreamer_sees(url: str, pictures: int, seconds: float = 60.0) -> tuple[Viewing, int]:
    """Watch until so many pictures have come, or for so long; also return their width."""
    told = await _told(
        require_gstreamer(), SERVICES / "gstreamer_viewer.py", url, pictures, seconds
    )
    seen = [Picture(at_ms, _number(cells)) for at_ms, cells in told["pictures"]]
    own = {"own": told["own"]}
    return Viewing(told["answered_ms"], seen, told["heard_ms"], own), told["width"]


def _number(cells: str) -> int | None:
    return clock_strip.read(np.frombuffer(bytes.fromhex(cells), np.uint8)[np.newaxis])


@contextlib.asynccontextmanager
async def in_aiortc(_: Path) -> AsyncIterator[Watch]:
    """Have aiortc, in a process of its own each time."""

    async def watch(address: str, seconds: float) -> Viewing:
        url = f"{address}/whep"
        told = await _told(sys.executable, "-m", "tests.services.aiortc_viewer", url, seconds)
        seen = [Picture(*one) for one in told["pictures"]]
        return Viewing(told["answered_ms"], seen, told["heard_ms"])

    yield watch


@contextlib.asynccontextmanager
async def in_pion(folder: Path) -> AsyncIterator[Watch]:
    """Have pion, built in the folder, in a process of its own each time."""
    program = await asyncio.to_thread(pion.build, folder / "pion")

    async def watch(address: str, seconds: float) -> Viewing:
        url = f"{address}/whep"
        return (await pion_sees(program, url, EVERY_PICTURE, folder, seconds))[1]

    yield watch


async def pion_sees(
    program: Path, url: str, pictures: int, folder: Path, seconds: float = 60.0
) -> tuple[dict[str, Any], Viewing]:
    """Watch until so many pictures have come, or for so long; also return what pion says."""
    told = await pion.watch(program, url, pictures, folder, seconds)
    shown = await asyncio.to_thread(pion.pictures_in, folder)
    seen = [Picture(at_ms, clock_strip.read(luma)) for at_ms, luma in shown]
    heard = (at_ms for at_ms, loudest in pion.sounds_in(folder) if loudest > LOUD)
    return told, Viewing(told["answered_ms"], seen, next(heard, None))


async def _told(*command: object) -> Any:  # noqa: ANN401  (JSON)
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    return json.loads(told)


MAKERS = {
    "chromium": Maker(in_chromium),
    "gstreamer": Maker(in_gstreamer, finds=OUTSIDE),
    "pion": Maker(in_pion, plays=False),
    "aiortc": Maker(in_aiortc, plays=False),
}
