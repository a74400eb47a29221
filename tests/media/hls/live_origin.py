"""A tiny web server around ``Origin``, fed in real time: for the tests and for conformance tools.

Run ``python -m tests.media.hls.live_origin --port 8000 --history 920`` and point a linter or a
player at ``/hls/hearing/master.m3u8``. HTTP/1.1 without TLS: transport rules are the real server's
business.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from media.errors import InvalidReload, ReloadTimeout, TooManyWaiting, UnknownResource
from media.hls.origin import Origin
from media.messages import AirChange
from media.recording.index import PublicRecording
from tests.media.hls.synthetic_stream import (
    PART_US,
    SyntheticStream,
    encoded_sound,
    encoded_video,
)

_CORS = {"Access-Control-Allow-Origin": "*"}
_STATUS = {InvalidReload: 400, UnknownResource: 404, ReloadTimeout: 503, TooManyWaiting: 503}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(origin: Origin) -> web.Application:
    """Return the addresses of one broadcast called ``hearing``."""

    async def master(request: web.Request) -> web.Response:
        body = origin.multivariant(lambda rendition: f"s/any/{rendition}.m3u8")
        return _playlist(request, body, gzip.compress(body), 1)

    async def playlist(request: web.Request) -> web.Response:
        answer = await origin.playlist(request.match_info["rendition"], request.query)
        return _playlist(request, answer.body, answer.gzipped, answer.max_age)

    async def media(request: web.Request) -> web.StreamResponse:
        found = await origin.resource("{rendition}/{name}".format(**request.match_info))
        name = request.match_info["rendition"] + request.match_info["name"]
        headers = _CORS | {
            "Cache-Control": f"max-age={found.max_age}, immutable",
            "ETag": f'"{name}"',
            "Content-Type": found.content_type,
        }
        if found.path is not None:
            return web.FileResponse(found.path, headers=headers)
        body = found.body or b""
        wanted = request.http_range
        if wanted.start is None and wanted.stop is None:
            return web.Response(body=body, headers=headers)
        piece = body[wanted]
        headers["Content-Range"] = (
            f"bytes {wanted.start}-{wanted.start + len(piece) - 1}/{len(body)}"
        )
        return web.Response(status=206, body=piece, headers=headers)

    app = web.Application(middlewares=[_errors])
    app.router.add_get("/hls/hearing/master.m3u8", master)
    app.router.add_get("/hls/hearing/s/{session}/{rendition}.m3u8", playlist)
    app.router.add_get("/hls/hearing/{rendition}/{name}", media)
    return app


@web.middleware
async def _errors(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except tuple(_STATUS) as problem:
        return web.Response(status=_STATUS[type(problem)], text=str(problem), headers=_CORS)


def _playlist(request: web.Request, body: bytes, gzipped: bytes, max_age: int) -> web.Response:
    headers = _CORS | {"Cache-Control": f"max-age={max_age}", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzipped
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers, content_type="application/vnd.apple.mpegurl")


class LiveBroadcast:
    """An origin that is fed in real time; ``history`` seconds are there from the beginning.

    ``discontinuity_every``: a discontinuity, with new init sections, after so many parts; a whole
    number of encoded periods, for a segment must begin with a key frame. ``slate_every``: a slate
    is told of, or its end, after so many parts.
    """

    def __init__(
        self,
        directory: Path,
        *,
        history: float,
        window: int = 900,
        discontinuity_every: int = 0,
        slate_every: int = 0,
    ) -> None:
        self._parts = int(history * 1_000_000 // PART_US)
        self._start_us = time.time_ns() // 1000 - self._parts * PART_US
        tracks = (encoded_video(360, 600_000), encoded_video(180, 200_000), encoded_sound())
        self._stream = SyntheticStream(*tracks, start_us=self._start_us)
        self._recording = PublicRecording(directory)
        self._every = discontinuity_every
        self._slate_every = slate_every
        self.origin = Origin(directory, window_seconds=window)

    def _publish_history(self) -> None:
        self._recording.open()
        for init in self._stream.inits():
            self._recording.write_init(init.rendition, init.version, init.payload)
        for count in range(self._parts):
            self._see(count)
            for part in self._stream.parts():
                self._recording.write(part)
        self.origin.apply(self._stream.info)
        for message in self._recording.snapshot(self._stream.segmenters):
            self.origin.apply(message)

    def _see(self, count: int) -> AirChange | None:
        """Tell of a slate, or of its end, in the midst of the part that comes."""
        if not self._slate_every or count % self._slate_every:
            return None
        at_us = count * PART_US + 120_000
        air = "recess" if count // self._slate_every % 2 else "room"
        change = AirChange(at_us, self._start_us + at_us, air)
        self._recording.note(change)
        return change

    def _change_over(self, *, announce: bool) -> None:
        """Announce a new init section, and one part later use it."""
        for init in self._stream.inits():
            segmenter = self._stream.segmenters[init.rendition]
            version = segmenter.position.init_version + 1
            if announce:
                self._recording.write_init(init.rendition, version, init.payload)
                self.origin.apply(replace(init, version=version))
            else:
                segmenter.discontinuity(init_version=version)

    async def run(self) -> None:
        """Publish until cancelled."""
        self._publish_history()
        try:
            for count in itertools.count(self._parts):
                due_us = self._start_us + (count + 1) * PART_US
                await asyncio.sleep(max(0.0, due_us / 1e6 - time.time()))
                if self._every and count % self._every in {self._every - 1, 0}:
                    self._change_over(announce=count % self._every != 0)
                if change := self._see(count):
                    self.origin.apply(change)
                for part in self._stream.parts():
                    self._recording.write(part)
                    self.origin.apply(part)
        finally:
            self._recording.close()


async def _serve(
    port: int, history: float, window: int, discontinuity_every: int, slate_every: int
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        live = LiveBroadcast(
            Path(directory),
            history=history,
            window=window,
            discontinuity_every=discontinuity_every,
            slate_every=slate_every,
        )
        runner = web.AppRunner(make_app(live.origin))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await live.run()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8000)
    arguments.add_argument("--history", type=float, default=920.0)
    arguments.add_argument("--window", type=int, default=900)
    arguments.add_argument("--discontinuity-every", type=int, default=0)
    arguments.add_argument("--slate-every", type=int, default=0)
    asked = arguments.parse_args()
    asyncio.run(
        _serve(
            asked.port,
            asked.history,
            asked.window,
            asked.discontinuity_every,
            asked.slate_every,
        )
    )
