"""From a picture in the room to its part: ``python -m tests.bench.freshness MASTER_PLAYLIST``.

Plays a live stream as a low-latency player does (blocking reloads of its first variant) and fetches
each part as soon as it is listed. Told is the time from the court time of the part's last picture
to the moment at which all of its bytes are here, less the broadcast's delay (``--delay``). Court
time is the machine's time, so this must run on the service's machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from aiohttp import ClientSession

_PART = re.compile(r'#EXT-X-PART:(?=.*DURATION=([\d.]+))(?=.*URI="([^"]+)")')
_TICK_S = 0.04


@dataclass(frozen=True)
class Listed:
    """A part of a playlist; ``ends_at`` is the court time at which it ends (Unix seconds)."""

    msn: int
    part: int
    uri: str
    ends_at: float


def parts_of(playlist: str) -> list[Listed]:
    """Return the parts of a media playlist in order."""
    found: list[Listed] = []
    msn, part, at, whole = 0, 0, 0.0, 0.0
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-MEDIA-SEQUENCE:"):
            msn = int(line.partition(":")[2])
        elif line.startswith("#EXT-X-SKIP:"):
            msn += int(line.rpartition("SKIPPED-SEGMENTS=")[2].split(",")[0])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            at = datetime.fromisoformat(line.partition(":")[2].replace("Z", "+00:00")).timestamp()
        elif line.startswith("#EXTINF:"):
            whole = float(line.partition(":")[2].rstrip(","))
        elif (told := _PART.match(line)) is not None:
            at += float(told[1])
            found.append(Listed(msn, part, told[2], at))
            part += 1
        elif line and not line.startswith("#"):
            at += 0.0 if part else whole  # old segments have no parts any more
            msn, part = msn + 1, 0
    return found


async def follow(master: str, count: int) -> list[float]:
    """Return for each of the next parts how old its last picture was when it had come."""
    ages: list[float] = []
    async with ClientSession() as session:
        async with session.get(master) as answer:
            variants = [
                one for one in (await answer.text()).splitlines() if not one.startswith("#")
            ]
        address = urljoin(master, next(one for one in variants if one))
        query = ""
        known: set[str] = set()
        while len(ages) < count:
            async with session.get(address + query) as answer:
                answer.raise_for_status()
                listed = parts_of(await answer.text())
            for one in listed:
                if one.uri not in known and known:
                    async with session.get(urljoin(address, one.uri)) as answer:
                        await answer.read()
                    ages.append(time.time() - (one.ends_at - _TICK_S))
            known.update(one.uri for one in listed)
            newest = listed[-1]
            query = f"?_HLS_msn={newest.msn}&_HLS_part={newest.part + 1}"
    return ages


def main() -> int:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("master", help="address of a live multivariant playlist")
    parser.add_argument("--parts", type=int, default=100)
    parser.add_argument("--delay", type=float, default=0.0, help="the broadcast's delay, seconds")
    asked = parser.parse_args()
    ages = sorted(age - asked.delay for age in asyncio.run(follow(asked.master, asked.parts)))
    told = {
        "parts": len(ages),
        "median_ms": round(statistics.median(ages) * 1000),
        "p95_ms": round(ages[int(len(ages) * 0.95) - 1] * 1000),
        "max_ms": round(ages[-1] * 1000),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
