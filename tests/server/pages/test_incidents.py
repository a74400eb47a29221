"""The pages of incidents: prefilled, in both languages, and offering only what one may do."""

from __future__ import annotations

import pytest

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall
from tests.server.incidents.test_routes import hall, judge, written

__all__ = ["hall"]
PAGE = {"Accept": "text/html"}


async def shown(hall: Hall, path: str, by: dict[str, str], **query: str) -> str:
    response = await hall.service.client.get(path, params=query, headers=PAGE | by)
    assert response.status == 200, await response.text()
    return await response.text()


@pytest.mark.parametrize(("language", "words"), [("en", "Broadcast cut"), ("zh-CN", "直播被切断")])
async def test_what_is_to_be_explained_is_prefilled(hall: Hall, language: str, words: str) -> None:
    path = f"/console/broadcasts/{hall.broadcast}/incidents"
    text = await shown(hall, path, hall.technician, lang=language)
    assert 'data-source="order:2"' in text
    assert words in text
    assert 'data-exact="1970-01-01T00:00:05+00:00"' in text  # the order's own moment
    clerk = await hall.service.token("cai", Role.CLERK, hall.court)
    assert "<textarea" not in await shown(hall, path, clerk)


async def test_the_desks_alarms_are_taken_over_as_text(hall: Hall) -> None:
    path = f"/console/broadcasts/{hall.broadcast}/incidents"
    text = await shown(hall, path, hall.technician, what="<b>black</b>")
    assert "&lt;b&gt;black&lt;/b&gt;" in text
    assert "<b>black" not in text


async def test_a_form_is_read_by_all_and_signed_by_the_judge(hall: Hall) -> None:
    form = await written(hall)
    path = f"/console/incidents/{form['id']}"
    pages = {
        name: await shown(hall, path, by)
        for name, by in (("technician", hall.technician), ("judge", await judge(hall)))
    }
    assert all("A juror was in the picture." in text for text in pages.values())
    assert ['id="sign"' in text for text in pages.values()] == [False, True]
    assert ['id="change"' in text for text in pages.values()] == [True, False]
    stranger = await hall.service.token("eve", Role.TECHNICIAN, "another")
    refused = await hall.service.client.get(path, headers=PAGE | stranger)
    assert refused.status == 403
