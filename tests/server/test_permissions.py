"""The page of permissions, and that nothing of one court is open to another.

Each role of another court is tried at each address of a thing, as the router has them: a new one is
tried without being named here. A body that is refused for its form proves nothing, so whoever adds
an address that takes one gives it one that is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import FormData
from PIL import Image

from media import append_order
from server.accounts.access import access_of
from server.accounts.permission_table import Rule, permission_page
from server.accounts.roles import PERMISSIONS, Permission, Role
from server.app import make_app
from server.permissions import PAGE, rules_of
from server.settings import Settings
from tests.server.approvals.conftest import Chamber, seat
from tests.server.broadcasts.conftest import furnish, made
from tests.server.conftest import Service

PLACE = re.compile(r"{(\w+)}")
OF_NO_COURT = {"year"}
UNFILED = {
    "attachment",
    "delivery",
    "export",
    "film",
    "session",
    "token",
}  # what these are of is refused before
AT = "2026-11-26T14:00:00+08:00"
TOLD = {"kind": "cut", "since": AT, "what": "A juror was in the picture."}
POST = {"client_key": "1", "role": "clerk", "body": "现在开庭。"}
WITHDRAWAL = {"kind": "broadcast", "reason": "personal_data"}
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /api/v1/people/{person}": {"display_name": "Eve"},
    "PUT /api/v1/courtrooms/{courtroom}/masks": {"masks": []},
    "POST /api/v1/courtrooms/{courtroom}/cameras": {"name": "全景", "url": "rtsp://192.0.2.7/"},
    "PATCH /api/v1/cameras/{camera}": {"name": "全景"},
    "POST /api/v1/courts/{court}/divisions": {"name": "x"},
    "PATCH /api/v1/hearings/{hearing}": {"title": "另案"},
    "POST /api/v1/hearings/{hearing}/participants": {"role": "witness", "name": "Eve"},
    "POST /api/v1/participants/{participant}/log": {"kind": "notified", "value": "letter"},
    "POST /api/v1/hearings/{hearing}/notice": {"late_reason": "x"},
    "POST /api/v1/hearings/{hearing}/cancellation": {"reason": "x"},
    "POST /api/v1/hearings/{hearing}/adjournment": {"reason": "x"},
    "POST /api/v1/notices/{notice}/withdrawal": {"reason": "x"},
    "POST /api/v1/courts/{court}/name-withdrawals/{order}/restoration": {"note": "x"},
    "POST /api/v1/courts/{court}/name-search": {"name": "张某"},
    "POST /api/v1/courts/{court}/name-withdrawals": {
        "name": "张某",
        "reason": "minor",
        "hearings": ["h"],
    },
    "PATCH /api/v1/courts/{court}": {"case_number_style": "free"},
    "PUT /api/v1/courts/{court}/policy": {"policy": "cn-default"},
    "POST /api/v1/courts/{court}/pilot": {"last_day": "2030-01-01", "reason": "x"},
    "POST /api/v1/courts/{court}/pilot/end": {"reason": "x"},
    "PUT /api/v1/courts/{court}/retention": {"days": 30},
    "PUT /api/v1/applications/{application}/reasons": {"version": 1, "reasons": {"E-01": "x"}},
    "POST /api/v1/applications/{application}/submit": {"version": 1},
    "POST /api/v1/applications/{application}/signature": {
        "digest": "0" * 64,
        "decision": "agree",
        "opinion": "Read.",
    },
    "POST /api/v1/broadcasts/{broadcast}/conditions": {"code": "cameras"},
    "PUT /api/v1/broadcasts/{broadcast}": {"delay_s": 0},
    "POST /api/v1/broadcasts/{broadcast}/watch": {},
    "POST /api/v1/broadcasts/{broadcast}/exports": {},
    "POST /api/v1/broadcasts/{broadcast}/orders": {"order": "dump"},
    "POST /api/v1/broadcasts/{broadcast}/report/posts": POST,
    "PATCH /api/v1/broadcasts/{broadcast}/report/posts/{post}": {"reason": "x", "body": "y"},
    "POST /api/v1/broadcasts/{broadcast}/report/posts/{post}/withdraw": {"reason": "x"},
    "POST /api/v1/broadcasts/{broadcast}/incidents": TOLD,
    "PUT /api/v1/incidents/{incident}": TOLD,
    "POST /api/v1/incidents/{incident}/signature": {"written_at": AT},
    "POST /api/v1/broadcasts/{broadcast}/replay-decisions": {"decision": "release"},
    "POST /api/v1/broadcasts/{broadcast}/withdrawals": WITHDRAWAL,
    "POST /api/v1/withdrawals/{withdrawal}/restore": {},
    "PATCH /api/v1/partners/{partner}": {"suspended": True},
    "POST /api/v1/partners/{partner}/keys": {},
    "POST /api/v1/partners/{partner}/sites": {"origin": "https://evil.example"},
    "POST /api/v1/partners/{partner}/webhooks": {"url": "https://partner.example/"},
    "PATCH /api/v1/partners/{partner}/webhooks/{webhook}": {"enabled": False},
    "PUT /api/v1/people/{person}/provider-account": {},
    "POST /api/v1/complaints/{complaint}/close": {"outcome": "unfounded"},
}


def test_the_page_is_current(tmp_path: Path) -> None:
    page = permission_page(rules_of(make_app(Settings(data=tmp_path))))
    assert PAGE.read_text(encoding="utf-8") == page, "run scripts/permissions"


def test_every_right_of_every_role_is_on_it() -> None:
    page = permission_page([Rule("/a", "POST", "`stop`"), Rule("/a", "GET", "everybody")])
    for permission in Permission:
        [row] = [line for line in page.splitlines() if line.startswith(f"| `{permission}` |")]
        held = {role for role in Role if permission in PERMISSIONS[role]}
        assert row.count("✓") == len(held)
    assert page.index("| `GET` | `/a` | everybody |") < page.index("| `POST` | `/a` | `stop` |")


async def things(chamber: Chamber) -> dict[str, str]:
    """Return an id of each kind of thing of the chamber's court, by its name in addresses."""
    hall = chamber.hall
    service, broadcast = hall.service, hall.broadcast
    for order, at in (("start", 1), ("dump", 5)):
        append_order(hall.directory, order, at * 1_000_000, order, "tom")
    clerk = await service.token("clara", Role.CLERK, hall.court)
    post = await made(service, f"/broadcasts/{broadcast}/report/posts", POST, clerk)
    incident = await made(service, f"/broadcasts/{broadcast}/incidents", TOLD, hall.technician)
    withdrawn = WITHDRAWAL | {"kind": "post", "target": post["id"]}
    name = {"name": "张某", "reason": "minor", "hearings": [chamber.hearing]}
    path = f"/courts/{hall.court}/name-withdrawals"
    order = await made(service, path, name, chamber.by["judge"])
    path = f"/broadcasts/{broadcast}"
    withdrawal = await made(service, f"{path}/withdrawals", withdrawn, chamber.by["judge"])
    await made(service, f"{path}/complaints", {"text": "My daughter is seen."}, {})
    complaints = await chamber.did("GET", "/complaints", "judge")
    hearing = f"/hearings/{chamber.hearing}"
    notice = await chamber.did("GET", f"{hearing}/notice", "technician")
    people = await chamber.did("GET", f"{hearing}/participants", "technician")
    pam = await service.token("pam", Role.PARTNER_MANAGER, hall.court)
    partner = await made(service, "/partners", {"name": "台", "court": hall.court}, pam)
    key = await made(service, f"/partners/{partner['id']}/keys", {}, pam)
    site = {"origin": "https://news.example"}
    site = await made(service, f"/partners/{partner['id']}/sites", site, pam)
    hook = {"url": "https://partner.example/"}
    webhook = await made(service, f"/partners/{partner['id']}/webhooks", hook, pam)
    division = await made(service, f"/courts/{hall.court}/divisions", {"name": "刑庭"}, hall.admin)
    return {
        "division": division["id"],
        "complaint": complaints["complaints"][0]["id"],
        "notice": notice["current"]["id"],
        "participant": people["participants"][0]["id"],
        "withdrawal": withdrawal["id"],
        "order": order["id"],
        "partner": partner["id"],
        "key": key["id"],
        "site": site["id"],
        "webhook": webhook["id"],
        "court": hall.court,
        "courtroom": hall.room,
        "camera": hall.cameras[0],
        "hearing": chamber.hearing,
        "broadcast": broadcast,
        "application": (await chamber.apply())["id"],
        "incident": incident["id"],
        "person": chamber.ids["judge"],
        "post": post["id"],
    } | dict.fromkeys(UNFILED, "nothing")


