"""Takes the pictures of the documentation: starts the demonstration and drives a real browser.

``scripts/pictures`` writes ``docs/pictures/*.webp``. It needs Chromium (Debian's package
``chromium``) and a font with Chinese signs (``fonts-noto-cjk``); the demonstration runs in a
temporary data directory and is stopped in the end.
"""

import argparse
import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.bootstrap import PYTHON, ROOT
from scripts.progress import CannotGoOn, say

if TYPE_CHECKING:
    from PIL.Image import Image
    from playwright.async_api import Browser, BrowserContext, Page

PICTURES = ROOT / "docs" / "pictures"
READY_SECONDS = 240
STOP_SECONDS = 15
LEAST_POSTS = 7
POSTS_SECONDS = 150
PAGE_MS = 60_000
CALM_MS = 20_000
MOST_BYTES = 300_000
QUALITIES = (88, 80, 72, 60, 45)
WIDE, NARROW = (1280, 860), (360, 740)
LANGUAGES = {"zh": "zh-CN", "en": "en"}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--force-color-profile=srgb",
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A running demonstration: its addresses, and the broadcast that the pictures show."""

    portal: str
    token: str
    broadcast: str


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the arguments, or end with a sentence about the wrong one."""
    parser = argparse.ArgumentParser(
        prog="scripts/pictures",
        description="Take the pictures of the documentation from the demonstration.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="data directory of the demonstration (default: a new one, which is thrown away)",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="WORD",
        help="only pictures with this word in their name, as in console or -zh",
    )
    return parser.parse_args(arguments)


@contextmanager
def demonstration(data: Path) -> Iterator[dict[str, Any]]:
    """Run the demonstration as long as the block lasts; gives its line of JSON."""
    command = [str(PYTHON), "-m", "server", "--demo", "--json", "--port", "0", "--data", str(data)]
    with (data / "pictures.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        try:
            if process.stdout is None or not (line := process.stdout.readline()):
                raise CannotGoOn(f"the demonstration did not start; see {log.name}.")
            yield json.loads(line)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


async def photograph(demo: Demonstration, only: str) -> None:
    """Open a browser and take every picture that is asked for."""
    from playwright.async_api import async_playwright  # noqa: PLC0415  (after set-up)

    program = shutil.which("chromium")
    if program is None:
        raise CannotGoOn("chromium is missing (apt install chromium).")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        await _enough_posts(browser, demo)
        # The desk first: pages that play make a small machine busy, and the desk says so.
        for short, language in LANGUAGES.items():
            await _staff(browser, demo, short, language, only)
        for short, language in LANGUAGES.items():
            await _public(browser, demo, short, language, only)
        await browser.close()


async def _enough_posts(browser: "Browser", demo: Demonstration) -> None:
    """Wait until the report has something to show."""
    context = await browser.new_context()
    address = f"{demo.portal}api/v1/broadcasts/{demo.broadcast}/report/posts"
    until = time.monotonic() + POSTS_SECONDS
    while time.monotonic() < until:
        answer = await context.request.get(address)
        if len((await answer.json())["posts"]) >= LEAST_POSTS:
            break
        await asyncio.sleep(2)
    else:
        raise CannotGoOn("the demonstration's report did not get on.")
    await context.close()


async def _context(
    browser: "Browser", language: str, size: tuple[int, int], token: str = ""
) -> "BrowserContext":
    width, height = size
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN" if language == "zh-CN" else "en-GB",
        timezone_id="Asia/Shanghai",
        color_scheme="light",
        extra_http_headers=headers,
    )
    context.set_default_timeout(PAGE_MS)
    return context


async def _public(
    browser: "Browser", demo: Demonstration, short: str, language: str, only: str
) -> None:
    context = await _context(browser, language, WIDE)
    page = await context.new_page()
    hearing = f"{demo.portal}broadcasts/{demo.broadcast}"
    if wanted(f"portal-{short}", only):
        await page.goto(demo.portal)
        await _drawn(page, ".card img")
        await save(page, f"portal-{short}")
    if wanted(f"broadcast-{short}", only):
        await page.goto(hearing)
        await _playing(page)
        await save(page, f"broadcast-{short}")
    if wanted(f"statistics-{short}", only):
        await page.goto(f"{demo.portal}statistics")
        await page.wait_for_selector("canvas")
        await page.wait_for_timeout(1500)  # the chart grows into its place
        await save(page, f"statistics-{short}")
    await context.close()
    if wanted(f"narrow-{short}", only):
        context = await _context(browser, language, NARROW)
        page = await context.new_page()
        await page.goto(hearing)
        await _playing(page)
        await save(page, f"narrow-{short}")
        await context.close()


