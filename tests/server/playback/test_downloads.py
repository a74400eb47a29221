"""A replay is fetched as a film by whom the court's policy says, and no longer than it may be."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import av
import pytest
from aiohttp import ClientError
from sqlalchemy import insert, select, update
from yarl import URL

import server.approvals
from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.accounts.tables import people
from server.approvals.tables import court_policies
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.partners import PARTNERS, Scope
from server.partners.model import TERMS_VERSION
from server.playback import downloads
from server.playback.sources import SOURCES
from server.withdrawn import REGISTER, store
from server.withdrawn.model import Kind, Reason, Withdrawal
from tests.server.playback.conftest import Service, make_recording

FILM = "/replay/b2/film.mp4"
POLICIES = Path(server.approvals.__file__).parent / "policies"
SIZE = 256 << 20
NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy of the court's own that lets everybody fetch replays; a film is waited for."""
    monkeypatch.setattr(downloads, "WAIT_S", 60.0)
    text = (POLICIES / "cn-default.toml").read_text(encoding="utf-8")
    folder = tmp_path / "rules" / "policies"
    folder.mkdir(parents=True)
    text = text.replace("cn-default", "open").replace('downloads = "off"', 'downloads = "public"')
    (folder / "open.toml").write_text(text, encoding="utf-8")


async def recorded_under(service: Service, policy: str) -> None:
    """Record ``b2`` at a court with this policy, and make its replay public."""
    await make_recording(service)
    admin = await service.client.app[ACCOUNTS].add_person(
        "ada", "Ada", "a long way to the court", [Posting(Role.ADMINISTRATOR)], must_change=False
    )
    chosen = {"court": "sh", "policy": policy, "chosen_at": NOW, "chosen_by": admin.id}
    async with service.client.app[DATABASE].begin() as connection:
        await connection.execute(update(broadcasts).values(state="ended"))
        await connection.execute(insert(court_policies).values(chosen))
    await service.client.app[SOURCES].forget_replay("b2")


async def addresses(service: Service, query: str = "") -> tuple[str | None, bool]:
    """Return what the API says of the film, and whether the page has a link to it."""
    told = await (await service.client.get(f"/api/v1/broadcasts/b2{query}")).json()
    page = await (await service.client.get("/broadcasts/b2")).text()
    return told["download"], FILM in page


async def hide(service: Service, name: str) -> None:
    """Withdraw a name from ``b2``: some courts' case numbers name the parties."""
    async with service.database.begin() as connection:
        by = (await connection.execute(select(people.c.id))).scalars().first() or ""
        new = Withdrawal("w", "b2", Kind.NAME, Reason.MINOR, NOW, by, target=name, mark="某甲")
        await store.add(connection, new)
    await service.client.app[REGISTER].look()


async def test_everybody_fetches_where_the_policy_says_so(service: Service) -> None:
    await recorded_under(service, "open")
    response = await service.client.get(FILM)
    film = await response.read()
    assert (response.status, response.content_type) == (200, "video/mp4")
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"tingbo-b2.mp4\"; filename*=UTF-8''"
        "%EF%BC%882026%EF%BC%89%E6%B2%AA01%E6%B0%91%E7%BB%88b2%E5%8F%B7.mp4"
    )
    with av.open(io.BytesIO(film), "r") as container:
        assert {stream.type for stream in container.streams} == {"video", "audio"}
        assert container.duration == pytest.approx(5_760_000, abs=50_000)
    await hide(service, "民终b2")
    named = (await service.client.head(FILM)).headers["Content-Disposition"]
    assert unquote(named).endswith("（2026）沪01某甲号.mp4")
    part = await service.client.get(FILM, headers={"Range": "bytes=100-199"})
    assert (part.status, await part.read()) == (206, film[100:200])
    told, is_linked = await addresses(service)
    assert told is not None
    assert told.endswith(FILM)
    assert is_linked


async def test_nobody_fetches_unless_the_policy_says_so(service: Service) -> None:
    await recorded_under(service, "cn-default")
    said = {"zh-CN": "本院不提供回看下载。", "en": "does not offer its replays"}
    for language, words in said.items():
        response = await service.client.get(FILM, headers={"Accept-Language": language})
        assert response.status == 404
        assert words in await response.text()
    assert await addresses(service) == (None, False)


async def test_with_a_licence_a_partner_fetches_by_its_key(service: Service) -> None:
    await recorded_under(service, "icc")
    assert (await service.client.get(FILM)).status == 401
    assert await addresses(service) == (None, False)
    partners = service.client.app[PARTNERS]
    partner = await partners.add("Station", "")
    await partners.accept_terms(partner.id, TERMS_VERSION)
    scopes = [Scope.PULL, Scope.READ]
    key, text = await partners.add_key(partner.id, "", scopes)
    told, _ = await addresses(service, f"?key={text}")
    assert told is not None
    assert (await service.client.get(URL(told).path_qs)).status == 200
    await partners.revoke(partner.id, key.id)
    assert (await service.client.get(f"{FILM}?key={text}")).status in {401, 403}


async def test_what_is_not_public_is_not_fetched(service: Service) -> None:
    await recorded_under(service, "open")
    async with service.database.begin() as connection:
        await connection.execute(
            update(broadcasts).where(broadcasts.c.id == "b2").values(replay="held")
        )
    await service.client.app[SOURCES].forget_replay("b2")
    assert (await service.client.get(FILM)).status == 404
    assert (await service.client.get("/replay/b1/film.mp4")).status == 404
    assert (await service.client.get("/replay/nobody/film.mp4")).status == 404


async def test_a_film_that_is_being_sent_ends_when_it_must_not_be_public(service: Service) -> None:
    await recorded_under(service, "open")
    assert (await service.client.get(FILM)).status == 200
    path = service.data / "broadcasts" / "b2" / "replay.mp4"
    await asyncio.to_thread(os.truncate, path, SIZE)  # more than sockets hold
    response = await service.client.get(FILM)
    async with service.database.begin() as connection:
        await connection.execute(
            update(broadcasts).where(broadcasts.c.id == "b2").values(replay="none")
        )
    fetched = 0
    with contextlib.suppress(ClientError):
        while piece := await response.content.readany():
            fetched += len(piece)
            await asyncio.sleep(0.01)  # a line of 100 Mbit/s
    assert fetched < SIZE


async def test_only_so_many_films_are_kept(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded_under(service, "open")
    monkeypatch.setattr(downloads, "MOST_KEPT", 2)
    for number in range(3):
        other = service.data / "broadcasts" / f"old{number}" / "replay.mp4"
        other.parent.mkdir(parents=True)
        other.write_bytes(b"film")
        os.utime(other, (number, number))
    assert (await service.client.get(FILM)).status == 200
    kept = sorted(path.parent.name for path in service.data.glob("broadcasts/*/replay.mp4"))
    assert kept == ["b2", "old2"]


async def test_whoever_comes_too_soon_is_told_to_ask_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded_under(service, "open")
    monkeypatch.setattr(downloads, "MOST_WAITING", 0)
    response = await service.client.get(FILM)
    assert (response.status, response.headers["Retry-After"]) == (503, "10")
    assert "影片正在生成" in await response.text()
