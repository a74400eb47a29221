"""The forms of an application, for the printer: as a page, and as a PDF where one can be made."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.dossier import Dossier
from server.approvals.routes import view_of
from server.approvals.service import APPROVALS
from server.approvals.views import policy_view, question_view
from server.errors import Unavailable
from server.pages.console import desk_page, named
from server.pages.form_sheet import FormSheet, Printed, form_sheet
from server.request_keys import LANGUAGE
from server.translation import Language

_log = structlog.stdlib.get_logger(__name__)
_MOST_WAITING: Final = 8
_PARTS: Final = ("fpdf", "noto_cjk_sans_otc")  # what draws, and the letters


@dataclass(slots=True)
class Press:
    """Makes one PDF after the other: each takes a core for a second, which broadcasts need, too."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0

    async def print(self, sheet: FormSheet, language: Language, at: datetime) -> bytes:
        """Return a form as a PDF; raises ``Unavailable`` where none can be made (now)."""
        if not can_print():
            raise Unavailable("This server has no type to print with; use the page instead.")
        if self.waiting >= _MOST_WAITING:
            raise Unavailable("Other forms are being printed; try again in a moment.")
        self.waiting += 1
        try:
            async with self.lock:
                return await asyncio.to_thread(_draw, sheet, language, at)
        except (OSError, ImportError) as problem:
            _log.exception("no PDF", exc_info=problem)
            raise Unavailable(
                "This server has no type to print with; use the page instead."
            ) from None
        finally:
            self.waiting -= 1


PRESS = web.AppKey("press", Press)


def can_print() -> bool:
    """Tell whether a PDF can be made: the library is there, and the font's file."""
    found = [find_spec(name) for name in _PARTS]
    if any(one is None for one in found):
        return False
    font = found[-1]
    folder = Path(font.origin or "").parent if font else Path()
    return any(folder.glob("*.ttc"))


def _draw(sheet: FormSheet, language: Language, at: datetime) -> bytes:
    from server.pages.form_pdf import form_pdf  # noqa: PLC0415  (takes seconds; few print)

    return form_pdf(sheet, language, at)


async def _sheet(request: web.Request, now: datetime) -> tuple[Dossier, FormSheet]:
    by, language, people = person_of(request), request[LANGUAGE], request.app[ACCOUNTS]
    found = request.match_info["application"]
    dossier = await request.app[APPROVALS].dossiers.shown(found, by)
    hearing, policy = dossier.hearing, dossier.policy
    printed = Printed(
        hearing=hearing,
        court=named(hearing.court_name, hearing.court_name_en, language),
        courtroom=named(hearing.courtroom_name, hearing.courtroom_name_en, language),
        judge=await people.display_name(hearing.judge) if hearing.judge else "",
        application=await view_of(request, dossier),
        policy=policy_view(policy.rules, language, policy),
        chain={one.role: one.title.in_language(language) for one in policy.rules.step},
        questions=[question_view(one, language) for one in dossier.questions],
        by=by.display_name or by.name,
        at=now,
    )
    return dossier, form_sheet(printed, language)


@requires(Permission.APPLICATIONS)
async def show_sheet(request: web.Request) -> web.Response:
    """Show 《庭审直播审批表》 or 《庭审不直播审批表》 for the printer."""
    dossier, sheet = await _sheet(request, datetime.now(UTC))
    return desk_page(
        request,
        "approval-sheet.html",
        entry="approvals",
        here="approvals",
        zone=dossier.hearing.time_zone,
        application=dossier.application.id,
        sheet=sheet,
        can_print=can_print(),
    )


@requires(Permission.APPLICATIONS)
async def send_sheet(request: web.Request) -> web.Response:
    """Answer with the same form as a PDF."""
    now = datetime.now(UTC)
    dossier, sheet = await _sheet(request, now)
    made = await request.app[PRESS].print(sheet, request[LANGUAGE], now)
    name = f"approval-{dossier.application.id}.pdf"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Language": request[LANGUAGE],
    }
    return web.Response(body=made, content_type="application/pdf", headers=headers)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app[PRESS] = Press()
    app.router.add_get("/console/applications/{application}/sheet", show_sheet)
    app.router.add_get("/console/applications/{application}/sheet.pdf", send_sheet)