async def _staff(
    browser: "Browser", demo: Demonstration, short: str, language: str, only: str
) -> None:
    context = await _context(browser, language, WIDE, demo.token)
    page = await context.new_page()
    desk = f"{demo.portal}console/broadcasts/{demo.broadcast}"
    if wanted(f"console-{short}", only):
        await page.goto(desk)
        await _drawn(page, "#cameras img")
        await _drawn(page, "#public-still")
        await page.wait_for_selector("#preflight li")
        await _calm(page)
        await page.wait_for_timeout(3000)  # sound levels are known after a sentence was spoken
        await save(page, f"console-{short}")
    if wanted(f"report-desk-{short}", only):
        await page.goto(f"{desk}/report")
        await page.wait_for_selector("#desk-list > li")
        await page.wait_for_timeout(500)
        await save(page, f"report-desk-{short}")
    await context.close()


async def _calm(page: "Page") -> None:
    """Wait until the desk has no alarm: the start has made a small machine busy."""
    with suppress(_timeout()):
        await page.wait_for_selector("#alarms", state="hidden", timeout=CALM_MS)


def _timeout() -> type[Exception]:
    """Return what Playwright raises when it has waited long enough."""
    from playwright.async_api import TimeoutError as Waited  # noqa: PLC0415  (after set-up)

    return Waited


def wanted(name: str, only: str) -> bool:
    """Tell whether a picture is asked for."""
    return only in name


async def _drawn(page: "Page", selector: str) -> None:
    """Wait until a picture on the page has come."""
    await page.wait_for_function(
        "selector => { const all = [...document.querySelectorAll(selector)];"
        " return all.length > 0 && all.every(one => one.complete && one.naturalWidth > 0); }",
        arg=selector,
    )


async def _playing(page: "Page") -> None:
    """Wait until the video runs and its court time is shown."""
    await page.wait_for_function(
        "() => { const clock = document.getElementById('court-clock')?.textContent ?? '';"
        " const video = document.querySelector('#player [slot=media]');"
        " return /\\d\\d:\\d\\d:\\d\\d/.test(clock) && video !== null && video.currentTime > 0"
        " && !video.paused && video.readyState >= 3; }"
    )
    await page.wait_for_timeout(2500)


async def save(page: "Page", name: str) -> None:
    """Write what the browser shows as WebP, as good as fits into the bound."""
    from PIL.Image import open as read  # noqa: PLC0415  (after set-up)

    shot = read(io.BytesIO(await page.screenshot(animations="allow"))).convert("RGB")
    path = PICTURES / f"{name}.webp"
    path.write_bytes(_packed(shot))
    size = path.stat().st_size // 1000
    say(f"  {path.relative_to(ROOT)}: {shot.width}x{shot.height}, {size} kB")


def _packed(shot: "Image") -> bytes:
    made = b""
    for quality in QUALITIES:
        out = io.BytesIO()
        shot.save(out, "WEBP", quality=quality, method=6)
        made = out.getvalue()
        if len(made) <= MOST_BYTES:
            break
    return made


def take(data: Path, only: str) -> None:
    """Take the pictures in a data directory."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    say("Starting the demonstration (the first time it draws its courtroom) …")
    with demonstration(data) as ready:
        shown = next(one for one in ready["broadcasts"] if one["delay_s"] > 0)
        demo = Demonstration(ready["portal"], ready["admin"]["token"], shown["id"])
        asyncio.run(photograph(demo, only))


def main(arguments: list[str]) -> int:
    """Take the pictures; 1 if something is missing for it."""
    asked = parse(arguments)
    os.chdir(ROOT)
    try:
        if asked.data is not None:
            asked.data.mkdir(parents=True, exist_ok=True)
            take(asked.data.absolute(), asked.only)
        else:
            with tempfile.TemporaryDirectory(prefix="tingbo-pictures-") as folder:
                take(Path(folder), asked.only)
    except CannotGoOn as reason:
        say(f"Tingbo cannot go on: {reason}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
