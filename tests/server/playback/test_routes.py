import asyncio
import gzip
import re
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientResponse
from sqlalchemy import update

from media import Thumbnail
from media.messages import Cut
from server.broadcasts.tables import broadcasts
from server.partners import PARTNERS
from server.partners.model import TERMS_VERSION, Scope
from server.playback import sources as sources_module
from server.playback.sessions import Kind, Path, Session, issue
from server.playback.sources import SOURCES
from server.signing import SIGNER
from tests.server.counted import count_visits
from tests.server.playback.conftest import Service, make_recording

MASTER = "/hls/b1/master.m3u8"


async def variants(service: Service, address: str = MASTER) -> list[str]:
    """Fetch a multivariant playlist and return its playlists' absolute addresses."""
    response = await service.client.get(address)
    assert response.status == 200, await response.text()
    folder = address.partition("?")[0].rpartition("/")[0]
    text = await response.text()
    return [f"{folder}/{name}" for name in re.findall(r"s/[^\"\s]+\.m3u8", text)]


def is_problem(response: ClientResponse, status: int) -> bool:
    """Whether a refusal has the right shape, and any site may read it."""
    return (
        response.status == status
        and response.content_type == "application/problem+json"
        and response.headers["Access-Control-Allow-Origin"] == "*"
        and response.headers["Cache-Control"] == "no-store"
    )


async def test_a_player_finds_its_way_from_master_to_parts(service: Service) -> None:
    sound, video, again, key_frames = await variants(service)
    assert (again, key_frames) == (sound, video.replace("v360", "v360i"))
    for address in (sound, video):
        response = await service.client.get(address)
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
        assert response.headers["Cache-Control"] == "private, max-age=1"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        text = await response.text()
        for name in re.findall(r'URI="\.\./\.\./([^"]+)"', text)[:-1]:
            piece = await service.client.get(f"/hls/b1/{name}")
            assert piece.status == 200, name
            assert piece.content_type in ("video/mp4", "audio/mp4")
            # What never changes is kept; what may be withdrawn is asked for again.
            kept = piece.headers["Cache-Control"]
            assert ("immutable" in kept) == ("init" in name)
            assert kept.startswith("public, max-age=")
            assert piece.headers["ETag"]
            assert "Set-Cookie" not in piece.headers


async def test_playlists_are_compressed_when_that_is_accepted(service: Service) -> None:
    (video, *_) = await variants(service)
    for address in (MASTER, video):
        url = service.client.make_url(address)
        async with service.client.session.get(url, headers={"Accept-Encoding": "gzip"}) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            assert (await response.read()).startswith(b"#EXTM3U")
        response = await service.client.get(address, headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in response.headers
        assert response.headers["Vary"] == "Accept-Encoding"
    assert gzip.compress(b"")


async def test_a_reload_waits_for_its_part(service: Service) -> None:
    (address, *_) = await variants(service)
    waiting = asyncio.create_task(service.client.get(f"{address}?_HLS_msn=2&_HLS_part=2"))
    hinted = asyncio.create_task(service.client.get("/hls/b1/v360/2.2.m4s"))
    while service.on_air.origin.waiting < 2:
        await asyncio.sleep(0.005)
    assert not waiting.done()
    service.on_air.publish()
    response = await waiting
    assert "/2.2.m4s" in await response.text()
    assert response.headers["Cache-Control"] == "private, max-age=12"
    assert (await hinted).status == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_HLS_part=1", 400),
        ("_HLS_msn=99", 400),
        ("_HLS_msn=x", 400),
        ("_HLS_msn=2&_HLS_part=900", 400),
        ("_HLS_msn=0", 200),
        ("_HLS_skip=YES", 200),
        ("other=1", 200),
    ],
)
async def test_directives_are_obeyed_or_refused(service: Service, query: str, status: int) -> None:
    (address, *_) = await variants(service)
    response = await service.client.get(f"{address}?{query}")
    assert response.status == status
    assert status == 200 or is_problem(response, status)


@pytest.mark.parametrize(
    "address",
    [
        "/hls/nowhere/master.m3u8",
        "/hls/b2/master.m3u8",
        "/hls/b1/v360/99.m4s",
        "/hls/b1/v360/2.5.m4s",
        "/hls/b1/v360/2.99.m4s",
        "/hls/b1/v360/index.log",
        "/hls/b1/v360/..%2Findex.log",
        "/hls/b1/v999/0.m4s",
        "/replay/b1/master.m3u8",
        "/replay/b1/v360/0.m4s",
        "/thumbnails/b2.jpg",
    ],
)
async def test_what_is_not_there_is_not_there(service: Service, address: str) -> None:
    assert is_problem(await service.client.get(address), 404)


