"""The pages of records show what was signed, and offer only what the reader may do."""

from __future__ import annotations

import pytest

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall
from tests.server.records.conftest import filed, film, finish

__all__ = ["filed", "film"]
pytestmark = pytest.mark.media
PAGE = {"Accept": "text/html"}


async def shown(hall: Hall, path: str, by: dict[str, str], language: str = "en") -> str:
    response = await hall.service.client.get(f"{path}?lang={language}", headers=PAGE | by)
    assert response.status == 200, await response.text()
    return await response.text()


async def test_the_sheet_is_shown_in_both_languages(filed: Hall) -> None:
    path = f"/console/broadcasts/{filed.broadcast}/record"
    text = await shown(filed, path, filed.technician, "zh-CN")
    assert "不公开举证、质证" in text
    assert "审判席" in text
    signed = await (
        await filed.service.get(f"/broadcasts/{filed.broadcast}/record", headers=filed.technician)
    ).json()
    for digest in (signed["fingerprint"], *(one["root"] for one in signed["sheet"]["cameras"])):
        assert digest in text
    assert "Evidence heard in closed session" in await shown(filed, path, filed.technician)


async def test_who_may_not_copy_is_offered_no_copy(filed: Hall) -> None:
    path = f"/console/broadcasts/{filed.broadcast}/record"
    clerk = await filed.service.token("cai", Role.CLERK, filed.court)
    judge = await filed.service.token("jin", Role.PRESIDING_JUDGE, filed.court)
    offered = {
        name: await shown(filed, path, by)
        for name, by in (("clerk", clerk), ("technician", filed.technician), ("judge", judge))
    }
    assert ['id="export"' in text for text in offered.values()] == [False, True, True]
    assert ['name="closed"' in text for text in offered.values()] == [False, False, True]
    assert all('id="check-begin"' in text for text in offered.values())


async def test_a_sheet_that_somebody_changed_is_not_called_unfiled(filed: Hall) -> None:
    (filed.directory / "record.sheet").write_bytes(b"nothing")
    text = await shown(filed, f"/console/broadcasts/{filed.broadcast}/record", filed.technician)
    assert "cannot be read" in text


async def test_the_page_says_until_when_and_by_which_rule(filed: Hall) -> None:
    path = f"/console/broadcasts/{filed.broadcast}/record"
    await finish(filed)
    assert "For ever." in await shown(filed, path, filed.technician)
    rule = f"/courts/{filed.court}/retention"
    assert (await filed.service.put(rule, {"days": 30}, headers=filed.admin)).status == 204
    text = await shown(filed, path, filed.technician)
    assert "Rule: 30 days after the hearing" in text
    assert "due for the archive" in text


async def test_records_are_listed_at_ones_own_court_and_found_by_number(filed: Hall) -> None:
    await finish(filed)
    stranger = await filed.service.token("eve", Role.TECHNICIAN, "another")
    row = f'data-broadcast="{filed.broadcast}"'
    assert row in await shown(filed, "/console/records", filed.technician)
    assert row not in await shown(filed, "/console/records", stranger)
    for number, is_found in (("12", True), ("99", False), ("%", False)):
        response = await filed.service.client.get(
            "/console/records", params={"number": number}, headers=PAGE | filed.technician
        )
        assert (row in await response.text()) is is_found
    older = await filed.service.client.get(
        "/console/records", params={"before": "2001-01-01T00:00:00Z"}, headers=PAGE | filed.admin
    )
    assert row not in await older.text()
    odd = await filed.service.client.get(
        "/console/records", params={"before": "soon"}, headers=PAGE | filed.admin
    )
    assert row in await odd.text()


async def test_only_an_administrator_sets_how_long_records_are_kept(filed: Hall) -> None:
    assert "data-retention" in await shown(filed, "/console/records", filed.admin)
    assert "data-retention" not in await shown(filed, "/console/records", filed.technician)
