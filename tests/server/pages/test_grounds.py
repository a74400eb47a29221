"""The desk offers, for the slate of a closed part, the law by which it was planned."""

from __future__ import annotations

import re

from media import LONGEST_ON_SLATE
from server.pages.grounds import on_slate
from tests.server.approvals.conftest import Chamber, chamber

__all__ = ["chamber"]


async def test_the_laws_of_planned_parts_are_offered_for_the_slate(chamber: Chamber) -> None:
    path = f"/console/broadcasts/{chamber.hall.broadcast}"
    headers = chamber.hall.technician | {"Accept": "text/html"}

    async def offered() -> list[str]:
        shown = await chamber.service.client.get(path, headers=headers)
        assert shown.status == 200
        page = await shown.text()
        return re.findall(r'<option value="([^"]*)">', page.partition('slate-grounds">')[2])

    assert await offered() == []
    await chamber.submit(await chamber.apply(E_16="yes"))
    assert (await offered())[0] == "法释〔2017〕5号第3条第2项；刑事诉讼法解释第81条"


def test_a_slate_names_as_many_laws_as_it_has_room_for() -> None:
    assert on_slate("甲法第1条；乙法第2条") == "甲法第1条；乙法第2条"
    long = "甲法第1条；" + "乙" * LONGEST_ON_SLATE
    assert on_slate(long) == "甲法第1条"