def addresses(service: Service) -> Iterator[tuple[str, str, Permission]]:
    """Yield method, address and permission of whatever belongs to a court."""
    for route in service.app.router.routes():
        access = access_of(route.handler)
        if route.resource is None or access is None or access.permission is None:
            continue
        places = set(PLACE.findall(route.resource.canonical))
        if places and not places & OF_NO_COURT and route.method != "HEAD":
            yield route.method, route.resource.canonical, access.permission


def photo() -> FormData:
    """Return a form with the smallest picture."""
    picture = BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "JPEG")
    form = FormData()
    form.add_field("file", picture.getvalue(), filename="a.jpg", content_type="image/jpeg")
    form.add_field("alt", "法庭全景")
    return form


async def test_a_photo_that_is_not_public_is_its_court_s(service: Service) -> None:
    hall = await furnish(service)
    clerk = await service.token("clara", Role.CLERK, hall.court)
    path = f"/api/v1/broadcasts/{hall.broadcast}/report/photos"
    taken = await service.client.post(path, data=photo(), headers=clerk)
    name = (await taken.json())["name"]
    stranger = await service.token("xaver", Role.CLERK, "another")
    for headers, status in ((clerk, 200), (stranger, 404), ({}, 404)):
        assert (await service.client.get(f"/photos/{name}", headers=headers)).status == status


