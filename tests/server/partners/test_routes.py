import pytest

from server.accounts.roles import Role
from server.database import DATABASE
from server.partners.model import TERMS_VERSION
from tests.server.conftest import Service
from tests.server.counted import add_broadcast, add_courts


@pytest.fixture
async def manager(service: Service) -> dict[str, str]:
    """Headers of somebody who manages partners, of courts that there are."""
    await add_courts(service.app[DATABASE])
    return await service.token("manager", Role.PARTNER_MANAGER)


async def key_of(service: Service, manager: dict[str, str]) -> tuple[str, str, str]:
    """Make a partner with a good key; return the key's address, the partner's and the key."""
    made = await service.post("/partners", {"name": "电视台", "court": "sh"}, headers=manager)
    assert made.status == 201
    partner = f"/partners/{(await made.json())['id']}"
    changed = await service.client.patch(
        f"/api/v1{partner}", json={"terms_version": TERMS_VERSION}, headers=manager
    )
    assert (await changed.json())["has_accepted_terms"]
    key = await service.post(f"{partner}/keys", {"label": "studio"}, headers=manager)
    assert key.status == 201
    made_key = await key.json()
    return f"/api/v1{partner}/keys/{made_key['id']}", partner, made_key["key"]


async def test_a_key_is_shown_once_and_ends_at_once(
    service: Service, manager: dict[str, str]
) -> None:
    await add_broadcast(service.app[DATABASE], "b1", started_at=None, state="planned")
    address, partner, key = await key_of(service, manager)
    bearer = {"Authorization": f"Bearer {key}"}
    for path in ("/broadcasts?state=live", f"/broadcasts?state=live&key={key}"):
        assert (await service.get(path, headers=bearer)).status == 200
    one = await (await service.get("/broadcasts/b1", headers=bearer)).json()
    assert one["hls"].endswith(f"/hls/b1/master.m3u8?key={key}")
    public = await (await service.get("/broadcasts/b1")).json()
    assert public["hls"].endswith("/hls/b1/master.m3u8")
    shown = await (await service.get(partner, headers=manager)).text()
    assert key not in shown
    assert key[:16] in shown
    assert "last_used_at" in shown

    revoked = await service.client.delete(address, headers=manager)
    assert await revoked.json() == {"revoked": True}
    refused = await service.get("/broadcasts?state=live", headers=bearer)
    assert refused.status == 401
    assert refused.content_type == "application/problem+json"
    again = await service.client.delete(address, headers=manager)
    assert await again.json() == {"revoked": False}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"name": ""}, 422),
        ({"name": "x" * 201}, 422),
        ({"name": "台", "other": 1, "court": "sh"}, 422),
        ({"name": "台", "court": "nowhere"}, 422),
        ({"name": "台"}, 403),
        ({"name": "台", "contact": "desk@example.org", "court": "sh"}, 201),
    ],
)
async def test_a_partner_has_a_name(
    service: Service, manager: dict[str, str], body: dict[str, object], status: int
) -> None:
    assert (await service.post("/partners", body, headers=manager)).status == status


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "2026-11-23"},
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(
    service: Service, manager: dict[str, str], body: dict[str, object]
) -> None:
    _, partner, _ = await key_of(service, manager)
    assert (await service.post(f"{partner}/keys", body, headers=manager)).status == 422


async def test_only_who_manages_partners_sees_them(service: Service) -> None:
    clerk = await service.token("clerk", Role.CLERK)
    assert (await service.get("/partners", headers=clerk)).status == 403
    assert (await service.get("/partners")).status == 401
    assert (await service.post("/partners/x/keys", {}, headers=clerk)).status == 403


async def test_a_key_opens_the_broadcasts_of_its_court_only(
    service: Service, manager: dict[str, str]
) -> None:
    for court in ("sh", "berlin"):
        await add_broadcast(
            service.app[DATABASE], f"b-{court}", court=court, started_at=None, state="planned"
        )
    _, _, key = await key_of(service, manager)
    bearer = {"Authorization": f"Bearer {key}"}
    assert (await service.get("/broadcasts/b-sh", headers=bearer)).status == 200
    refused = await service.get("/broadcasts/b-berlin", headers=bearer)
    assert refused.status == 403
    assert key not in await refused.text()
    every = await (await service.get("/broadcasts?state=upcoming", headers=bearer)).json()
    assert "b-berlin" not in [one["id"] for one in every["broadcasts"]]
    assert (await service.get("/broadcasts/b-berlin")).status == 200  # as for everybody


async def test_who_manages_one_court_s_partners_manages_no_others(
    service: Service, manager: dict[str, str]
) -> None:
    address, partner, _ = await key_of(service, manager)
    admin = await service.token("root", Role.ADMINISTRATOR)
    everywhere = await service.post("/partners", {"name": "总台"}, headers=admin)
    assert (await everywhere.json())["court"] is None
    whole = f"/partners/{(await everywhere.json())['id']}"
    stranger = await service.token("xena", Role.PARTNER_MANAGER, "berlin")
    theirs = await service.token("pam", Role.PARTNER_MANAGER, "sh")
    for its in (partner, whole):
        api = f"/api/v1{its}"
        for refused in (
            await service.get(its, headers=stranger),
            await service.client.patch(api, json={"suspended": True}, headers=stranger),
            await service.post(f"{its}/keys", {"label": "x"}, headers=stranger),
            await service.client.delete(f"{api}/keys/{address.split('/')[-1]}", headers=stranger),
        ):
            assert refused.status == 404
    listed = await (await service.get("/partners", headers=theirs)).json()
    assert [one["name"] for one in listed["partners"]] == ["电视台"]
    assert (await (await service.get("/partners", headers=stranger)).json())["partners"] == []
    for by, status in ((stranger, 403), (theirs, 201)):
        named = {"name": "another", "court": "sh"}
        assert (await service.post("/partners", named, headers=by)).status == status
    assert (await service.get(whole, headers=theirs)).status == 404
    assert (await service.client.delete(address, headers=theirs)).status == 200


async def test_a_name_is_taken_at_its_court_only(service: Service) -> None:
    await add_courts(service.app[DATABASE])
    admin = await service.token("root", Role.ADMINISTRATOR)
    for court, status in (("sh", 201), ("sh", 409), ("berlin", 201), (None, 201), (None, 409)):
        made = await service.post("/partners", {"name": "台", "court": court}, headers=admin)
        assert made.status == status
