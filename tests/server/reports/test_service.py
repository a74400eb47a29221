"""A report is under the rules of pictures: the start, closed parts, names (B-09, B-15, B-18)."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image
from sqlalchemy import text

from server.accounts.roles import Role
from server.database import DATABASE
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

Headers = dict[str, str]


class Desk:
    """The clerk's desk of a broadcast without pictures, for which no process is needed."""

    def __init__(self, hall: Hall, clerk: Headers) -> None:
        self.hall, self._clerk = hall, clerk
        self.path = f"/broadcasts/{hall.broadcast}/report/posts"
        self._count = 0

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        response = await self.hall.service.client.request(
            method, f"/api/v1{path}", json=body, headers=self._clerk
        )
        return response.status, await response.json()

    async def write(self, body: str, **more: str) -> tuple[int, Any]:
        self._count += 1
        post = {"client_key": f"k{self._count}", "role": "clerk", "body": body, **more}
        return await self.call("POST", self.path, post)

    async def public(self) -> list[str]:
        """Return what everybody reads now."""
        shown = await (await self.hall.service.get(self.path)).json()
        return [one["body"] for one in shown["posts"]]

    async def upload(self, alt: str, caption: str) -> int:
        picture = BytesIO()
        Image.new("RGB", (8, 8)).save(picture, "JPEG")
        form = FormData({"alt": alt, "caption": caption})
        form.add_field("file", picture.getvalue(), filename="a.jpg", content_type="image/jpeg")
        path = f"/api/v1/broadcasts/{self.hall.broadcast}/report/photos"
        response = await self.hall.service.client.post(path, data=form, headers=self._clerk)
        return response.status


@pytest.fixture
async def desk(service: Service) -> Desk:
    """A report that is planned and has not begun."""
    hall = await furnish(service, medium=["image_text"])
    return Desk(hall, await service.token("cai", Role.CLERK, hall.court))


async def test_nothing_is_read_before_the_hearing_is_on_the_air(desk: Desk) -> None:
    status, early = await desk.write("开庭前。")
    assert (status, early["state"], await desk.public()) == (201, "held", [])
    release = f"{desk.path}/{early['id']}/release"
    assert (await desk.call("POST", release))[0] == 409
    async with desk.hall.service.app[DATABASE].begin() as connection:  # past the service
        await connection.execute(text("UPDATE broadcasts SET state = 'live', started_at = 1"))
    assert (await desk.write("仍未开庭。"))[1]["state"] == "held"
    assert (await desk.call("POST", release))[0] == 409
    async with desk.hall.service.app[DATABASE].begin() as connection:
        await connection.execute(text("UPDATE broadcasts SET state = 'planned', started_at = NULL"))
    assert (await desk.hall.order("start")).status == 200
    assert await desk.public() == []  # nobody has said yet that it may be read
    assert (await desk.call("POST", release))[0] == 200
    assert await desk.public() == ["开庭前。"]


async def test_where_no_report_is_planned_none_is_written(service: Service) -> None:
    hall = await furnish(service, medium=["video"])
    desk = Desk(hall, await service.token("cai", Role.CLERK, hall.court))
    assert (await desk.write("开庭。"))[0] == 409


async def test_nothing_of_a_closed_part_is_read(desk: Desk) -> None:
    await desk.hall.order("start")
    _, before = await desk.write("公开。")
    assert (await desk.hall.order("closed")).status == 200
    _, closed = await desk.write("不公开。")
    changed = {"reason": "x", "body": "不公开的话。"}
    assert (await desk.call("PATCH", f"{desk.path}/{before['id']}", changed))[0] == 409
    assert (await desk.call("PATCH", f"{desk.path}/{closed['id']}", changed))[0] == 200
    unchanged = {"reason": "as it was"}
    assert (await desk.call("PATCH", f"{desk.path}/{closed['id']}", unchanged))[0] == 200
    assert (await desk.call("POST", f"{desk.path}/{closed['id']}/release"))[0] == 409
    async with desk.hall.service.app[DATABASE].begin() as connection:
        for table in ("report_posts", "report_events"):  # past the service
            statement = text(f"UPDATE {table} SET public_at = 1 WHERE public_at IS NULL")  # noqa: S608
            await connection.execute(statement)
    assert await desk.public() == ["公开。"]
    await desk.hall.order("open")
    assert await desk.public() == ["公开。"]
    assert (await desk.call("POST", f"{desk.path}/{before['id']}/withdraw", {"reason": "x"}))[
        0
    ] == 200


async def test_a_protected_name_goes_into_no_text(desk: Desk) -> None:
    shown = await desk.hall.service.get("/hearings", headers=desk.hall.technician)
    [hearing] = (await shown.json())["hearings"]
    witness = {"role": "witness", "name": "王小明", "alias": "证人甲"}
    people = f"/hearings/{hearing['id']}/participants"
    made = await desk.hall.service.post(people, witness, headers=desk.hall.technician)
    assert made.status == 201
    await desk.hall.order("start")
    _, post = await desk.write("证人甲到庭。")
    one = f"{desk.path}/{post['id']}"
    for tried in (
        desk.write("证人王小明到庭。"),
        desk.write("王 小 明到庭。"),
        desk.write("到庭。", speaker="王小明"),
        desk.call("PATCH", one, {"reason": "x", "body": "王小明到庭。"}),
        desk.call("PATCH", one, {"reason": "王小明的名字", "body": "到庭。"}),
        desk.call("POST", f"{one}/withdraw", {"reason": "王小明"}),
    ):
        status, problem = await tried
        assert status == 422
        assert "证人甲" in str(problem)
        assert "王小明" not in str(problem)
    assert await desk.upload("王小明坐在证人席", "") == 422
    assert await desk.upload("证人席", "王小明") == 422
    assert await desk.upload("证人席", "证人甲") == 201
    assert await desk.public() == ["证人甲到庭。"]
