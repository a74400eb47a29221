"""The staff's pages open for whom they are meant."""

import pytest

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with a planned broadcast."""
    return await furnish(service)


async def test_a_stranger_is_sent_to_sign_in_and_back(service: Service, hall: Hall) -> None:
    path = f"/console/broadcasts/{hall.broadcast}"
    response = await service.client.get(path, headers=PAGE, allow_redirects=False)
    assert response.status == 303
    assert response.headers["Location"] == f"/console/sign-in?next={path}"


@pytest.mark.parametrize(
    ("path", "role", "status"),
    [
        ("/console", Role.CLERK, 200),
        ("/console/broadcasts/{id}", Role.TECHNICIAN, 200),
        ("/console/broadcasts/{id}", Role.PARTNER_MANAGER, 403),
        ("/console/broadcasts/{id}/watch", Role.CLERK, 200),
        ("/console/broadcasts/{id}/watch", Role.PARTNER_MANAGER, 403),
        ("/console/broadcasts/{id}/masks", Role.TECHNICIAN, 200),
        ("/console/broadcasts/{id}/masks", Role.CLERK, 403),
        ("/console/records", Role.CLERK, 200),
        ("/console/records", Role.PARTNER_MANAGER, 403),
        ("/console/broadcasts/{id}/record", Role.CLERK, 200),
        ("/console/broadcasts/{id}/record", Role.PARTNER_MANAGER, 403),
        ("/console/broadcasts/{id}/incidents", Role.CLERK, 200),
        ("/console/broadcasts/{id}/incidents", Role.PARTNER_MANAGER, 403),
        ("/console/broadcasts/{id}/report", Role.CLERK, 200),
        ("/console/broadcasts/{id}/report", Role.TECHNICIAN, 403),
        ("/console/applications", Role.VICE_PRESIDENT, 200),
        ("/console/applications", Role.CLERK, 403),
        ("/console/broadcasts/{id}/readiness", Role.CLERK, 200),
        ("/console/broadcasts/{id}/readiness", Role.VICE_PRESIDENT, 403),
        ("/console/partners", Role.PARTNER_MANAGER, 200),
        ("/console/partners", Role.CLERK, 403),
        ("/console/statistics", Role.AUDITOR, 200),
        ("/console/password", Role.CLERK, 200),
        ("/console/people", Role.ADMINISTRATOR, 200),
        ("/console/people", Role.TECHNICIAN, 403),
    ],
)
async def test_a_page_opens_for_its_role(
    service: Service, hall: Hall, path: str, role: Role, status: int
) -> None:
    headers = PAGE | await service.token("somebody", role)
    response = await service.client.get(path.format(id=hall.broadcast), headers=headers)
    assert response.status == status, await response.text()


async def test_the_control_desk_has_every_order(service: Service, hall: Hall) -> None:
    headers = PAGE | await service.token("technician", Role.TECHNICIAN)
    response = await service.client.get(f"/console/broadcasts/{hall.broadcast}", headers=headers)
    text = await response.text()
    for order in ("start", "recess", "closed", "open", "resume", "end", "dump"):
        assert f'data-order="{order}"' in text


async def test_people_are_listed_with_their_roles_in_words(service: Service) -> None:
    await service.person("tina", Role.TECHNICIAN)
    headers = PAGE | await service.token("ada", Role.ADMINISTRATOR)
    for language, words in (("en", "Technician, Every court"), ("zh-CN", "技术人员，全部法院")):
        response = await service.client.get(f"/console/people?lang={language}", headers=headers)
        text = await response.text()
        assert words in text
        assert 'href="/console/people" aria-current="page"' in text
        assert text.count('data-act="leave"') == 2
        assert text.count('data-act="invitation"') == 1  # one's own is changed on its own page


async def test_only_administrators_find_the_people_in_the_menu(service: Service) -> None:
    headers = PAGE | await service.token("tina", Role.TECHNICIAN)
    text = await (await service.client.get("/console", headers=headers)).text()
    assert "/console/people" not in text


async def test_an_administrator_of_one_court_offers_that_court(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    added = await service.post("/courts", {"name": "东"}, headers=admin)
    court = (await added.json())["id"]
    headers = PAGE | await service.token("lea", Role.ADMINISTRATOR, court)
    text = await (await service.client.get("/console/people", headers=headers)).text()
    assert "<code>lea</code>" in text
    assert "<code>ada</code>" not in text
    assert f'<option value="{court}" selected>' in text
    assert '<option value=""' not in text
