"""A media partner's server, and until it is told of a withdrawal (``tests.bench.withdrawal``)."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from server.partners.model import TERMS_VERSION
from server.webhooks.model import Kind

_WITHIN_S = 30.0


class Partner:
    """Notes when each withdrawal was told, by the withdrawal's id; takes nothing unsigned."""

    def __init__(self) -> None:
        self.secret = ""
        self.at: dict[str, float] = {}
        self.news = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        """Take a message."""
        at, body = time.perf_counter(), await request.read()
        if self.secret:
            Webhook(self.secret).verify(body, dict(request.headers))
        told = json.loads(body)
        if told["type"] == Kind.WITHDRAWN:
            self.at.setdefault(told["data"]["withdrawal"], at)
            self.news.set()
        return web.Response(status=204)

    async def until_told(self, withdrawal: str) -> float:
        """Wait for a withdrawal; return when it was told."""
        async with asyncio.timeout(_WITHIN_S):
            while withdrawal not in self.at:
                self.news.clear()
                await self.news.wait()
        return self.at[withdrawal]


async def told_after(
    session: ClientSession, url: str, token: str, broadcast: str, count: int
) -> dict[str, float]:
    """Withdraw a name and give it back so many times; return after how many ms it was told."""
    headers = {"Authorization": f"Bearer {token}"}

    async def call(method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401
        address = f"{url}/api/v1{path}"
        async with session.request(method, address, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.content_type == "application/json" else None

    partner, app = Partner(), web.Application()
    app.router.add_post("/hook", partner.take)
    async with TestServer(app) as server:
        name = f"bench {time.time_ns()}"
        of = f"/partners/{(await call('POST', '/partners', {'name': name}))['id']}"
        await call("PATCH", of, {"terms_version": TERMS_VERSION})
        made = await call("POST", f"{of}/webhooks", {"url": str(server.make_url("/hook"))})
        partner.secret = made["secret"]
        taken = []
        for number in range(count):
            order = {"kind": "name", "reason": "order", "target": f"无此人{number}"}
            since = time.perf_counter()
            withdrawal = await call("POST", f"/broadcasts/{broadcast}/withdrawals", order)
            taken.append((await partner.until_told(withdrawal["id"]) - since) * 1000)
            await call("POST", f"/withdrawals/{withdrawal['id']}/restore", {})
        await call("DELETE", f"{of}/webhooks/{made['id']}")
    ordered = sorted(taken)
    return {
        "median": round(statistics.median(ordered), 1),
        "p95": round(ordered[max(0, round(0.95 * len(ordered)) - 1)], 1),
        "longest": round(ordered[-1], 1),
    }