async def test_a_session_that_is_not_ours_is_refused(service: Service) -> None:
    (address, *_) = await variants(service)
    session = address.split("/")[4]
    for wrong in (session[:-1] + "_", "x", "p.x", session + "x"):
        response = await service.client.get(address.replace(session, wrong))
        assert is_problem(response, 403)
    old = issue(
        service.client.app[SIGNER].key("playback session"),
        "b1",
        Path.LIVE,
        Session(Kind.PUBLIC, "v" * 16, int((datetime.now(UTC) - timedelta(days=2)).timestamp())),
    )
    assert is_problem(await service.client.get(address.replace(session, old)), 403)


async def test_head_is_answered_like_get_and_not_counted(service: Service) -> None:
    (address, *_) = await variants(service)
    for path in (MASTER, address, "/hls/b1/v360/0.m4s"):
        head = await service.client.head(path)
        whole = await service.client.get(path)
        assert head.status == whole.status == 200
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
        assert await head.read() == b""
    assert await count_visits(service.client.app) == {"live_video": 1}


async def test_ranges_of_a_segment(service: Service) -> None:
    whole = await (await service.client.get("/hls/b1/v360/0.m4s")).read()
    for text, start, stop in (("0-9", 0, 10), ("10-", 10, None), ("-5", len(whole) - 5, None)):
        response = await service.client.get(
            "/hls/b1/v360/0.m4s", headers={"Range": f"bytes={text}"}
        )
        assert response.status == 206
        assert await response.read() == whole[start:stop]
        assert response.headers["Content-Range"].endswith(f"/{len(whole)}")
    response = await service.client.get("/hls/b1/v360/0.m4s", headers={"Range": "bytes=99999999-"})
    assert response.status == 416
    tag = (await service.client.get("/hls/b1/v360/0.m4s")).headers["ETag"]
    response = await service.client.get("/hls/b1/v360/0.m4s", headers={"If-None-Match": tag})
    assert response.status == 304


async def test_one_viewer_is_one_visit_however_often_the_page_is_opened(service: Service) -> None:
    for _ in range(3):
        for address in await variants(service):
            await service.client.get(address)
    assert await count_visits(service.client.app) == {"live_video": 1}
    service.client.session.cookie_jar.clear()
    for address in await variants(service):
        await service.client.get(address)
    assert await count_visits(service.client.app) == {"live_video": 2}


async def test_opening_a_page_without_playing_is_no_visit(service: Service) -> None:
    await variants(service)
    assert await count_visits(service.client.app) == {}


async def test_programs_may_look_and_are_not_counted(service: Service) -> None:
    headers = {"User-Agent": "Mozilla/5.0 (compatible; Baiduspider/2.0)"}
    response = await service.client.get(MASTER, headers=headers)
    (address, *_) = re.findall(r"s/[^\"\s]+\.m3u8", await response.text())
    assert (await service.client.get(f"/hls/b1/{address}")).status == 200
    assert await count_visits(service.client.app) == {}


async def test_a_partner_pulls_with_a_key_until_it_is_revoked(service: Service) -> None:
    partners = service.client.app[PARTNERS]
    partner = await partners.add("电视台", "")
    key, text = await partners.add_key(partner.id, "", [Scope.PULL])
    assert is_problem(await service.client.get(f"{MASTER}?key={text}"), 403)
    await partners.accept_terms(partner.id, TERMS_VERSION)
    (address, *_) = await variants(service, f"{MASTER}?key={text}")
    assert (await service.client.get(address)).status == 200
    bearer = {"Authorization": f"Bearer {text}"}
    assert (await service.client.get(MASTER, headers=bearer)).status == 200
    assert await count_visits(service.client.app) == {"partner": 1}

    waiting = asyncio.create_task(service.client.get(f"{address}?_HLS_msn=2&_HLS_part=2"))
    while not service.on_air.origin.waiting:
        await asyncio.sleep(0.005)
    await partners.revoke(partner.id, key.id)
    service.on_air.publish()
    assert is_problem(await waiting, 403)
    assert is_problem(await service.client.get(address), 403)
    assert is_problem(await service.client.get(f"{MASTER}?key={text}"), 401)
    assert is_problem(await service.client.get(f"{MASTER}?key=tbp_nonsense"), 401)


