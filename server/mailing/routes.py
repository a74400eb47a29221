"""Where one reads reminders, over HTTP; and the service that writes them, where it is set."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import Gauge
from pydantic import BaseModel, Field

from server.accounts.access import owner_of, signed_in
from server.approvals.service import APPROVALS
from server.background import in_background
from server.bodies import Body, answer_json, read_json
from server.database import DATABASE
from server.errors import NotFound
from server.mail_address import LONGEST
from server.mailing.model import Mailbox, MailServer, mailbox
from server.mailing.service import MAILING, Mailing
from server.measuring import METRICS
from server.openapi import PREFIX, Operation, describe
from server.secret_file import read_secret
from server.security import SETTINGS
from server.settings import Settings
from server.translation import Language


class MailboxGiven(Body):
    """Where one reads; an empty address: nowhere, and nothing is written any more."""

    address: Annotated[str, Field(max_length=LONGEST)]
    language: Language


class MailboxShown(BaseModel):
    """Where one is reminded by mail; an empty address: nowhere.

    ``confirmed``: the link that was sent there was followed; nothing else is sent before.
    """

    address: str
    language: Language | None
    confirmed: bool


class MailboxConfirmed(Body):
    """What stands in the link that was sent."""

    secret: Annotated[str, Field(min_length=1, max_length=64)]


def _mailing(request: web.Request) -> Mailing:
    found = request.app.get(MAILING)
    if found is None:
        raise NotFound("No mail server is set here.")
    return found


def _shown(box: Mailbox | None) -> MailboxShown:
    if box is None:
        return MailboxShown(address="", language=None, confirmed=False)
    return MailboxShown(address=box.address, language=box.language, confirmed=box.is_confirmed)


@describe(Operation("Where one is reminded by mail", answer=MailboxShown, problems=(404,)))
@signed_in
async def show_mailbox(request: web.Request) -> web.Response:
    """Show where one reads."""
    person = owner_of(request)
    return answer_json(_shown(await _mailing(request).mailbox(person.id)))


@describe(
    Operation(
        "Be reminded by mail",
        body=MailboxGiven,
        answer=MailboxShown,
        problems=(404, 422, 429, 503),
    )
)
@signed_in
async def set_mailbox(request: web.Request) -> web.Response:
    """Say where one reads, or that one does not want to."""
    given, person, mailing = (
        await read_json(request, MailboxGiven),
        owner_of(request),
        _mailing(request),
    )
    if not given.address:
        await mailing.read_nowhere(person)
        return answer_json(_shown(None))
    box = mailbox(person.id, given.address, given.language)
    return answer_json(_shown(await mailing.read_at(box, person)))


@describe(
    Operation(
        "Confirm that one reads at an address",
        body=MailboxConfirmed,
        answer=MailboxShown,
        problems=(404, 422),
    )
)
@signed_in
async def confirm_mailbox(request: web.Request) -> web.Response:
    """Take the link that was sent, once."""
    given, person = await read_json(request, MailboxConfirmed), owner_of(request)
    return answer_json(_shown(await _mailing(request).confirm(given.secret, person)))


def server_of(settings: Settings) -> MailServer:
    """Return the mail server that is set; raises ``WrongSettings``."""
    return MailServer(
        host=settings.smtp_host,
        port=settings.port_of_mail(),
        tls=settings.smtp_tls,
        sender=settings.smtp_sender,
        name=urlsplit(settings.public_url).hostname or "localhost",
        user=settings.smtp_user,
        password=read_secret(settings.smtp_password_file, "TINGBO_SMTP_PASSWORD_FILE"),
    )


async def _writing(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    mailing = Mailing(
        app[DATABASE], app[APPROVALS].dossiers, server_of(settings), settings.public_url
    )
    app[MAILING] = mailing
    _measure(app, mailing)
    async with in_background({"mail": mailing.outbox.run, "reminders-by-mail": mailing.run}):
        yield
        mailing.close()


def _measure(app: web.Application, mailing: Mailing) -> None:
    outbox, registry = mailing.outbox, app[METRICS].registry
    for name, text, value in (
        ("tingbo_mail_waiting", "Letters that wait", lambda: outbox.waiting),
        ("tingbo_mail_sent", "Letters that the mail server took", lambda: outbox.sent),
        ("tingbo_mail_failed", "Letters refused for good, or given up", lambda: outbox.failed),
        ("tingbo_mail_dropped", "Letters for which there was no room", lambda: outbox.dropped),
    ):
        Gauge(name, text, registry=registry).set_function(value)


def setup(app: web.Application) -> None:
    """Add the routes, and what writes where a mail server is set."""
    if app[SETTINGS].smtp_host:
        app.cleanup_ctx.append(_writing)
    app.router.add_get(f"{PREFIX}/me/mailbox", show_mailbox)
    app.router.add_put(f"{PREFIX}/me/mailbox", set_mailbox)
    app.router.add_post(f"{PREFIX}/me/mailbox/confirmation", confirm_mailbox)
