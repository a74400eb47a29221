"""A player that speaks HTTP/2, behind the edge as it is deployed."""

import asyncio
import gzip
import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from scripts.deploy import certificate
from tests.deploy.configuration import edge_configuration
from tests.player.conftest import going_on
from tests.server.playback.conftest import Service
from tests.server.withdrawal.conftest import Desk, desk
from tests.server.withdrawal.test_service import let_be_found
from tests.services.nginx import NginxStart
from tests.services.program import free_port

__all__ = ["desk"]
LIVE = "/hls/b1"


@pytest.fixture
async def edge(
    service: Service, start_nginx: NginxStart, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    tls = tmp_path / "tls"
    tls.mkdir()
    certificate.make(tls, ["127.0.0.1"])
    https_port = free_port()
    upstream = f"127.0.0.1:{service.client.port}"
    start_nginx(edge_configuration(upstream, free_port(), https_port, tls), https_port)
    trust = ssl.create_default_context(cafile=str(tls / "cert.pem"))
    address = f"https://127.0.0.1:{https_port}"
    async with httpx.AsyncClient(http2=True, verify=trust, base_url=address) as client:
        yield client


async def playlist_of(edge: httpx.AsyncClient, name: str) -> str:
    """Open a session; return the address of one of its playlists."""
    master = (await edge.get(f"{LIVE}/master.m3u8")).raise_for_status().text
    found = re.search(rf"s/[^\"\s]+/{name}\.m3u8", master)
    assert found is not None
    return f"{LIVE}/{found[0]}"


async def test_a_reload_and_its_hinted_part_wait_on_one_connection(
    service: Service, edge: httpx.AsyncClient
) -> None:
    address = await playlist_of(edge, "v360")
    reload = asyncio.create_task(edge.get(address, params={"_HLS_msn": 2, "_HLS_part": 2}))
    hinted = asyncio.create_task(edge.get(f"{LIVE}/v360/2.2.m4s"))
    async with asyncio.timeout(20):
        while service.on_air.origin.waiting < 2:
            await asyncio.sleep(0.005)
    service.on_air.publish()
    answer, part = await reload, await hinted
    assert answer.http_version == part.http_version == "HTTP/2"
    assert answer.headers["content-encoding"] == "gzip"
    assert '/2.2.m4s"' in answer.text
    assert part.status_code == 200
    assert "x-cache" not in part.headers  # parts at the live edge pass by the cache
    assert part.content == (await service.on_air.origin.resource("v360/2.2.m4s")).body


async def test_a_connection_lasts_as_long_as_a_hearing(edge: httpx.AsyncClient) -> None:
    """A player asks a dozen times a second; nginx hangs up after a thousand, unless told not to."""
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    address = ("127.0.0.1", edge.base_url.port)
    reader, writer = await asyncio.open_connection(*address, ssl=trust)
    writer.write(b"HEAD /healthz HTTP/1.1\r\nHost: edge\r\n\r\n" * 1010)
    async with asyncio.timeout(60):
        heads = [await reader.readuntil(b"\r\n\r\n") for _ in range(1010)]
    assert {head.split()[1] for head in heads} == {b"200"}
    writer.close()


async def test_whole_segments_come_from_the_cache(edge: httpx.AsyncClient) -> None:
    answers = [await edge.get(f"{LIVE}/v360/1.m4s", params={"of": n}) for n in range(2)]
    assert [one.headers["x-cache"] for one in answers] == ["MISS", "HIT"]
    assert answers[0].content == answers[1].content
    piece = await edge.get(f"{LIVE}/v360/1.m4s", headers={"Range": "bytes=0-99"})
    assert (piece.status_code, piece.content) == (206, answers[0].content[:100])


async def test_what_is_not_there_is_not_kept(service: Service, edge: httpx.AsyncClient) -> None:
    assert (await edge.get(f"{LIVE}/v360/2.m4s")).status_code == 404
    service.on_air.publish(6)
    assert (await edge.get(f"{LIVE}/v360/2.m4s")).status_code == 200


async def test_a_player_keeps_up_through_the_edge(
    service: Service, edge: httpx.AsyncClient
) -> None:
    """Each version is asked for as the last one says; none is missed and none comes twice."""
    address = await playlist_of(edge, "audio")
    msn, part, seen = 2, 2, list[str]()
    async with going_on(service), asyncio.timeout(60):
        for _ in range(8):
            query: dict[str, str | int] = {"_HLS_msn": msn, "_HLS_part": part, "_HLS_skip": "YES"}
            text = (await edge.get(address, params=query)).raise_for_status().text
            parts = re.findall(r'#EXT-X-PART:.*URI="../../(audio/(\d+)\.(\d+)\.m4s)"', text)
            name, *last = parts[-1]
            seen.append(name)
            assert (await edge.get(f"{LIVE}/{name}")).status_code == 200
            msn, part = int(last[0]), int(last[1]) + 1
    assert len(set(seen)) == 8


async def test_what_is_withdrawn_is_gone_behind_the_edge_too(
    desk: Desk, edge: httpx.AsyncClient
) -> None:
    """Kept by the edge or not: pages, frame, feeds, sitemap, segments."""
    await let_be_found(desk)
    naming = ("/", "/broadcasts/b1", "/embed/b1", "/feeds/hearings.atom", "/sitemap.xml")
    media = (f"{LIVE}/v360/1.m4s", f"{LIVE}/v360/0.m4s", f"{LIVE}/master.m3u8")

    async def left() -> set[str]:
        answers = {one: await edge.get(one) for one in (*naming, *media)}
        named = {one for one in naming if "庭审b1" in answers[one].text}
        return named | {one for one in media if answers[one].status_code == 200}

    assert await left() == {*naming, *media}
    await desk.withdrawn("b1", kind="broadcast")
    async with asyncio.timeout(30):
        while await left():
            await asyncio.sleep(0.05)


async def test_playlists_come_compressed_whoever_compressed_them(
    service: Service, edge: httpx.AsyncClient
) -> None:
    address = await playlist_of(edge, "v360")
    async with edge.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    whole = await service.on_air.origin.playlist("v360", {})
    assert gzip.decompress(raw) == whole.body
