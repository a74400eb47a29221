"""Mask templates of a courtroom, as they are set, journaled and handed to a broadcast."""

import json
from typing import Any

import pytest

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.store import entries
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import Service


async def test_masks_are_replaced_as_a_whole_and_go_with_a_broadcast(service: Service) -> None:
    hall = await furnish(service)
    path = f"/courtrooms/{hall.room}/masks"
    screen = {"camera": hall.cameras[0], "x": 0.5, "y": 0.5, "width": 0.5, "height": 0.5}
    for masks in ([screen, screen], [{**screen, "layout": "two", "method": "pixelate"}]):
        response = await service.put(
            path, {"required": True, "masks": masks}, headers=hall.technician
        )
        assert response.status == 200, await response.text()
    shown = await (await service.get(path, headers=hall.technician)).json()
    assert shown == {
        "required": True,
        "masks": [{**screen, "layout": "two", "method": "pixelate"}],
    }
    await hall.order("start")
    wanted = hall.places.data / "run" / "wanted" / f"worker-{hall.broadcast}.json"
    assignment = json.loads(wanted.read_text())["assignment"]
    assert (assignment["masks"], assignment["masks_required"]) == (shown["masks"], True)
    async with service.app[DATABASE].read() as connection:
        actions = [entry.action async for entry in entries(connection)]
    assert actions.count("courtroom.masks") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"x": -0.1},
        {"width": 0},
        {"height": 2},
        {"layout": "circle"},
        {"method": "blur"},
        {"camera": "nobody"},
        {"x": "NaN"},
    ],
)
async def test_what_is_no_mask_is_refused(service: Service, wrong: dict[str, Any]) -> None:
    hall = await furnish(service)
    mask = {"camera": hall.cameras[0], "x": 0, "y": 0, "width": 1, "height": 1, **wrong}
    path = f"/courtrooms/{hall.room}/masks"
    response = await service.put(path, {"masks": [mask]}, headers=hall.technician)
    assert response.status == 422
    assert (await (await service.get(path, headers=hall.technician)).json())["masks"] == []


async def test_only_who_looks_after_the_room_sets_its_masks(service: Service) -> None:
    hall = await furnish(service)
    clerk = await service.token("cai", Role.CLERK, hall.court)
    path = f"/courtrooms/{hall.room}/masks"
    assert (await service.put(path, {"masks": []}, headers=clerk)).status == 403
    assert (await service.get(path)).status == 401
    assert (await service.get("/courtrooms/none/masks", headers=hall.technician)).status == 404