async def test_nothing_of_a_court_is_open_to_another(service: Service) -> None:
    chamber = await seat(await furnish(service))
    ids = await things(chamber)
    other = await made(service, "/courts", {"name": "西城区人民法院"}, chamber.hall.admin)
    form = chamber.form()
    bodies = BODIES | {
        "POST /api/v1/hearings/{hearing}/applications": form,
        "POST /api/v1/hearings/{hearing}/announcements": {"speaker": "clerk"},
        "PUT /api/v1/applications/{application}": form | {"version": 1},
    }
    strangers = {role: await service.token(f"x.{role}", role, other["id"]) for role in Role}
    let_in, asked = [], set()
    for method, address, permission in addresses(service):
        path = PLACE.sub(lambda place: ids[place[1]], address)
        body = bodies.get(f"{method} {address}")
        for role in (one for one in Role if permission in PERMISSIONS[one]):
            given = {"data": photo()} if address.endswith("/photos") else {"json": body}
            response = await service.client.request(
                method, path, headers=strangers[role], allow_redirects=False, **given
            )
            asked.add((method, address))
            if response.status not in (403, 404):
                let_in.append((method, address, role.value, response.status))
    assert let_in == []
    assert len(asked) > 50
    # All of it is still there for those to whom it belongs.
    for path in (f"/courtrooms/{ids['courtroom']}", f"/incidents/{ids['incident']}"):
        assert (await service.get(path, headers=chamber.hall.technician)).status == 200


async def test_nothing_is_made_in_another_court(service: Service) -> None:
    chamber = await seat(await furnish(service))
    other = await made(service, "/courts", {"name": "西城区人民法院"}, chamber.hall.admin)
    hearing = {
        "case_number": "(2026) 苏07刑初 13号",
        "courtroom": chamber.hall.room,
        "title": "被告人李某盗窃案",
        "scheduled_at": AT,
    }
    asked = {
        "/courtrooms": {"court": chamber.hall.court, "name": "第二法庭"},
        "/hearings": hearing,
        "/broadcasts": {"hearing": chamber.hearing, "delay_s": 0},
        "/partners": {"name": "台", "court": chamber.hall.court},
        "/people": {
            "name": "new",
            "display_name": "New",
            "roles": [{"role": "clerk", "court": chamber.hall.court}],
        },
    }
    stranger = await service.token("xena", Role.ADMINISTRATOR, other["id"])
    for path, body in asked.items():
        assert (await service.post(path, body, headers=stranger)).status == 403, path
    elsewhere = await service.get(f"/hearings?court={chamber.hall.court}", headers=stranger)
    assert (await elsewhere.json())["hearings"] == []


async def test_lists_hold_nothing_of_another_court(service: Service) -> None:
    chamber = await seat(await furnish(service))
    ids = await things(chamber)
    other = await made(service, "/courts", {"name": "西城区人民法院"}, chamber.hall.admin)
    lists = {
        route.resource.canonical: access.permission
        for route in service.app.router.routes()
        if route.resource is not None
        and route.method == "GET"
        and (access := access_of(route.handler))
        and access.permission
        and not PLACE.search(route.resource.canonical)
    }
    public = {"court", "hearing", "broadcast", "post", "notice"}
    private = {its for kind, its in ids.items() if kind not in public | UNFILED}
    strangers = {role: await service.token(f"x.{role}", role, other["id"]) for role in Role}
    for address, permission in lists.items():
        for role in (one for one in Role if permission in PERMISSIONS[one]):
            headers = strangers[role] | {"Accept": "text/html"}
            response = await service.client.get(address, headers=headers)
            text = await response.text()
            assert response.status == 200, address
            assert not [one for one in private if one in text], (address, role)
