"""The undelayed room by WHEP: staff of the court only, and by no public path."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse

from media import Changed
from server.accounts.people import PEOPLE
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.playback.relays import RELAYS
from server.playback.room import ROOM_VIEWS
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service, StartService
from tests.server.playback.relayed import ETAG, FakeRelay, listening

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@pytest.fixture
async def service(start_service: StartService) -> Service:
    """A server with one relay for the public."""
    return await start_service(relays="1")


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom that is in use, with a broadcast that is not on the air."""
    hall = await furnish(service)
    await service.post(f"/broadcasts/{hall.broadcast}/prepare", headers=hall.technician)
    async with service.client.get(
        f"/api/v1/broadcasts/{hall.broadcast}/console/events", headers=hall.technician
    ) as events:
        assert events.status == 200
    return hall


@pytest.fixture
async def view(hall: Hall) -> AsyncIterator[FakeRelay]:
    """The part of the monitor that answers staff."""
    async with listening(hall.places.socket(f"view-{hall.room}")) as relay:
        yield relay


@pytest.fixture
async def public(hall: Hall) -> AsyncIterator[FakeRelay]:
    """The public's relay."""
    async with listening(hall.places.socket("relay-0")) as relay:
        await relay.connected()
        yield relay


def address(hall: Hall) -> str:
    return f"/console/broadcasts/{hall.broadcast}/cameras/{hall.cameras[0]}/whep"


async def post(hall: Hall, by: dict[str, str], path: str = "", **more: str) -> ClientResponse:
    client = hall.service.client
    return await client.post(path or address(hall), data="v=0", headers={**SDP, **by, **more})


async def test_staff_of_the_court_watch_a_camera(hall: Hall, view: FakeRelay) -> None:
    response = await post(hall, hall.technician)
    assert response.status == 201
    assert response.headers["ETag"] == ETAG
    location = response.headers["Location"]
    assert location.startswith(address(hall))
    (offer,) = view.offers
    assert offer.broadcast == f"room:{hall.cameras[0]}"
    assert offer.worker_socket.endswith(f"frames-{hall.cameras[0]}.sock")

    client = hall.service.client
    view.changed = Changed("", 200, "a=ice-ufrag:x", '"2"')
    headers = {**FRAGMENT, **hall.technician, "If-Match": "*"}
    assert (await client.patch(location, data="a=ice-ufrag:y", headers=headers)).status == 200
    assert (await client.delete(location)).status == 401  # the address alone opens nothing
    assert (await client.delete(location, headers=hall.technician)).status == 200
    await view.until(1)


async def test_nobody_else_watches(hall: Hall, view: FakeRelay) -> None:
    service = hall.service
    other = (await (await service.post("/courts", {"name": "别处"}, headers=hall.admin)).json())[
        "id"
    ]
    strangers: dict[int, list[Any]] = {
        401: [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Bearer tbp_a_b"}],
        403: [
            await service.token("pat", Role.PARTNER_MANAGER, hall.court),
            await service.token("tim", Role.TECHNICIAN, other),
            {**hall.technician, "Origin": "https://elsewhere.example"},
        ],
    }
    for status, all_of_them in strangers.items():
        for headers in all_of_them:
            response = await post(hall, headers)
            assert response.status == status
            assert "Access-Control-Allow-Origin" not in response.headers
    assert view.offers == []


async def test_only_cameras_of_a_courtroom_in_use_are_shown(hall: Hall, view: FakeRelay) -> None:
    unknown = address(hall).replace(hall.cameras[0], "nothing")
    assert (await post(hall, hall.technician, unknown)).status == 404
    view.status = 409
    assert (await post(hall, hall.technician)).status == 409  # as with H.265
    view.status = 422
    assert (await post(hall, hall.technician)).status == 422


async def test_no_public_address_leads_to_the_room(
    hall: Hall, view: FakeRelay, public: FakeRelay
) -> None:
    location = (await post(hall, hall.technician)).headers["Location"]
    session, camera = location.rpartition("/")[2], hall.cameras[0]
    for name in (camera, f"room:{camera}", f"view-{hall.room}", f"monitor-{hall.room}"):
        assert (await post(hall, hall.technician, f"/whep/{name}")).status == 404
    for name in (hall.broadcast, f"room:{camera}"):
        response = await hall.service.client.delete(f"/whep/{name}/{session}")
        assert response.status == 404
    assert public.offers == []
    assert view.closed == []
    # Nor is anything of it counted, or told as a viewer.
    assert list(hall.service.client.app[RELAYS].sessions()) == []


async def test_who_may_not_watch_any_more_sees_no_more(hall: Hall, view: FakeRelay) -> None:
    views = hall.service.client.app[ROOM_VIEWS]
    clerk = await hall.service.token("cai", Role.CLERK, hall.court)
    assert (await post(hall, clerk)).status == 201
    assert (await post(hall, hall.technician)).status == 201
    await views.look()
    assert view.closed == []
    people = hall.service.client.app[PEOPLE]
    token = hall.admin["Authorization"].removeprefix("Bearer ")
    admin = await hall.service.client.app[ACCOUNTS].recognise(token)
    assert admin is not None
    person = next(one for one in await people.all(admin) if one.name == "cai")
    await people.leave(person.id, admin)
    await views.look()
    await view.until(1)
    assert view.closed == [view.offers[0].session]
