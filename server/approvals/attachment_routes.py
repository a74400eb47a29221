"""Documents of applications over HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.accounts.service import ACCOUNTS
from server.approvals.attachments import MOST_BYTES
from server.approvals.service import APPROVALS
from server.approvals.views import AttachedView, attached_view
from server.bodies import answer_json, read_form
from server.errors import Invalid, TooLarge
from server.openapi import PREFIX, Operation, describe

_OF: Final = f"{PREFIX}/applications/{{application}}/attachments"
_BOUNDS: Final = {"file": MOST_BYTES, "name": 2000}


@describe(
    Operation(
        "Attach a document (file, name)",
        answer=AttachedView,
        status=201,
        body_media="multipart/form-data",
        problems=(404, 409, 413, 415, 422),
    )
)
@requires(Permission.APPLICATIONS)
async def attach_document(request: web.Request) -> web.Response:
    """Attach a PDF, JPEG or PNG."""
    identifier, by = request.match_info["application"], person_of(request)
    approvals = request.app[APPROVALS]
    await approvals.dossiers.shown(identifier, by)  # nothing is read of who may not even look
    fields = await read_form(request, _BOUNDS, TooLarge("A document has at most 12 MiB."))
    if "file" not in fields:
        raise Invalid("Choose a file.", field="file")
    name = fields.get("name", b"").decode("utf-8", "replace")
    made = await approvals.attachments.add(identifier, name, fields["file"], by)
    view = await attached_view(made, request.app[ACCOUNTS].display_name)
    return answer_json(view, status=201)


@describe(Operation("A document as it was attached", media="application/pdf", problems=(404, 503)))
@requires(Permission.APPLICATIONS)
async def fetch_document(request: web.Request) -> web.Response:
    """Send a document, never to be shown inside a page."""
    found, data = await request.app[APPROVALS].attachments.fetch(
        request.match_info["application"], request.match_info["attachment"], person_of(request)
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
    }
    return web.Response(body=data, content_type=found.media, headers=headers)


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_post(_OF, attach_document)
    app.router.add_get(f"{_OF}/{{attachment}}", fetch_document)