async def test_a_replay_is_counted_by_its_segments(service: Service) -> None:
    await make_recording(service)
    await service.client.app[SOURCES].forget_replay("b2")
    addresses = await variants(service, "/replay/b2/master.m3u8")
    for address in addresses:
        response = await service.client.get(address)
        text = await response.text()
        assert text.endswith("#EXT-X-ENDLIST\n")
        folder = address.rpartition("/")[0]
        names = re.findall(r"^[av].*\.m4s$", text, re.MULTILINE)
        assert len(names) == 3
        for name in [*names, *re.findall(r'URI="([^"]+)"', text)]:
            piece = await service.client.get(f"{folder}/{name}")
            assert piece.status == 200
            assert piece.headers["Cache-Control"].startswith("private")
    shared = await service.client.get("/replay/b2/v360/1.m4s")
    assert shared.headers["Cache-Control"].startswith("public")
    part = await service.client.get("/replay/b2/v360/1.m4s", headers={"Range": "bytes=0-3"})
    assert part.status == 206
    assert await count_visits(service.client.app) == {"replay_video": 1}


async def test_a_replay_that_is_withdrawn_is_refused(service: Service) -> None:
    await make_recording(service)
    sources = service.client.app[SOURCES]
    await sources.forget_replay("b2")
    (address, *_) = await variants(service, "/replay/b2/master.m3u8")
    async with service.database.begin() as connection:
        await connection.execute(
            update(broadcasts).where(broadcasts.c.id == "b2").values(replay="held")
        )
    await sources.forget_replay("b2")
    for path in ("/replay/b2/master.m3u8", address, "/replay/b2/v360/1.m4s"):
        assert is_problem(await service.client.get(path), 404)


async def test_a_recording_has_a_picture_and_a_withdrawn_one_has_none(service: Service) -> None:
    await make_recording(service)
    sources = service.client.app[SOURCES]
    await sources.forget_replay("b2")
    answers = await asyncio.gather(*(service.client.get("/thumbnails/b2.jpg") for _ in range(3)))
    for response in answers:
        assert response.status == 200
        assert response.content_type == "image/jpeg"
        assert (await response.read()).startswith(b"\xff\xd8")
        assert response.headers["Cache-Control"] == "public, max-age=1"
    async with service.database.begin() as connection:
        await connection.execute(
            update(broadcasts).where(broadcasts.c.id == "b2").values(replay="none")
        )
    await sources.forget_replay("b2")
    assert is_problem(await service.client.get("/thumbnails/b2.jpg"), 404)


async def test_a_player_waits_for_a_server_that_has_just_started(service: Service) -> None:
    """The database knows that it is on the air before the server has found the worker."""
    addresses = [*await variants(service), "/hls/b1/v360/2.1.m4s", MASTER]
    ready = service.origins.pop("b1")
    waiting = [asyncio.create_task(service.client.get(address)) for address in addresses]
    while not service.client.app[SOURCES].is_awaited("b1"):
        await asyncio.sleep(0.005)
    service.origins["b1"] = ready
    assert [(await task).status for task in waiting] == [200] * len(addresses)


async def test_what_does_not_come_in_time_is_to_be_asked_for_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources_module, "CONNECTED_WITHIN_SECONDS", 0.0)
    del service.origins["b1"]
    response = await service.client.get(MASTER)
    assert is_problem(response, 503)
    assert response.headers["Retry-After"] == "1"


async def test_the_picture_on_the_air_is_what_the_worker_released(service: Service) -> None:
    service.on_air.origin.apply(Thumbnail(0, 0, b"\xff\xd8picture"))
    response = await service.client.get("/thumbnails/b1.jpg")
    assert await response.read() == b"\xff\xd8picture"
    service.on_air.origin.apply(Cut(0, 0, 1))
    response = await service.client.get("/thumbnails/b1.jpg")
    assert (response.status, response.headers["Cache-Control"]) == (204, "no-store")


async def test_a_replay_is_sought_in_by_small_pictures(service: Service) -> None:
    await make_recording(service)
    await service.client.app[SOURCES].forget_replay("b2")
    track = await service.client.get("/replay/b2/storyboard.vtt")
    assert (track.status, track.content_type) == (200, "text/vtt")
    text = await track.text()
    found = re.search(r"00:00:00.000 --> 00:00:05.760\n(storyboard-0-\w{8}\.jpg)#xywh=0,0,", text)
    assert found is not None
    sheet = await service.client.get(f"/replay/b2/{found[1]}")
    assert sheet.content_type == "image/jpeg"
    assert (await sheet.read()).startswith(b"\xff\xd8")
    await service.client.app[SOURCES].forget_replay("b2")  # something was withdrawn
    assert is_problem(await service.client.get(f"/replay/b2/{found[1]}"), 404)
    assert is_problem(await service.client.get("/replay/b1/storyboard.vtt"), 404)
