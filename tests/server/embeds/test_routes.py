"""Who manages partners says which sites may embed; it holds from the next page on."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import ClientResponse
from sqlalchemy import text

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.store import entries
from server.partners.model import TERMS_VERSION
from tests.server.conftest import Service
from tests.server.counted import add_broadcast, add_courts

SITE = "https://news.example"


@pytest.fixture
async def manager(service: Service) -> dict[str, str]:
    """Headers of who manages the partners of two courts, each of which has a broadcast."""
    await add_courts(service.app[DATABASE])
    for court in ("sh", "berlin"):
        await add_broadcast(service.app[DATABASE], court, court=court, state="recess")
    return await service.token("manager", Role.PARTNER_MANAGER)


async def partner_of(service: Service, by: dict[str, str], court: str = "sh") -> str:
    """Add a partner that has accepted the terms; return its address."""
    made = await service.post("/partners", {"name": "晨报", "court": court}, headers=by)
    address = f"/partners/{(await made.json())['id']}"
    await change(service, by, address, terms_version=TERMS_VERSION)
    return address


async def change(service: Service, by: dict[str, str], partner: str, **what: str | bool) -> None:
    answer = await service.client.patch(f"/api/v1{partner}", json=what, headers=by)
    assert answer.status == 200


async def ancestors(service: Service, broadcast: str = "sh") -> str:
    """Return who may frame a broadcast."""
    answer = await service.client.get(f"/embed/{broadcast}")
    assert answer.status == 200
    return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]


async def test_a_site_may_embed_what_the_partner_s_court_broadcasts(
    service: Service, manager: dict[str, str]
) -> None:
    assert await ancestors(service) == "'none'"
    partner = await partner_of(service, manager)
    made = await service.post(f"{partner}/sites", {"origin": f"{SITE}/"}, headers=manager)
    assert made.status == 201
    site = await made.json()
    assert site["origin"] == SITE
    assert await ancestors(service) == SITE
    assert await ancestors(service, "berlin") == "'none'"
    again = await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
    assert again.status == 409
    listed = await service.get(f"{partner}/sites", headers=manager)
    assert await listed.json() == {"sites": [site]}
    page = await service.client.get("/console/partners", headers=manager)
    assert SITE in await page.text()
    path = f"/api/v1{partner}/sites/{site['id']}"
    gone = [(await service.client.delete(path, headers=manager)).status for _ in range(2)]
    assert gone == [204, 404]
    assert await ancestors(service) == "'none'"
    async with service.app[DATABASE].read() as connection:
        noted = [
            one async for one in entries(connection, partner.replace("/partners/", "partner:"))
        ]
    assert [one.action for one in noted][-2:] == ["partner.site", "partner.site_removed"]


async def test_who_is_suspended_or_has_not_accepted_the_terms_embeds_nothing(
    service: Service, manager: dict[str, str]
) -> None:
    made = await service.post("/partners", {"name": "晚报", "court": "sh"}, headers=manager)
    partner = f"/partners/{(await made.json())['id']}"
    await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
    assert await ancestors(service) == "'none'"
    await change(service, manager, partner, terms_version=TERMS_VERSION)
    assert await ancestors(service) == SITE
    await change(service, manager, partner, suspended=True)
    assert await ancestors(service) == "'none'"


async def told(answer: ClientResponse) -> list[str]:
    """Return the sites that a frame is told next."""
    async for line in answer.content:
        if line == b"event: sites\n":
            data = await answer.content.readline()
            return list(json.loads(data.removeprefix(b"data: "))["sites"])
    raise AssertionError("the stream has ended")


async def test_a_frame_that_is_open_is_told_when_a_site_is_taken_off(
    service: Service, manager: dict[str, str]
) -> None:
    partner = await partner_of(service, manager)
    made = await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
    path = f"/api/v1{partner}/sites/{(await made.json())['id']}"
    stream = "/api/v1/broadcasts/sh/frame/events"
    async with service.client.get(stream) as frame, asyncio.timeout(30):
        assert await told(frame) == [SITE]
        assert (await service.client.delete(path, headers=manager)).status == 204
        assert await told(frame) == []
        await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
        assert await told(frame) == [SITE]
        await change(service, manager, partner, suspended=True)
        assert await told(frame) == []
    assert (await service.client.get(stream.replace("/sh/", "/none/"))).status == 404


async def test_a_site_that_is_taken_off_while_a_frame_opens(
    service: Service, manager: dict[str, str]
) -> None:
    """The page was let in; by its first event it knows that it was let in by another list."""
    partner = await partner_of(service, manager)
    made = await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
    path = f"/api/v1{partner}/sites/{(await made.json())['id']}"
    page, gone = await asyncio.gather(
        service.client.get("/embed/sh"), service.client.delete(path, headers=manager)
    )
    assert (page.status, gone.status) == (200, 204)
    sites = SITE if SITE in page.headers["Content-Security-Policy"] else ""
    assert f'data-sites="{sites}"' in await page.text()  # what the browser judged by
    async with (
        service.client.get("/api/v1/broadcasts/sh/frame/events") as frame,
        asyncio.timeout(30),
    ):
        assert await told(frame) == []


async def test_a_site_that_was_let_in_by_statement_is_not(
    service: Service, manager: dict[str, str]
) -> None:
    partner = await partner_of(service, manager)
    identifier = partner.removeprefix("/partners/")

    async def execute(statement: str) -> None:
        async with service.app[DATABASE].begin() as connection:
            assert (await connection.execute(text(statement), {"partner": identifier})).rowcount

    await execute("INSERT INTO embed_origins VALUES ('o', :partner, 'https://news.example', 0)")
    assert await ancestors(service) == "'none'"
    await execute("DELETE FROM embed_origins WHERE partner_id = :partner")
    await service.post(f"{partner}/sites", {"origin": SITE}, headers=manager)
    assert await ancestors(service) == SITE
    await change(service, manager, partner, suspended=True)
    await execute("UPDATE partners SET suspended_at = NULL WHERE id = :partner")
    assert await ancestors(service) == "'none'"


async def statuses(service: Service, by: dict[str, str], partner: str, count: int) -> list[int]:
    """Let so many sites with long names embed; return what was answered."""
    sites = [
        {"origin": f"https://{'a' * 60}.{'b' * 40}{number}.example"} for number in range(count)
    ]
    return [(await service.post(f"{partner}/sites", one, headers=by)).status for one in sites]


async def test_the_list_fits_into_one_header(service: Service, manager: dict[str, str]) -> None:
    partner = await partner_of(service, manager)
    assert await statuses(service, manager, partner, 21) == [201] * 20 + [409]
    other = await partner_of(service, manager, "berlin")
    assert (await service.post(f"{other}/sites", {"origin": SITE}, headers=manager)).status == 201
    more = await service.post("/partners", {"name": "周报", "court": "sh"}, headers=manager)
    third = f"/partners/{(await more.json())['id']}"
    assert (await statuses(service, manager, third, 4))[-1] == 409  # nor of a court
    assert len(await ancestors(service)) <= 2500


async def test_others_have_no_say(service: Service, manager: dict[str, str]) -> None:
    partner = await partner_of(service, manager)
    elsewhere = await service.token("other", Role.PARTNER_MANAGER, "berlin")
    clerk = await service.token("clerk", Role.CLERK)
    for headers, status in ((elsewhere, 404), (clerk, 403), ({}, 401)):
        answer = await service.post(f"{partner}/sites", {"origin": SITE}, headers=headers)
        assert answer.status == status
        assert (await service.get(f"{partner}/sites", headers=headers)).status == status
    for wrong in ({}, {"origin": "https://*"}, {"origin": 1}, {"origin": SITE, "more": 1}):
        assert (await service.post(f"{partner}/sites", wrong, headers=manager)).status == 422
