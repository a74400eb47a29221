"""Pages about what was taken down: the public log, and where the court orders it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from aiohttp import web

from server.accounts.access import person_of, public, requires
from server.accounts.roles import Permission
from server.broadcasts.service import BROADCASTS
from server.pages.console import desk_page
from server.pages.rendering import page
from server.pages.views import broadcast_view
from server.pages.withheld import broadcast_shown
from server.reports.service import REPORTS
from server.request_keys import LANGUAGE
from server.translation import Language, gettext
from server.withdrawal.model import LONGEST_NAME, LONGEST_NOTE
from server.withdrawal.routes import withdrawal_view
from server.withdrawal.service import WITHDRAWALS
from server.withdrawn.model import KIND_WORDS, REASON_WORDS
from server.withdrawn.names import USUAL_MARK
from server.wording import marked

_ACTS: Final = MappingProxyType(
    {
        "withdrawn": marked("Withdrawn"),
        "restored": marked("Given back"),
        "corrected": marked("Corrected"),
    }
)


def act_in_words(act: str, language: Language) -> str:
    """Return what was done, in the reader's word."""
    return gettext(language, _ACTS[act])


def _in_words(request: web.Request, table: Mapping[str, str]) -> dict[str, str]:
    return {str(key): gettext(request[LANGUAGE], text) for key, text in table.items()}


def _kinds(request: web.Request) -> dict[str, str]:
    return _in_words(request, {kind.value: text for kind, text in KIND_WORDS.items()})


def reasons_in_words(request: web.Request) -> dict[str, str]:
    """Return the classes of reasons as the reader knows them."""
    return _in_words(request, {reason.value: text for reason, text in REASON_WORDS.items()})


@public
async def show_corrections(request: web.Request) -> web.Response:
    """Show the public log of a broadcast; of a withdrawn one without its title."""
    broadcast = await broadcast_shown(request)
    return page(
        request,
        "corrections.html",
        entry="portal",
        zone=broadcast.zone,
        broadcast=broadcast,
        corrections=await request.app[WITHDRAWALS].corrections(broadcast.id),
        kinds=_kinds(request),
        reasons=reasons_in_words(request),
        acts=_in_words(request, _ACTS),
    )


@requires(Permission.WITHDRAW)
async def show_withdrawals(request: web.Request) -> web.Response:
    """Show what was withdrawn of a broadcast, and the form for more."""
    person = person_of(request)
    its = await request.app[BROADCASTS].about(request.match_info["broadcast"])
    found = await request.app[WITHDRAWALS].all(its.id, person)
    broadcast = broadcast_view(its, request[LANGUAGE])
    posts = await request.app[REPORTS].posts(its.id)
    return desk_page(
        request,
        "withdrawals.html",
        entry="withdrawals",
        here="records",
        zone=broadcast.zone,
        broadcast=broadcast,
        court=its.court_id,
        withdrawals=[await withdrawal_view(request, one) for one in found],
        posts=posts[::-1],
        photos=[photo for post in posts for photo in post.photos],
        now=datetime.now(UTC),
        usual_mark=USUAL_MARK,
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
        kinds=_kinds(request),
        reasons=reasons_in_words(request),
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/broadcasts/{broadcast}/corrections", show_corrections)
    app.router.add_get("/console/broadcasts/{broadcast}/withdrawals", show_withdrawals)
