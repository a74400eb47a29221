"""The page on which a person's name is withdrawn over all hearings of a court."""

from __future__ import annotations

from aiohttp import web

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.courts.service import COURTS
from server.pages.console import desk_page, named
from server.pages.withdrawals import reasons_in_words
from server.request_keys import LANGUAGE
from server.withdrawal.everywhere import NAMES_EVERYWHERE
from server.withdrawal.everywhere_routes import name_order_view
from server.withdrawal.model import LONGEST_NAME, LONGEST_NOTE
from server.withdrawn.names import USUAL_MARK


@requires(Permission.WITHDRAW)
async def show_names(request: web.Request) -> web.Response:
    """Show the search for a name, and what was ordered so far."""
    court = await request.app[COURTS].court(request.match_info["court"])
    orders = await request.app[NAMES_EVERYWHERE].orders(court.id, person_of(request))
    return desk_page(
        request,
        "names.html",
        entry="withdrawals",
        here="records",
        zone=court.time_zone,
        court=court.id,
        court_name=named(court.name, court.name_en, request[LANGUAGE]),
        orders=[await name_order_view(request, one) for one in orders],
        reasons=reasons_in_words(request),
        usual_mark=USUAL_MARK,
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
    )


def setup(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get("/console/courts/{court}/names", show_names)
