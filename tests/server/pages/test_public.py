"""The public's pages can be read without scripts, by anybody, in both languages."""

import re
from typing import Any

import pytest

from server.accounts.roles import Role
from server.broadcasts.service import BROADCASTS
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service
from tests.server.counted import count_visits


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A courtroom with a planned broadcast."""
    return await furnish(service)


async def text_of(service: Service, path: str, **options: Any) -> str:  # noqa: ANN401
    """Return a page that must be there."""
    response = await service.client.get(path, headers={"Accept": "text/html"}, **options)
    text = await response.text()
    assert response.status == 200, text
    assert response.content_type == "text/html"
    return text


async def test_the_portal_lists_what_comes(service: Service, hall: Hall) -> None:
    about = await service.app[BROADCASTS].about(hall.broadcast)
    text = await text_of(service, "/?lang=zh-CN")
    assert f"/broadcasts/{hall.broadcast}" in text
    assert about.hearing.title in text
    assert "庭审预告" in text


async def test_a_page_has_no_inline_script_and_names_no_other_host(
    service: Service, hall: Hall
) -> None:
    for path in ("/", f"/broadcasts/{hall.broadcast}", "/statistics", "/console/sign-in"):
        text = await text_of(service, path)
        # Linked data is no script: browsers run nothing of it.
        assert not re.search(r"<script(?![^>]*\bsrc=)(?! type=.application/ld.json)", text)
        assert not re.search(r"\son\w+=|\sstyle=|(?:src|href)=\"(?:https?:)?//", text)


async def begin_report(hall: Hall) -> None:
    """Put a report without pictures on the air: no process is needed for it."""
    plan = {"medium": ["image_text"], "delay_s": 0}
    await hall.service.put(f"/broadcasts/{hall.broadcast}", plan, headers=hall.technician)
    assert (await hall.order("start")).status == 200


async def test_the_report_is_in_the_page_and_is_only_text(service: Service, hall: Hall) -> None:
    await begin_report(hall)
    headers = await service.token("clerk", Role.CLERK)
    post = {"client_key": "one", "role": "judge", "speaker": "周某", "body": "<b>开庭</b>"}
    given = await service.post(f"/broadcasts/{hall.broadcast}/report/posts", post, headers=headers)
    assert given.status == 201
    text = await text_of(service, f"/broadcasts/{hall.broadcast}?lang=zh-CN")
    assert "&lt;b&gt;开庭&lt;/b&gt;" in text
    assert "审判员" in text
    assert re.search(r'data-report-after="\d+-\d+"', text)


async def test_reading_the_report_on_the_page_is_a_visit(service: Service, hall: Hall) -> None:
    path = f"/broadcasts/{hall.broadcast}"
    await begin_report(hall)
    await service.client.get(path)
    assert await count_visits(service.app) == {}
    headers = await service.token("clerk", Role.CLERK)
    post = {"client_key": "one", "role": "judge", "body": "开庭"}
    await service.post(f"{path}/report/posts", post, headers=headers)
    await service.client.head(path)
    await service.client.get(path, headers=headers)  # staff is not the public
    assert await count_visits(service.app) == {}
    await service.client.get(path)
    assert await count_visits(service.app) == {"report": 1}


async def test_a_page_speaks_the_language_that_was_asked_for(service: Service, hall: Hall) -> None:
    text = await text_of(service, f"/broadcasts/{hall.broadcast}?lang=en")
    assert '<html lang="en"' in text
    assert "Not started" in text
    assert 'data-live="true"' in text
    assert 'data-playable="false"' in text


async def test_the_year_is_shown_with_its_definitions(service: Service) -> None:
    text = await text_of(service, "/statistics?lang=en")
    assert 'data-figure="visits" data-value="0"' in text
    assert "What is counted" in text


@pytest.mark.parametrize("path", ["/broadcasts/nothing", "/statistics/2999", "/nothing"])
async def test_what_is_not_there_is_said_on_a_page(service: Service, path: str) -> None:
    response = await service.client.get(path, headers={"Accept": "text/html"})
    assert response.status == 404
    assert 'class="brand"' in await response.text()
