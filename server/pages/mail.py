"""Where a reader is reminded by mail, on the page of the own account."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from server.accounts.access import person_of
from server.accounts.roles import Permission
from server.mailing.model import Mailbox
from server.mailing.service import MAILING
from server.request_keys import LANGUAGE
from server.translation import Language


@dataclass(frozen=True, slots=True)
class MailView:
    """Where somebody reads, empty: nowhere; in which language; whether that was confirmed."""

    address: str
    language: Language
    is_confirmed: bool


async def mail_view(request: web.Request, person: str) -> MailView | None:
    """Return where a person reads; None where nothing is written, or not to them."""
    mailing = request.app.get(MAILING)
    if mailing is None or not person_of(request).may(Permission.APPLICATIONS):
        return None
    box = await mailing.mailbox(person)
    return _view(box) if box else MailView("", request[LANGUAGE], is_confirmed=False)


def _view(box: Mailbox) -> MailView:
    return MailView(box.address, box.language, box.is_confirmed)
