"""Checking a broadcast's record over HTTP."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import BaseModel

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.bodies import answer_json
from server.database.metadata import from_microseconds
from server.openapi import PREFIX, Operation, describe
from server.reader import language_of
from server.records.checking import CHECKS
from server.records.model import Check
from server.records.phrases import finding_words, note_words
from server.translation import Language

_CHECK = f"{PREFIX}/broadcasts/{{broadcast}}/record/check"


class FindingView(BaseModel):
    """What is not as it was sealed, in words, and where: ``offset`` in bytes of the file."""

    what: str
    camera: str
    file: str
    offset: int
    court_time: datetime | None


class CheckView(BaseModel):
    """A check. ``state``: waiting, running, done or failed; ``done`` from 0 to 1.

    ``whole`` is null until it is done. ``notes`` are no faults.
    """

    id: str
    state: str
    done: float
    by: str
    asked_at: datetime
    ended_at: datetime | None
    whole: bool | None
    chunks: int
    bytes: int
    findings: list[FindingView]
    notes: list[str]


def check_view(check: Check, by: str, language: Language) -> CheckView:
    """Return what staff sees of a check."""
    return CheckView(
        id=check.id,
        state=check.state,
        done=check.done,
        by=by,
        asked_at=from_microseconds(check.asked_us),
        ended_at=from_microseconds(check.ended_us) if check.ended_us else None,
        whole=check.is_whole if check.state == "done" else None,
        chunks=check.chunks,
        bytes=check.bytes,
        findings=[
            FindingView(
                what=finding_words(language, one.what),
                camera=one.camera,
                file=one.file,
                offset=one.offset,
                court_time=datetime.fromisoformat(one.court_time) if one.court_time else None,
            )
            for one in check.findings
        ],
        notes=[note_words(language, one) for one in check.notes],
    )


@describe(
    Operation(
        "Check a record against its seals, its sheet and the court's key",
        answer=CheckView,
        status=202,
        problems=(404, 409, 429, 503),
    )
)
@requires(Permission.WATCH_ROOM)
async def begin_check(request: web.Request) -> web.Response:
    """Begin a check in the background; while one runs it is that one."""
    check = await request.app[CHECKS].begin(request.match_info["broadcast"], person_of(request))
    return answer_json(await _view(request, check), status=202)


@describe(Operation("The newest check of a record", answer=CheckView, problems=(404,)))
@requires(Permission.WATCH_ROOM)
async def show_check(request: web.Request) -> web.Response:
    """Show how far a check is and what it found."""
    check = await request.app[CHECKS].shown(request.match_info["broadcast"], person_of(request))
    return answer_json(await _view(request, check))


async def _view(request: web.Request, check: Check) -> CheckView:
    by = await request.app[ACCOUNTS].display_name(check.by)
    return check_view(check, by, language_of(request))


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post(_CHECK, begin_check)
    app.router.add_get(_CHECK, show_check)
