"""What strangers read about a record, in both languages, and what they are not shown."""

from __future__ import annotations

import pytest

from server.accounts.roles import Role
from tests.server.broadcasts.conftest import Hall
from tests.server.proofs.test_routes import keep_up, over, stand
from tests.server.records.conftest import filed, film

__all__ = ["filed", "film"]
pytestmark = pytest.mark.media
PAGE = {"Accept": "text/html"}


async def read(hall: Hall, path: str, language: str = "en") -> str:
    response = await hall.service.client.get(f"{path}?lang={language}", headers=PAGE)
    assert response.status == 200, await response.text()
    return await response.text()


async def test_evidence_is_shown_when_there_is_some(filed: Hall) -> None:
    about = f"/broadcasts/{filed.broadcast}"
    path = f"{about}/proof"
    assert path not in await read(filed, about)
    assert (await filed.service.client.get(path, headers=PAGE)).status == 404
    await over(filed)
    await keep_up(filed)
    assert path in await read(filed, about)
    text = await read(filed, path)
    assert "Evidence heard in closed session" in text
    assert "The day is not signed yet" in text
    assert "Camera 1" in text
    assert "审判席" not in text  # a camera's name is for staff
    assert f"{path}/files" in text
    assert "No signed approval is noted" in text
    await stand(filed, replay="held", policy="")
    text = await read(filed, path)
    assert f"{path}/files" not in text
    assert "it began while a pilot ran" in text
    await keep_up(filed, in_days=2)
    text = await read(filed, path, "zh-CN")
    assert "不公开举证、质证" in text
    assert "第 1 项，共 1 项" in text
    proof = await (await filed.service.get(f"{about}/proof")).json()
    for digest in (
        proof["record"]["sha256"],
        *(one[name] for one in proof["record"]["sheet"]["cameras"] for name in ("root", "link")),
    ):
        assert digest in text
    await _days_and_keys(filed)


async def _days_and_keys(hall: Hall) -> None:
    """The chain of days and the key can be printed, and lead to one another."""
    path = f"/courts/{hall.court}/daily-roots"
    days = await read(hall, path)
    roots = await (await hall.service.get(path)).json()
    assert all(one["day"] in days for one in roots["days"])
    assert "None." in await read_with(hall, path, before="2001-01-01")
    assert roots["days"][0]["day"] in await read_with(hall, path, before="soon")
    keys = await read(hall, "/record-keys", "zh-CN")
    assert path in keys
    assert "密钥更换" in keys
    assert "BEGIN PUBLIC KEY" in keys
    assert "PRIVATE" not in keys


async def read_with(hall: Hall, path: str, **query: str) -> str:
    response = await hall.service.client.get(path, params=query | {"lang": "en"}, headers=PAGE)
    assert response.status == 200
    return await response.text()


async def test_what_is_withdrawn_is_not_named_in_its_evidence(filed: Hall) -> None:
    await over(filed)
    await keep_up(filed)
    service = filed.service
    judge = await service.token("wang", Role.PRESIDING_JUDGE, filed.court)
    about = f"/broadcasts/{filed.broadcast}"
    title = (await (await service.get(about)).json())["title"]
    for what in ({"kind": "name", "target": title}, {"kind": "broadcast"}):
        ordered = await service.post(
            f"{about}/withdrawals", {"reason": "personal_data", **what}, headers=judge
        )
        assert ordered.status == 201, await ordered.text()
        response = await service.client.get(f"{about}/proof", headers=PAGE)
        assert title not in await response.text()
        assert response.status == (410 if what["kind"] == "broadcast" else 200)
    assert (await service.get(f"{about}/proof")).status == 410
