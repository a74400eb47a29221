"""A person's postings over time: nothing that somebody was is forgotten."""

from server.accounts.roles import Role
from tests.server.accounts.test_people import add, court, role
from tests.server.conftest import Service


async def test_what_somebody_was_stays_known(service: Service) -> None:
    admin = await service.token("ada", Role.ADMINISTRATOR)
    first, second = [await court(service, admin, name) for name in ("一", "二")]
    made = await add(service, admin, "bob", role("clerk", first))
    path = f"/people/{made['id']}"
    moved = {"roles": [role("technician", second)]}
    response = await service.client.patch(f"/api/v1{path}", json=moved, headers=admin)
    assert response.status == 200
    shown = await (await service.get(f"{path}/postings", headers=admin)).json()
    newest, oldest = shown["postings"]
    assert (newest["role"], newest["court"], newest["until"]) == ("technician", second, None)
    assert (oldest["role"], oldest["court"], oldest["until"]) == ("clerk", first, newest["since"])
    # Who administers one court sees what somebody was there.
    own = await service.token("cay", Role.ADMINISTRATOR, first)
    shown = await (await service.get(f"{path}/postings", headers=own)).json()
    assert [one["role"] for one in shown["postings"]] == ["clerk"]
    assert (await service.get("/people/nobody/postings", headers=admin)).status == 404
    clerk = await service.token("cai", Role.CLERK, first)
    assert (await service.get(f"{path}/postings", headers=clerk)).status == 403
