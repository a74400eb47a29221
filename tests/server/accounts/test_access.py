from aiohttp.web_urldispatcher import StaticResource

from server.accounts.access import access_of
from server.accounts.roles import Role
from server.openapi import PREFIX, operation_of
from tests.server.conftest import Service


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
