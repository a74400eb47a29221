"""Feeds for readers and programs: hearings to come, live and recorded; corrections."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from aiohttp import web
from pydantic import Field

from server.accounts.access import public
from server.bodies import Body, read_query
from server.broadcasts.announced import announced
from server.broadcasts.model import Broadcast
from server.broadcasts.service import BROADCASTS
from server.notices.model import Notice, Status
from server.notices.service import NOTICES
from server.pages import times
from server.pages.atom import ATOM_TYPE, Deleted, Entry, Head, feed
from server.pages.console import named
from server.pages.documents import document
from server.pages.views import BroadcastView
from server.pages.withdrawals import act_in_words
from server.pages.withheld import on_air_view
from server.pages.words import word
from server.request_keys import LANGUAGE
from server.security import base_url
from server.translation import LANGUAGES, gettext
from server.withdrawal.service import WITHDRAWALS
from server.withdrawal.store import Recent
from server.withdrawn import REGISTER
from server.withdrawn.model import KIND_WORDS, REASON_WORDS, Mask, Withdrawal
from server.wording import marked

MOST_REPLAYS: Final = 50
MOST_CORRECTIONS: Final = 100
_NAMES: Final = {
    "hearings": marked("Court hearings: announced, live and recorded"),
    "corrections": marked("Corrections and withdrawals"),
}
_CHANGED: Final[dict[Status, str]] = {
    "moved": marked("The hearing has been changed; a new notice follows."),
    "cancelled": marked("The hearing is cancelled."),
    "adjourned": marked("The hearing is adjourned"),
}
_NOTICE: Final = ("notice", marked("Public notice"))


class Wanted(Body):
    """Of which court."""

    court: Annotated[str, Field(max_length=32)] | None = None


@public
async def follow_hearings(request: web.Request) -> web.Response:
    """Answer with what is announced, live, or to be seen again: an entry for each hearing.

    A hearing is here from its public notice on and not before (rule B-07).
    """
    court = read_query(request, Wanted).court
    broadcasts = request.app[BROADCASTS]
    live = await broadcasts.listed("live", court=court)
    replays = (await broadcasts.listed("replay", court=court))[:MOST_REPLAYS]
    shown = await announced(request.app[NOTICES], [*live, *replays])
    notices = await request.app[NOTICES].coming(court)
    register = request.app[REGISTER]
    told = {one.hearing.id for one in shown}
    entries, deleted = [], []
    for one in shown:
        whole = register.of(one.id).whole
        if whole is None:
            entries.append(_of_broadcast(request, one))
        else:
            deleted.append(_tombstone(request, one, whole))
    entries += [_of_notice(request, one) for one in notices if one.hearing not in told]
    return _answer(request, "hearings", court, entries, deleted)


@public
async def follow_corrections(request: web.Request) -> web.Response:
    """Answer with the newest lines of all broadcasts' public logs; no case is named."""
    court = read_query(request, Wanted).court
    found = await request.app[WITHDRAWALS].recent(court, MOST_CORRECTIONS)
    entries = [_of_correction(request, one) for one in found]
    return _answer(request, "corrections", court, entries)


def _answer(
    request: web.Request,
    name: str,
    court: str | None,
    entries: Iterable[Entry],
    deleted: Iterable[Deleted] = (),
) -> web.Response:
    base, language = base_url(request), request[LANGUAGE]
    of_court = {"court": court} if court is not None else {}

    def address(of: str) -> str:
        return f"{base}/feeds/{name}.atom?{urlencode({**of_court, 'lang': of})}"

    head = Head(
        about=f"feed:{name}:{court or ''}",
        title=gettext(language, _NAMES[name]),
        author=gettext(language, "Tingbo"),
        language=language,
        address=address(language),
        page=f"{base}/",
        others=[(of, address(of)) for of in LANGUAGES if of != language],
    )
    return document(request, feed(head, list(entries), list(deleted)), ATOM_TYPE)


def _about(hearing: str) -> str:
    return f"hearing:{hearing}"


def _newest(*moments: datetime | None) -> datetime:
    return max(one for one in moments if one is not None)


def _of_broadcast(request: web.Request, about: Broadcast) -> Entry:
    view, mask = on_air_view(request, about), request.app[REGISTER].of(about.id)
    term = "replay" if about.phase == "replay" else "live"
    kind = word(request[LANGUAGE], "replay_video" if term == "replay" else "live")
    return Entry(
        about=_about(about.hearing.id),
        title=view.title,
        summary=_summary(request, kind, view),
        address=f"{base_url(request)}/broadcasts/{about.id}",
        published=view.when,
        updated=_newest(view.when, about.ended_at, mask.latest),
        author=view.court,
        kind=(term, kind),
    )


def _summary(request: web.Request, kind: str, view: BroadcastView) -> str:
    when = times.day_and_time(view.when, view.zone, language=request[LANGUAGE])
    facts = (kind, view.case_number, view.court, view.courtroom, when)
    return " · ".join(one for one in facts if one)


def _of_notice(request: web.Request, notice: Notice) -> Entry:
    language, text = request[LANGUAGE], notice.text
    mask: Mask = request.app[REGISTER].of_hearing(notice.hearing)
    term, kind = _NOTICE
    changed = gettext(language, _CHANGED[notice.status]) if notice.status in _CHANGED else ""
    changed_at = notice.change.at if notice.change else None
    parties = (f"{word(language, role)} {name}" for role, name in text.parties)
    when = times.day_and_time(text.scheduled_at, notice.time_zone, language=language)
    court = named(notice.court_name, notice.court_name_en, language)
    place = named(text.place, text.place_en, language)
    return Entry(
        about=_about(notice.hearing),
        title=text.cause,
        summary=" · ".join(one for one in (changed, *parties, court, place, when) if one),
        address=f"{base_url(request)}/notices/{notice.id}",
        published=notice.published_at,
        updated=_newest(notice.published_at, changed_at, mask.latest),
        author=court,
        kind=(term, gettext(language, kind)),
    )


def _tombstone(request: web.Request, about: Broadcast, whole: Withdrawal) -> Deleted:
    reason = gettext(request[LANGUAGE], REASON_WORDS[whole.reason])
    return Deleted(_about(about.hearing.id), whole.ordered_at, reason)


def _of_correction(request: web.Request, one: Recent) -> Entry:
    language, line = request[LANGUAGE], one.line
    act, kind = act_in_words(line.act, language), gettext(language, KIND_WORDS[line.kind])
    reason = gettext(language, REASON_WORDS[line.reason]) if line.reason else ""
    court = named(one.court, one.court_en, language)
    why = gettext(language, "Reason: %(reason)s", reason=reason) if reason else ""
    return Entry(
        about=one.about,
        title=f"{act} · {kind}",
        summary=" · ".join(part for part in (court, why) if part),
        address=f"{base_url(request)}/broadcasts/{one.broadcast}/corrections",
        published=line.at,
        updated=line.at,
        author=court,
        kind=(line.act, act),
    )


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/feeds/hearings.atom", follow_hearings)
    app.router.add_get("/feeds/corrections.atom", follow_corrections)
