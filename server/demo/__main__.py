"""The demonstration's process: ``python -m server.demo ASSIGNMENT.json``.

Draws the courtroom, sends its cameras, puts two hearings on the air and writes their report.
When both can be watched it writes ``run/demo.json``.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from media import die_with_parent, until_stopped
from server.demo.api import Api
from server.demo.calendar import POSITIONS, Planned, plan
from server.demo.clerk import report
from server.demo.court import DemoCourt, Memory, Shown, Wish, given_wish, scene_wish
from server.demo.scene import draw, sending
from server.first_access import write_private
from server.listening import free_port
from server.places import Places

FIRST_DELAY_S, SECOND_DELAY_S = 0.0, 10.0
PLAYABLE_SECONDS = 30.0


async def run(assignment: Mapping[str, Any], stop: asyncio.Event) -> None:
    """Demonstrate until told to stop, whatever is just being done: drawing takes its time."""
    work = asyncio.create_task(_demonstrate(assignment), name="demonstration")
    stopped = asyncio.create_task(stop.wait(), name="stopped")
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        work.cancel()
        await asyncio.wait({work})
    if not work.cancelled():
        work.result()


async def _demonstrate(assignment: Mapping[str, Any]) -> None:
    """Bring the court to life, and keep its cameras and clerks going until cancelled."""
    places = Places(Path(assignment["data"]))
    home = places.data / "demo"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    access = await _access(places.run / "access.json")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        api = Api.with_token(session, access["api"], access["token"])
        court = DemoCourt(api, Memory.read(home / "memory.json"))
        positions = tuple(name for name, _, _ in POSITIONS)
        first, second = (planned for planned in plan(datetime.now(UTC).year) if planned.on_air)
        (rooms, given), clips = await asyncio.gather(
            _set_up(court, first, assignment), draw(home / "scene", positions)
        )
        async with sending(clips, _listen(home)) as urls:
            shown = [
                given or await court.on_air(first, rooms[first.room], _scene(assignment, urls)),
                await court.on_air(second, rooms[second.room], scene_wish(urls, SECOND_DELAY_S)),
            ]
            await court.fill_calendar(rooms)
            key = await court.partner_key()
            async with asyncio.TaskGroup() as clerks:
                for planned, (one, is_new) in zip((first, second), shown, strict=True):
                    if is_new:
                        clerks.create_task(report(api, one["id"], planned.title))
                await asyncio.gather(*(_playable(session, one["hls"]) for one, _ in shown))
                document = {
                    "broadcasts": [_told(one) for one, _ in shown],
                    "partner_key": key,
                    "pilot": court.pilot,
                }
                await asyncio.to_thread(write_private, places.run / "demo.json", document)
                await asyncio.Event().wait()  # until cancelled


async def _set_up(
    court: DemoCourt, first: Planned, assignment: Mapping[str, Any]
) -> tuple[tuple[str, ...], Shown | None]:
    """Make the court; its first hearing need not wait for the drawing if its cameras are given."""
    rooms = await court.set_up()
    if not assignment["cameras"]:
        return rooms, None
    wish = given_wish(assignment["cameras"], _first_delay_s(assignment))
    return rooms, await court.on_air(first, rooms[first.room], wish)


def _scene(assignment: Mapping[str, Any], urls: dict[str, str]) -> Wish:
    return scene_wish(urls, _first_delay_s(assignment))


def _first_delay_s(assignment: Mapping[str, Any]) -> float:
    delay_s = assignment["delay_s"]
    return FIRST_DELAY_S if delay_s is None else float(delay_s)


def _told(broadcast: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "delay_s", "page", "hls", "whep", "report_events")
    told = {name: broadcast[name] for name in names}
    base = broadcast["page"].split("/broadcasts/", 1)[0]
    return {**told, "thumbnail": f"{base}/thumbnails/{broadcast['id']}.jpg"}


def _listen(home: Path) -> str:
    """Return the cameras' address: the same again after a restart, as cameras do not move."""
    kept = home / "listen"
    try:
        return kept.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        address = f"127.0.0.1:{free_port('127.0.0.1', 0)}"
        kept.write_text(address, encoding="ascii")
        return address


async def _access(path: Path) -> dict[str, Any]:
    """Wait until the server has said where it is."""
    while not path.exists():  # noqa: ASYNC110, ASYNC240  (another process makes it)
        await asyncio.sleep(0.05)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))  # noqa: ASYNC240
    return found


async def _playable(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until a player would find pictures."""
    async with asyncio.timeout(PLAYABLE_SECONDS):
        while True:
            async with session.get(url) as answer:
                if answer.ok:
                    return
            await asyncio.sleep(0.1)


def main() -> int:
    """Run the demonstration that the assignment describes."""
    die_with_parent()
    assignment = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(until_stopped(lambda stop: run(assignment, stop)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
