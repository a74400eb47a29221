"""The edge in front of an origin that answers as the service does."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from scripts.deploy import certificate
from tests.deploy.configuration import edge_configuration
from tests.services.nginx import NginxStart
from tests.services.program import free_port

WITHIN = 30.0


@dataclass
class Origin:
    """Answers with the cache rules of the service and counts what reaches it."""

    seen: Counter[str] = field(default_factory=Counter)
    headers: dict[str, str] = field(default_factory=dict)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    withdrawn: bool = False

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/hls/1/media.m3u8", self.playlist)
        app.router.add_get("/hls/1/segment.m4s", self.segment)
        app.router.add_get("/hls/1/part.m4s", self.part)
        app.router.add_get("/hls/1/2.m4s", self.shown)
        app.router.add_get("/replay/1/film.mp4", self.film)
        app.router.add_get("/events", self.events)
        return app

    async def shown(self, request: web.Request) -> web.Response:
        """Answer as the service does what may be withdrawn."""
        headers = {"Cache-Control": "public, max-age=1", "ETag": '"2"'}
        if self.withdrawn:
            return web.Response(status=410, headers={"Cache-Control": "no-store"})
        if request.headers.get("If-None-Match") == '"2"':
            self.seen["unchanged"] += 1
            return web.Response(status=304, headers=headers)
        self.seen["shown"] += 1
        return web.Response(body=b"\0" * 1000, headers=headers)

    async def playlist(self, request: web.Request) -> web.Response:
        self.seen["playlist"] += 1
        self.headers = dict(request.headers)
        if "_HLS_msn" in request.query:
            await self.released.wait()
        text = "#EXTM3U\n" + "#EXT-X-PART:DURATION=0.5\n" * 40
        return web.Response(
            text=text,
            content_type="application/vnd.apple.mpegurl",
            headers={"Cache-Control": "no-store"},
        )

    async def segment(self, request: web.Request) -> web.Response:
        self.seen["segment"] += 1
        allowed = request.headers.get("Authorization") != "Bearer revoked"
        return web.Response(
            status=200 if allowed else 401,
            body=b"\0" * 100_000,
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    async def part(self, _: web.Request) -> web.Response:
        self.seen["part"] += 1
        return web.Response(body=b"\0" * 1000, headers={"Cache-Control": "no-store"})

    async def film(self, request: web.Request) -> web.StreamResponse:
        """Send the front of a film, and the rest when the test lets it."""
        stream = web.StreamResponse(
            status=206, headers={"Asked": request.headers["Range"], "Content-Length": "2000"}
        )
        await stream.prepare(request)
        await stream.write(b"\0" * 1000)
        await self.released.wait()
        raise ConnectionResetError("it was withdrawn")

    async def events(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        for number in range(2):
            await stream.write(f"id: {number}\ndata: 庭\n\n".encode())
            await self.released.wait()
        return stream


@dataclass(frozen=True)
class Edge:
    """A running nginx, a client that trusts it, and the origin behind it."""

    client: httpx.AsyncClient
    origin: Origin
    folder: Path
    http_port: int


@pytest.fixture
async def edge(start_nginx: NginxStart, tmp_path: Path) -> AsyncIterator[Edge]:
    certificate.make(tmp_path, ["127.0.0.1"])
    origin = Origin()
    http_port, https_port = free_port(), free_port()
    async with TestServer(origin.app()) as server:
        text = edge_configuration(f"127.0.0.1:{server.port}", http_port, https_port, tmp_path)
        folder = start_nginx(text, https_port)
        trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        address = f"https://127.0.0.1:{https_port}"
        async with httpx.AsyncClient(
            http2=True, verify=trust, base_url=address, timeout=WITHIN
        ) as client:
            yield Edge(client, origin, folder, http_port)
        origin.released.set()


async def test_it_speaks_http_2_and_compresses_playlists(edge: Edge) -> None:
    answer = await edge.client.get("/hls/1/media.m3u8")
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
    assert answer.headers["content-encoding"] == "gzip"


async def test_every_playlist_request_reaches_the_service(edge: Edge) -> None:
    await asyncio.gather(*(edge.client.get("/hls/1/media.m3u8") for _ in range(5)))
    assert edge.origin.seen["playlist"] == 5


async def test_blocking_reloads_wait_together_on_one_connection(edge: Edge) -> None:
    waiting = [
        asyncio.create_task(edge.client.get(f"/hls/1/media.m3u8?_HLS_msn={number}"))
        for number in range(20)
    ]
    async with asyncio.timeout(WITHIN):
        while edge.origin.seen["playlist"] < 20:
            await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    edge.origin.released.set()
    answers = await asyncio.gather(*waiting)
    assert all(answer.status_code == 200 for answer in answers)


async def test_events_pass_as_they_come(edge: Edge) -> None:
    async with asyncio.timeout(WITHIN), edge.client.stream("GET", "/events") as stream:
        first = await anext(stream.aiter_text())
    assert first == "id: 0\ndata: 庭\n\n"  # the second is not sent yet


async def test_a_film_is_sent_as_it_comes_and_breaks_off_with_the_service(edge: Edge) -> None:
    wanted = {"Range": "bytes=1000-2999"}
    film = edge.client.stream("GET", "/replay/1/film.mp4", headers=wanted)
    async with asyncio.timeout(WITHIN), film as stream:
        assert (stream.status_code, stream.headers["asked"]) == (206, wanted["Range"])
        pieces = stream.aiter_raw()
        assert len(await anext(pieces)) == 1000
        edge.origin.released.set()
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)


async def test_a_segment_is_asked_for_once_whatever_its_query(edge: Edge) -> None:
    answers = [await edge.client.get(f"/hls/1/segment.m4s?session={n}") for n in range(3)]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
    assert edge.origin.seen["segment"] == 1


async def test_a_revoked_key_does_not_get_a_cached_segment(edge: Edge) -> None:
    await edge.client.get("/hls/1/segment.m4s")
    answer = await edge.client.get(
        "/hls/1/segment.m4s", headers={"Authorization": "Bearer revoked"}
    )
    assert answer.status_code == 401


async def test_what_is_withdrawn_is_soon_gone_from_the_cache(edge: Edge) -> None:
    async with asyncio.timeout(WITHIN):
        while not edge.origin.seen["unchanged"]:
            assert (await edge.client.get("/hls/1/2.m4s")).status_code == 200
            await asyncio.sleep(0.05)
        assert edge.origin.seen["shown"] == 1  # its bytes went through once
        edge.origin.withdrawn = True
        while (await edge.client.get("/hls/1/2.m4s")).status_code != 410:
            await asyncio.sleep(0.05)


async def test_a_part_at_the_live_edge_is_not_kept(edge: Edge) -> None:
    for _ in range(2):
        await edge.client.get("/hls/1/part.m4s")
    assert edge.origin.seen["part"] == 2


async def test_the_service_learns_who_asks_and_how(edge: Edge) -> None:
    await edge.client.get("/hls/1/media.m3u8", headers={"X-Forwarded-For": "203.0.113.9"})
    assert edge.origin.headers["X-Forwarded-For"] == "127.0.0.1"  # what a client claims is gone
    assert edge.origin.headers["X-Forwarded-Proto"] == "https"
    assert edge.origin.headers["Host"] == edge.client.base_url.netloc.decode()


async def test_plain_http_is_sent_to_https(edge: Edge) -> None:
    async with httpx.AsyncClient(timeout=WITHIN) as client:
        answer = await client.get(f"http://127.0.0.1:{edge.http_port}/live/7?lang=en")
    assert answer.status_code == 308
    assert answer.headers["location"] == "https://127.0.0.1/live/7?lang=en"


async def test_the_log_holds_no_address_and_no_key(edge: Edge) -> None:
    await edge.client.get("/hls/1/part.m4s?key=secret")
    log = edge.folder / "output.log"
    async with asyncio.timeout(WITHIN):
        while "/hls/1/part.m4s" not in log.read_text():
            await asyncio.sleep(0.01)
    assert "secret" not in log.read_text()
    assert "127.0.0.1 " not in log.read_text()
