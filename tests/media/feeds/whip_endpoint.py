"""A camera's WHIP endpoint over HTTP, without the service: what publishers of all kinds ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from media.session_messages import Answer, FeedOffer


class Answering(Protocol):
    """Who answers offers, as ``media.feeds.doors.Doors`` does."""

    async def answer(self, offer: FeedOffer) -> Answer:
        """Answer a publisher."""
        ...

    def end(self, session: str) -> None:
        """The publisher has said that it is done."""
        ...


@dataclass
class Endpoint:
    """A WHIP endpoint for a camera; ``asked`` has the headers of offers."""

    doors: Answering
    address: str = ""
    asked: list[Mapping[str, str]] = field(default_factory=list)

    async def publish(self, request: web.Request) -> web.Response:
        self.asked.append(request.headers)
        session = f"s{len(self.asked)}"
        answer = await self.doors.answer(FeedOffer(session, "c1", await request.text()))
        headers = {"Location": f"/whip/{session}", "Content-Type": "application/sdp"}
        return web.Response(status=answer.status, text=answer.sdp, headers=headers)

    async def move(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(status=307, headers={"Location": "/whip"})

    async def page(self, request: web.Request) -> web.Response:  # noqa: ARG002
        return web.Response(text="<!doctype html><title>camera</title>", content_type="text/html")

    async def end(self, request: web.Request) -> web.Response:
        self.doors.end(request.match_info["session"])
        return web.Response()


@asynccontextmanager
async def endpoint(doors: Answering) -> AsyncIterator[Endpoint]:
    """Have a WHIP endpoint as long as the block lasts; ``/moved`` leads to it, ``/`` is a page."""
    made, app = Endpoint(doors), web.Application()
    app.router.add_post("/whip", made.publish)
    app.router.add_get("/", made.page)
    app.router.add_post("/moved", made.move)
    app.router.add_delete("/whip/{session}", made.end)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.address = f"http://127.0.0.1:{runner.addresses[0][1]}/whip"
    try:
        yield made
    finally:
        await runner.cleanup()
