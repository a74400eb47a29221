"""A person's name over all hearings of a court: found, taken by one order, given back by one."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import text

from server.journal.store import entries
from server.withdrawn import REGISTER
from tests.server.counted import add_broadcast
from tests.server.withdrawal.conftest import Desk, desk, make_recording, service

__all__ = ["desk", "make_recording", "service"]
NAME = "欧阳孤鸿"
MANY = [f"n{number}" for number in range(40)]


async def call(desk: Desk, path: str, body: object, by: dict[str, str] | None = None) -> Any:  # noqa: ANN401
    url = f"/api/v1/courts/sh/{path}"
    return await desk.service.client.post(url, json=body, headers=by or desk.judge)


async def found(desk: Desk, name: str) -> dict[str, tuple[list[str], bool]]:
    answer = await call(desk, "name-search", {"name": name})
    assert answer.status == 200, await answer.text()
    shown = (await answer.json())["broadcasts"]
    return {one["broadcast"]: (one["places"], one["withdrawn"]) for one in shown}


async def named(desk: Desk) -> None:
    """Let the name stand in the title of many hearings, in a report, and at another court."""
    for broadcast in MANY:
        await add_broadcast(desk.service.database, broadcast, state="ended", has_report=True)
    await add_broadcast(desk.service.database, "elsewhere", court="berlin")
    async with desk.service.database.begin() as connection:
        written = {"title": "证人欧阳　孤鸿到庭"}
        update = "UPDATE hearings SET title = :title WHERE id LIKE '%-n%' OR id LIKE '%elsewhere'"
        done = await connection.execute(text(update), written)
        assert done.rowcount == len(MANY) + 1
    await desk.write(f"证人{NAME}说：不知道")


async def test_one_order_takes_it_everywhere_and_gives_it_back(desk: Desk) -> None:
    await named(desk)
    stands = await found(desk, NAME)
    assert stands == {"b1": (["report"], False), **{one: (["hearing"], False) for one in MANY}}
    order = {"name": NAME, "mark": "欧某", "reason": "sealed", "broadcasts": list(stands)}
    clerk = desk.clerk
    for path, body in (("name-search", {"name": NAME}), ("name-withdrawals", order)):
        assert (await call(desk, path, body, clerk)).status == 403
    wrong = order | {"broadcasts": [*stands, "elsewhere"]}
    assert (await call(desk, "name-withdrawals", wrong)).status == 404  # and nothing of it is done
    assert await found(desk, NAME) == stands
    await desk.withdrawn("n0", kind="name", target=NAME)

    # Two order it at the same moment: one of them is told.
    both = await asyncio.gather(*(call(desk, "name-withdrawals", order) for _ in range(2)))
    assert sorted(one.status for one in both) == [201, 409]
    made = await next(one for one in both if one.status == 201).json()
    assert made["in_force"] == len(MANY)
    assert made["skipped"] == ["n0"]
    register = desk.service.client.app[REGISTER]
    assert all(NAME not in register.of(one).text(f"证人{NAME}") for one in stands)
    assert register.of("elsewhere").text(NAME) == NAME
    assert "欧某" in (await desk.posts())[0]["body"]
    async with desk.service.database.read() as connection:
        for one in ("b1", "n7"):
            [noted] = [
                its
                async for its in entries(connection, f"broadcast:{one}")
                if its.action == "withdrawal.order"
            ]
            assert made["id"] in noted.details
    page = await desk.service.client.get("/console/courts/sh/names?lang=en", headers=desk.judge)
    assert f"{len(MANY)} of {len(MANY)} broadcasts" in await page.text()
    await gives_back(desk, made["id"])


async def gives_back(desk: Desk, order: str) -> None:
    """Give back what an order took, and nothing else."""
    register = desk.service.client.app[REGISTER]
    path = f"name-withdrawals/{order}/restoration"
    given = await call(desk, path, {"note": "The record is open again."})
    assert given.status == 200, await given.text()
    assert (await given.json())["in_force"] == 0
    assert register.of("n7").text(NAME) == NAME
    assert register.of("n0").text(NAME) == "某某"  # that was another order
    assert (await call(desk, path, {})).status == 409
    other = f"/api/v1/courts/berlin/{path}"
    assert (await desk.service.client.post(other, json={}, headers=desk.judge)).status == 403
    listed = await desk.service.client.get("/api/v1/courts/sh/name-withdrawals", headers=desk.judge)
    assert [one["id"] for one in (await listed.json())["orders"]] == [order]


async def test_it_is_found_however_it_was_typed(desk: Desk) -> None:
    await desk.write("ＷＡＮＧ fang was there")
    assert set(await found(desk, "Wang Fang")) == {"b1"}
    assert await found(desk, "Wang Feng") == {}
    assert await found(desk, "100%") == {}
    assert (await call(desk, "name-search", {"name": "王"})).status == 422
    body = {"name": "王芳", "reason": "minor", "broadcasts": []}
    assert (await call(desk, "name-withdrawals", body)).status == 422
