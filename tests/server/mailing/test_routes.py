"""People are reminded by mail: once, in their language, without a word of the case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from server.database import DATABASE
from server.mailing import service as mailing
from server.mailing.service import MAILING
from server.mailing.tables import mailboxes, reminder_mails
from tests.server.approvals.conftest import Chamber, seat
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import PASSWORD, Service, StartService
from tests.services.mail_server import MailServerRun, mail_server

MINE = "/me/mailbox"
BOX = {"address": "head@court.example", "language": "en"}


def posts_to(server: MailServerRun) -> dict[str, str]:
    """Return the settings of a service that sends letters through this server."""
    return {
        "public_url": "https://court.example",
        "smtp_host": "localhost",
        "smtp_port": str(server.port),
        "smtp_tls": "none",
        "smtp_sender": "tingbo@court.example",
    }


@pytest.fixture
async def office(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Service, MailServerRun]]:
    """A service with a mail server; the tests look by themselves."""
    monkeypatch.setattr(mailing, "LOOK_S", 3600.0)
    with mail_server() as server:
        yield await start_service(**posts_to(server)), server


async def session(chamber: Chamber, who: str) -> None:
    """Be signed in as somebody: a token cannot say where one reads."""
    name = (await chamber.did("GET", "/me", who))["name"]
    service = chamber.hall.service
    signed = await service.post("/sign-in", {"name": name, "password": PASSWORD})
    assert signed.status == 200


async def delivered(service: Service, count: int) -> None:
    """Wait until so many letters have left."""
    outbox = service.app[MAILING].outbox
    async with asyncio.timeout(20):
        while outbox.sent < count:
            await asyncio.sleep(0.02)


def secret_of(letter: EmailMessage) -> str:
    """Return what the link of a letter has behind its mark."""
    return str(letter.get_content()).partition("#mail=")[2].split()[0]


async def read_there(service: Service, server: MailServerRun) -> None:
    """Give an address and follow the link that is sent there."""
    assert (await service.put(MINE, BOX)).status == 200
    await delivered(service, 1)
    secret = secret_of(server.letters()[0])
    confirmed = await service.post(f"{MINE}/confirmation", {"secret": secret})
    assert confirmed.status == 200, await confirmed.text()


async def test_nothing_is_sent_before_the_address_is_confirmed(
    office: tuple[Service, MailServerRun],
) -> None:
    service, server = office
    chamber = await seat(await furnish(service))
    await chamber.submit(await chamber.apply())
    await session(chamber, "head")
    asked = await service.put(MINE, BOX)
    assert (await asked.json())["confirmed"] is False
    written = service.app[MAILING]
    assert await written.look() == 0
    await delivered(service, 1)
    [letter] = server.letters()
    assert "is this your address?" in letter["Subject"]
    link = secret_of(letter)
    path = f"{MINE}/confirmation"
    assert (await service.post(path, {"secret": "another"})).status == 422
    await session(chamber, "vice")  # a link that was sent to somebody else
    assert (await service.put(MINE, {"address": "v@court.example", "language": "en"})).status == 200
    assert (await service.post(path, {"secret": link})).status == 422
    await session(chamber, "head")
    page = await service.client.get("/console/account?lang=en", headers={"Accept": "text/html"})
    assert "This address is not confirmed" in await page.text()
    assert (await service.post(path, {"secret": link})).status == 200
    assert (await service.post(path, {"secret": link})).status == 422  # once
    assert await written.look() == 1
    # Another language is no other address; another address is asked again, a few times an hour.
    changed = await service.put(MINE, BOX | {"language": "zh-CN"})
    assert await changed.json() == BOX | {"language": "zh-CN", "confirmed": True}
    for number in range(3):
        other = BOX | {"address": f"h{number}@court.example"}
        assert (await service.put(MINE, other)).status == (200 if number < 2 else 429)


async def test_a_link_holds_for_a_day(office: tuple[Service, MailServerRun]) -> None:
    service, server = office
    chamber = await seat(await furnish(service))
    await session(chamber, "head")
    assert (await service.put(MINE, BOX)).status == 200
    await delivered(service, 1)
    async with service.app[DATABASE].begin() as connection:
        before = datetime.now(UTC) - timedelta(hours=25)
        await connection.execute(update(mailboxes).values(given_at=before))
    secret = secret_of(server.letters()[0])
    assert (await service.post(f"{MINE}/confirmation", {"secret": secret})).status == 422
    assert (await (await service.get(MINE)).json())["confirmed"] is False


async def test_who_has_an_address_is_reminded_once_and_of_no_case(
    office: tuple[Service, MailServerRun],
) -> None:
    service, server = office
    chamber = await seat(await furnish(service))
    await session(chamber, "head")
    assert (await (await service.get(MINE)).json())["address"] == ""
    for wrong in ("ada", "a@b.example\r\nBcc: e@evil.example"):
        answer = await service.put(MINE, {"address": wrong, "language": "en"})
        assert answer.status == 422
    await read_there(service, server)
    assert (await (await service.get(MINE)).json()) == BOX | {"confirmed": True}
    page = await service.client.get("/console/account", headers={"Accept": "text/html"})
    assert 'value="head@court.example"' in await page.text()
    application = await chamber.submit(await chamber.apply())
    written = service.app[MAILING]
    assert await written.look() == 1
    assert await written.look() == 0  # once
    await delivered(service, 2)
    letter = server.letters()[-1]
    assert letter["To"] == "head@court.example"
    told = f"{letter}\n{letter.get_content()}"
    assert "https://court.example/console/applications" in told
    hearing = await chamber.did("GET", f"/applications/{application['id']}", "head")
    for secret in (
        application["id"],
        hearing["hearing"]["case_number"],
        hearing["hearing"]["title"],
    ):
        assert secret not in told
    metrics = await (await service.client.get("/metrics")).text()
    assert "tingbo_mail_sent 2.0" in metrics


async def test_two_servers_remind_once(
    postgres_url: str,
    redis_url: str,
    start_service: StartService,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailing, "LOOK_S", 3600.0)
    with mail_server() as server:
        there = {"database_url": postgres_url, "redis_url": redis_url, "secret": "the same"}
        there |= posts_to(server)
        one, other = await start_service(**there), await start_service(**there)
        chamber = await seat(await furnish(one))
        await session(chamber, "head")
        await read_there(one, server)
        await chamber.submit(await chamber.apply())
        looks = [its.app[MAILING].look() for its in (one, other) * 2]
        assert sum(await asyncio.gather(*looks)) == 1


async def test_what_came_to_nothing_is_claimed_anew_and_what_was_sent_is_not(
    office: tuple[Service, MailServerRun],
) -> None:
    service, server = office
    chamber = await seat(await furnish(service))
    await session(chamber, "head")
    await read_there(service, server)
    await chamber.submit(await chamber.apply())
    written = service.app[MAILING]
    assert await written.look() == 1
    await delivered(service, 2)
    async with service.app[DATABASE].begin() as connection:
        before = datetime.now(UTC) - timedelta(hours=2)
        await connection.execute(update(reminder_mails).values(claimed_at=before))
    assert await written.look() == 0
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(update(reminder_mails).values(settled_at=None))
    assert await written.look() == 1
    await delivered(service, 3)
    assert (await service.put(MINE, BOX | {"address": ""})).status == 200
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(reminder_mails.delete())
    assert await written.look() == 0


async def test_without_a_mail_server_nothing_is_offered(service: Service) -> None:
    chamber = await seat(await furnish(service))
    await session(chamber, "head")
    assert (await service.get(MINE)).status == 404
    page = await service.client.get("/console/account", headers={"Accept": "text/html"})
    assert 'id="mailbox"' not in await page.text()
