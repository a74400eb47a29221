import re
from collections.abc import Iterator
from itertools import cycle

from aiohttp import web
from aiohttp.web_urldispatcher import StaticResource

from server.accounts.access import Access, access_of
from server.accounts.roles import PERMISSIONS, Role
from server.openapi import PREFIX, operation_of
from tests.server.conftest import Service

SAFE = {"GET", "HEAD", "OPTIONS"}
# Whatever else changes something needs somebody who is signed in.
PUBLIC_WRITES = {
    "POST /api/v1/sign-in",
    "POST /api/v1/sign-in/provider",
    "POST /api/v1/sign-out",
    "POST /console/sign-in/provider/logout",  # with what the provider has signed
    "POST /console/sign-out",
    "POST /api/v1/invitations/accept",
    "POST /api/v1/broadcasts/{broadcast}/complaints",
    "POST /whep/{broadcast}",
    "PATCH /whep/{broadcast}/{session}",
    "DELETE /whep/{broadcast}/{session}",
}


def ruled(app: web.Application) -> Iterator[tuple[str, str, Access]]:
    """Yield method, an address with nothing behind it, and rule of each route."""
    for route in app.router.routes():
        access = access_of(route.handler)
        if route.resource is not None and access is not None:
            address = route.resource.canonical.replace("{year}", "2026")
            yield route.method, re.sub(r"{\w+}", "nothing", address), access


async def test_every_handler_says_who_may_call_it(service: Service) -> None:
    unmarked = {
        f"{route.method} {route.resource.canonical}"
        for route in service.app.router.routes()
        if route.resource is not None
        and not isinstance(route.resource, StaticResource)
        and access_of(route.handler) is None
    }
    assert not unmarked


async def test_every_handler_of_the_api_is_described(service: Service) -> None:
    undescribed = {
        f"{route.method} {route.resource.canonical}"
        for route in service.app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(PREFIX)
        and operation_of(route.handler) is None
    }
    assert not undescribed


async def test_nothing_is_changed_by_whoever_comes(service: Service) -> None:
    public = {
        f"{route.method} {route.resource.canonical}"
        for route in service.app.router.routes()
        if route.resource is not None
        and route.method not in SAFE
        and (access := access_of(route.handler))
        and not access.needs_person
    }
    assert public - {one for one in public if "/whip/" in one} == PUBLIC_WRITES


async def test_each_address_refuses_who_is_not_signed_in(service: Service) -> None:
    let_in = [
        (method, address)
        for method, address, access in ruled(service.app)
        if access.needs_person and (await service.client.request(method, address)).status != 401
    ]
    assert not let_in


async def test_each_address_refuses_every_role_without_its_permission(service: Service) -> None:
    headers = {role: await service.token(role.value, role) for role in Role}
    let_in, asked = [], 0
    turns = cycle(Role)
    for method, address, access in ruled(service.app):
        if access.permission is None or method == "HEAD":
            continue
        lacking = [one for one in Role if access.permission not in PERMISSIONS[one]]
        # Reading asks one of these roles, in turn; what changes something asks all of them.
        first = next(one for one in turns if one in lacking)
        for role in [first] if method == "GET" else lacking:
            response = await service.client.request(method, address, headers=headers[role])
            asked += 1
            if response.status != 403:
                let_in.append((method, address, role, response.status))
    assert not let_in
    assert asked > 100


async def test_each_address_takes_a_role_with_its_permission(service: Service) -> None:
    headers = {role: await service.token(role.value, role) for role in Role}
    refused = []
    for method, address, access in ruled(service.app):
        if access.permission is None or method == "HEAD":
            continue
        role = next(one for one in reversed(Role) if access.permission in PERMISSIONS[one])
        response = await service.client.request(method, address, headers=headers[role])
        if response.status in (401, 403):
            refused.append((method, address, role))
    assert not refused


async def test_nobody_gets_in_without_signing_in(service: Service) -> None:
    response = await service.get("/me")
    assert response.status == 401
    assert response.content_type == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_page_leads_to_the_sign_in(service: Service) -> None:
    for route in service.app.router.routes():
        access = access_of(route.handler)
        if access and access.permission and route.resource.canonical == "/console":
            break
    else:
        return  # the pages are not there
    response = await service.client.get(
        "/console", headers={"Accept": "text/html"}, allow_redirects=False
    )
    assert response.status == 303
    assert response.headers["Location"] == "/console/sign-in?next=/console"


async def test_a_role_at_one_court_gives_nothing_at_another(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    court = await (await service.post("/courts", {"name": "东城区人民法院"}, headers=admin)).json()
    tech = await service.token("tom", Role.TECHNICIAN, "another")
    response = await service.post(
        "/courtrooms", {"court": court["id"], "name": "第一法庭"}, headers=tech
    )
    assert response.status == 403
    assert (await response.json())["code"] == "forbidden"
