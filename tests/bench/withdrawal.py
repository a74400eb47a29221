"""Until something is gone: ``python -m tests.bench.withdrawal DATA BROADCAST``.

Withdraws of a broadcast on the air first a stretch that lies a while back, then all of it, and asks
again and again for everything that showed it. Told is, for each, the time in ms from the order's
request to the first answer without it. ``--viewers`` play meanwhile: each asks for one newest
playlist after the other. With ``--edge`` a cache before the service is asked too. Both withdrawals
are given back at the end. ``DATA`` is the service's data directory, for ``run/access.json``.

With ``--partner N`` a media partner's server on loopback takes webhooks meanwhile, and a name is
withdrawn and given back N times: told is the time from the order's request to the partner's signed
request (median, 95th percentile, longest). The service must be started with
``TINGBO_WEBHOOK_NETWORKS=127.0.0.0/8 TINGBO_WEBHOOK_HTTP=1``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from aiohttp import ClientSession, TCPConnector

from tests.bench.freshness import parts_of
from tests.bench.partner import told_after

_EVERY_S = 0.02
_WITHIN_S = 10.0
IsGone = Callable[[], Awaitable[bool]]


class Court:
    """The service, spoken to as its owner."""

    def __init__(self, session: ClientSession, url: str, token: str, broadcast: str) -> None:
        self.session, self.url, self.broadcast = session, url, broadcast
        self._headers = {"Authorization": f"Bearer {token}"}

    async def call(self, path: str, body: Any) -> Any:  # noqa: ANN401
        """POST to the API."""
        address = f"{self.url}/api/v1{path}"
        async with self.session.post(address, json=body, headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def has_status(self, path: str, *gone: int) -> bool:
        """Tell whether an address answers with one of these."""
        async with self.session.get(urljoin(self.url, path)) as answer:
            await answer.read()
            return answer.status in gone

    async def lacks(self, path: str, text: str) -> bool:
        """Tell whether an address's answer does not hold a text."""
        async with self.session.get(urljoin(self.url, path)) as answer:
            return text not in await answer.text()

    async def variant(self) -> str:
        """Open a session; return the address of its first variant."""
        master = f"{self.url}/hls/{self.broadcast}/master.m3u8"
        async with self.session.get(master) as answer:
            lines = (await answer.text()).splitlines()
        return urljoin(master, next(one for one in lines if one.endswith(".m3u8")))


async def gone_after(is_gone: IsGone, since: float) -> float:
    """Return after how many ms it was gone."""
    while time.perf_counter() - since < _WITHIN_S:
        if await is_gone():
            return round((time.perf_counter() - since) * 1000, 1)
        await asyncio.sleep(_EVERY_S)
    return float("inf")


async def withdrawn(
    court: Court, what: dict[str, Any], watched: dict[str, IsGone]
) -> dict[str, float]:
    """Withdraw, measure, give back."""
    before = {name: await is_gone() for name, is_gone in watched.items()}
    if any(before.values()):
        raise SystemExit(f"not there before: {before}")
    since = time.perf_counter()
    measuring = [asyncio.create_task(gone_after(one, since)) for one in watched.values()]
    order = {"reason": "order", "note": "a measurement", **what}
    made = await court.call(f"/broadcasts/{court.broadcast}/withdrawals", order)
    answered = round((time.perf_counter() - since) * 1000, 1)
    found = dict(zip(watched, await asyncio.gather(*measuring), strict=True))
    await court.call(f"/withdrawals/{made['id']}/restore", {"note": "a measurement"})
    return {"order answered": answered, **found}


async def listed(court: Court, variant: str) -> tuple[str, datetime]:
    """Return a part's segment some ten seconds back, and its court time."""
    async with court.session.get(variant) as answer:
        text = await answer.text()
    newest = parts_of(text)[-1]
    lines = text.splitlines()
    at = max(index for index, line in enumerate(lines) if line.endswith(f"/{newest.msn - 5}.m4s"))
    date = next(one for one in lines[at::-1] if one.startswith("#EXT-X-PROGRAM-DATE-TIME:"))
    moment = datetime.fromisoformat(date.partition(":")[2].replace("Z", "+00:00"))
    return urljoin(variant, lines[at]), moment


async def play(court: Court) -> None:
    """Ask for one newest playlist after the other."""
    variant, query = await court.variant(), ""
    while True:
        async with court.session.get(variant + query) as answer:
            text = await answer.text()
        if answer.status != 200:
            await asyncio.sleep(1)
            continue
        newest = parts_of(text)[-1]
        query = f"?_HLS_msn={newest.msn}&_HLS_part={newest.part + 1}"


async def measure(court: Court, edge: str) -> dict[str, dict[str, float]]:
    """Measure a stretch, then the whole."""
    base = f"/hls/{court.broadcast}"
    variant = await court.variant()
    segment, moment = await listed(court, variant)
    name = segment.rpartition(base)[2]

    async def is_gap() -> bool:
        async with court.session.get(variant) as answer:
            return "#EXT-X-GAP" in await answer.text()

    stretch: dict[str, IsGone] = {
        "playlist": is_gap,
        "segment": lambda: court.has_status(segment, 410),
    }
    page = f"/broadcasts/{court.broadcast}"
    whole: dict[str, IsGone] = {
        "master playlist": lambda: court.has_status(f"{base}/master.m3u8", 410),
        "media playlist": lambda: court.has_status(variant, 410),
        "segment": lambda: court.has_status(segment, 410),
        "thumbnail": lambda: court.has_status(f"/thumbnails/{court.broadcast}.jpg", 410),
        "page": lambda: court.has_status(page, 410),
        "portal": lambda: court.lacks("/", f'data-broadcast="{court.broadcast}"'),
        "report": lambda: court.has_status(f"/api/v1{page}/report/posts", 410),
        "WHEP": lambda: court.has_status(f"/whep/{court.broadcast}", 410),
    }
    if edge:
        cached = f"{edge}{base}{name}"
        stretch["segment in the cache"] = lambda: court.has_status(cached, 410)
        whole["segment in the cache"] = lambda: court.has_status(cached, 410)
    until = (moment + timedelta(seconds=1)).astimezone(UTC).isoformat()
    times = {"since": moment.isoformat(), "until": until}
    found = {"stretch": await withdrawn(court, {"kind": "range", **times}, stretch)}
    await asyncio.sleep(2)
    found["whole"] = await withdrawn(court, {"kind": "broadcast"}, whole)
    return found


async def main(arguments: argparse.Namespace) -> None:
    """Measure and print JSON."""
    access = json.loads((arguments.data / "run" / "access.json").read_text())
    async with ClientSession(connector=TCPConnector(limit=0, ssl=False)) as session:
        court = Court(session, access["portal"].rstrip("/"), access["token"], arguments.broadcast)
        viewers = [asyncio.create_task(play(court)) for _ in range(arguments.viewers)]
        await asyncio.sleep(3 if viewers else 0)
        found = await measure(court, arguments.edge)
        if arguments.partner:
            told = await told_after(
                session, court.url, access["token"], court.broadcast, arguments.partner
            )
            found["partner told"] = told
        for one in viewers:
            one.cancel()
        await asyncio.gather(*viewers, return_exceptions=True)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("broadcast")
    parser.add_argument("--viewers", type=int, default=0)
    parser.add_argument("--edge", default="", help="address of a cache before the service")
    parser.add_argument("--partner", type=int, default=0, help="withdrawals told to a partner")
    asyncio.run(main(parser.parse_args()))
