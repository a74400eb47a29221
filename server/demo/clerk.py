"""The demonstration's clerk: posts what is being said, as it is said."""

from __future__ import annotations

import asyncio
import time
from itertools import count

import aiohttp

from media import scene_line
from server.demo.api import Api, Refused

MOST_POSTS = 200
"""Some twenty minutes of report; a demonstration that runs for days must not write a book."""
GONE = (404, 409)


async def report(api: Api, broadcast: str, case: str) -> None:
    """Post the lines of the scene at their time, until the broadcast is over.

    ``case`` is the case's title, which the presiding judge says.
    """
    began = time.monotonic()
    run = f"{time.time():.0f}"
    for number in count():
        if number >= MOST_POSTS:
            return
        line = scene_line(number, case)
        await asyncio.sleep(max(0.0, began + line.at_s - time.monotonic()))
        post = {
            "client_key": f"demo-{run}-{number}",
            "role": line.role,
            "phase": line.phase,
            "body": line.body,
        }
        try:
            await api.when_back("POST", f"/broadcasts/{broadcast}/report/posts", post)
        except Refused as refusal:
            if refusal.status in GONE:
                return
        except aiohttp.ClientError:
            continue
