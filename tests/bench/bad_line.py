"""Watching in Chromium on a bad line: ``python -m tests.bench.bad_line --seconds 60``.

A relay's own process sends the clock camera's picture and tone; between it and the browser a line
that loses and delays datagrams both ways, as ``tc netem`` would. Told are the time from the answer
to the first picture, with the connection's states on the way, freezes as the browser counts them
(webrtc-stats), and how far the clock in the picture is behind what was sent last. ``--loss 0
--jitter-ms 0`` is a good line; ``--joins 24`` joins so many times instead, each with its own luck,
and tells of the first pictures. Prints a line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.media.relay.lossy import bad_line
from tests.player.webrtc import WATCH, is_heard, late, make_show, reading, running_in, showing
from tests.services.chromium import FLAGS
from tests.services.relay import Relayed
from tests.story.clock_camera import FRAME_MS
from tests.tools import require_tool

EVERY_S = 0.5


async def watch(asked: argparse.Namespace, relayed: Relayed) -> dict[str, Any]:
    """Watch for so long; return what was seen."""
    async with async_playwright() as playwright:
        program = require_tool("chromium")
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        page = await browser.new_page()
        await page.goto(relayed.address)
        run = running_in(page)
        began = await run(WATCH, "video", "audio")
        await is_heard(run)
        behind: list[int] = []
        until = time.monotonic() + asked.seconds
        while time.monotonic() < until:
            now = await reading(run)
            if now.number is not None:
                behind.append(late(relayed.stage, now.number) * FRAME_MS)
            await asyncio.sleep(EVERY_S)
        last = await reading(run)
        await browser.close()
    told = {"first_picture_ms": round(began["first_ms"]), **asdict(last)}
    told |= {"behind_ms_p50": statistics.median(behind), "behind_ms_max": max(behind)}
    return told | {"readings": len(behind)}


async def join(asked: argparse.Namespace, relayed: Relayed) -> dict[str, Any]:
    """Join again and again; return how long each first picture took."""
    firsts: list[dict[str, Any]] = []
    async with async_playwright() as playwright:
        program = require_tool("chromium")
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        for at in range(asked.joins):
            line = bad_line(("127.0.0.1", relayed.port), asked.loss, asked.jitter_ms / 1000, at)
            async with line as (_, relayed.door.line):
                page = await browser.new_page()
                await page.goto(relayed.address)
                firsts.append(await running_in(page)(WATCH, "video", "audio"))
                await page.close()
        await browser.close()
    told = sorted(round(one["first_ms"]) for one in firsts)
    middle, most = statistics.median(told), told[int(0.95 * (len(told) - 1))]
    return {"first_picture_ms_p50": middle, "p95": most, "all": told} | {
        "steps": [one["steps"] | {"picture": round(one["first_ms"])} for one in firsts]
    }


async def run(asked: argparse.Namespace, folder: Path) -> None:
    """Measure, and print."""
    async with showing(folder, make_show(folder)) as relayed:
        if asked.joins:
            sys.stdout.write(json.dumps(await join(asked, relayed)) + "\n")
            return
        async with bad_line(("127.0.0.1", relayed.port), asked.loss, asked.jitter_ms / 1000) as (
            line,
            port,
        ):
            relayed.door.line = port
            seen = await watch(asked, relayed)
            sys.stdout.write(json.dumps(seen | {"line_lost": line.lost}) + "\n")


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--loss", type=float, default=0.05)
    parser.add_argument("--jitter-ms", type=float, default=50)
    parser.add_argument("--joins", type=int, default=0)
    with tempfile.TemporaryDirectory(prefix="tingbo-line-") as folder:
        asyncio.run(run(parser.parse_args(), Path(folder)))


if __name__ == "__main__":
    main()
