"""What a letter says: that something waits, and where [pure]."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from server.mailing.model import Letter
from server.translation import gettext
from server.wording import marked

_SUBJECT: Final = marked("Tingbo: something waits for you")
_BODY: Final = marked("Something waits for you. Please sign in and look:")
_WHY: Final = marked(
    "This letter was written by the service and names no case. To get no more of them, remove your "
    "address under “My account”."
)

_ASKS: Final = marked("Tingbo: is this your address?")
_LINK: Final = marked(
    "Somebody has given this address for reminders. If it was you, open this page, signed in, "
    "within 24 hours:"
)
_UNASKED: Final = marked("If it was not you, do nothing: no other letter will come.")


def message(letter: Letter, sender: str, page: str, at: datetime, mark: str) -> EmailMessage:
    """Return a letter as it is sent (RFC 5322). ``page`` is its link; ``mark`` is in no other.

    It is told from letters that people write (RFC 3834): nothing answers it by itself.
    """
    language, domain = letter.to.language, sender.rpartition("@")[2]
    told = EmailMessage(policy=SMTP)
    told["From"] = _plain(sender)
    told["To"] = _plain(letter.to.address)
    told["Subject"] = gettext(language, _ASKS if letter.link else _SUBJECT)
    told["Date"] = format_datetime(at)
    told["Message-ID"] = f"<{mark}@{domain}>"
    told["Auto-Submitted"] = "auto-generated"
    told["Content-Language"] = language
    body, why = (_LINK, _UNASKED) if letter.link else (_BODY, _WHY)
    lines: Iterable[str] = (gettext(language, body), page, gettext(language, why))
    told.set_content("\n\n".join(lines) + "\n", charset="utf-8", cte="base64")
    return told


def _plain(address: str) -> Address:
    return Address(addr_spec=address)
