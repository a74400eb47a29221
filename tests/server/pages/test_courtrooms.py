"""Courtrooms and cameras on their page: for those who look after them, and without secrets."""

from typing import get_args

import pytest
from playwright.async_api import Page

from server.accounts.roles import Role
from server.courts.addresses import accept
from server.courts.model import Level
from server.pages.courtrooms import KINDS, LEVELS, Kind
from tests.server.broadcasts.conftest import SECRET, Hall, furnish, made, pilot
from tests.server.conftest import Service

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with two cameras that are pulled."""
    return await furnish(service)


async def test_a_technician_sees_the_cameras_of_the_own_court_without_their_secrets(
    service: Service, hall: Hall
) -> None:
    await made(service, "/courts", {"name": "别处人民法院"}, hall.admin)
    pushed = {"name": "旁听席", "url": "rtmp-listen://0.0.0.0:1935/live"}
    await made(service, f"/courtrooms/{hall.room}/cameras", pushed, hall.technician)
    response = await service.client.get("/console/courtrooms", headers=PAGE | hall.technician)
    text = await response.text()
    assert response.status == 200
    assert (text.count("data-camera="), text.count("data-push=")) == (3, 1)
    assert SECRET not in text
    assert "别处人民法院" not in text
    assert 'id="new-court"' not in text
    shown = await service.client.get("/console/courtrooms", headers=PAGE | hall.admin)
    whole = await shown.text()
    assert "别处人民法院" in whole
    assert 'id="new-court"' in whole


async def test_a_clerk_sets_up_nothing(service: Service, hall: Hall) -> None:
    clerk = await service.token("cleo", Role.CLERK, hall.court)
    response = await service.client.get("/console/courtrooms", headers=PAGE | clerk)
    assert response.status == 403
    menu = await (await service.client.get("/console", headers=PAGE | clerk)).text()
    assert "/console/courtrooms" not in menu


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_example_is_an_address_that_is_taken(kind: Kind) -> None:
    assert accept(kind.example, "k" * 32)
    assert kind.preset in ("", kind.example)


def test_every_level_of_a_court_can_be_chosen() -> None:
    assert {level for level, _ in LEVELS} == set(get_args(Level))


async def test_a_pilot_is_shown_and_ordered_by_administrators_until_a_policy_holds(
    service: Service,
) -> None:
    hall = await furnish(service, pilot_runs=False)

    async def shown(by: dict[str, str]) -> str:
        path = "/console/courtrooms?lang=en"
        return await (await service.client.get(path, headers=PAGE | by)).text()

    assert "nothing of this court goes on the air" in await shown(hall.technician)
    assert 'data-pilot="' not in await shown(hall.technician)
    assert "Order a pilot" in await shown(hall.admin)
    await pilot(service, hall.court, hall.admin)
    text = await shown(hall.admin)
    assert "A pilot runs until" in text
    assert "A trial." in text
    assert text.count('data-pilot="') == 2
    body = {"reason": "Over <b>now</b>."}
    await service.post(f"/courts/{hall.court}/pilot/end", body, headers=hall.admin)
    text = await shown(hall.technician)
    assert "The pilot ended on" in text
    assert "Over &lt;b&gt;now" in text
    policy = {"policy": "cn-default"}
    await service.put(f"/courts/{hall.court}/policy", policy, headers=hall.admin)
    assert "data-pilot-of" not in await shown(hall.admin)


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/console/courtrooms", "/console/people", "/statistics"])
async def test_the_narrowest_phone_shows_all_of_it(
    service: Service, hall: Hall, page: Page, path: str
) -> None:
    camera = {"name": "旁听席", "url": f"rtsp://192.0.2.1/{'a-camera-with-a-long-path' * 4}"}
    await made(service, f"/courtrooms/{hall.room}/cameras", camera, hall.technician)
    await page.set_extra_http_headers(hall.admin)
    await page.set_viewport_size({"width": 320, "height": 640})
    await page.goto(str(service.client.make_url(path)))
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    # What scrolls by itself holds figures, and nothing that is to be pressed.
    pressed = page.locator("main").locator("button:visible, summary:visible, input:visible")
    for one in await pressed.all():
        box = await one.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
