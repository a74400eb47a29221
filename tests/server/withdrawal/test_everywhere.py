"""A person's name over all hearings of a court: found, taken by one order, given back by one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from server.hearings.tables import cases, hearing_changes, hearings
from server.journal.store import entries
from server.notices.tables import notices
from server.withdrawn import REGISTER
from tests.server.counted import START, add_broadcast
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
    shown = (await answer.json())["hearings"]
    return {one["hearing"]: (one["places"], one["withdrawn"]) for one in shown}


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
    in_titles = {f"hearing-{one}": (["hearing"], False) for one in MANY}
    assert stands == {"hearing-b1": (["report"], False), **in_titles}
    order = {"name": NAME, "mark": "欧某", "reason": "sealed", "hearings": list(stands)}
    clerk = desk.clerk
    for path, body in (("name-search", {"name": NAME}), ("name-withdrawals", order)):
        assert (await call(desk, path, body, clerk)).status == 403
    wrong = order | {"hearings": [*stands, "hearing-elsewhere"]}
    assert (await call(desk, "name-withdrawals", wrong)).status == 404  # and nothing of it is done
    assert await found(desk, NAME) == stands
    await desk.withdrawn("n0", kind="name", target=NAME)

    # Two order it at the same moment: one of them is told.
    both = await asyncio.gather(*(call(desk, "name-withdrawals", order) for _ in range(2)))
    assert sorted(one.status for one in both) == [201, 409]
    made = await next(one for one in both if one.status == 201).json()
    assert made["in_force"] == len(MANY)
    assert made["skipped"] == ["hearing-n0"]
    register = desk.service.client.app[REGISTER]
    assert all(NAME not in register.of(one).text(f"证人{NAME}") for one in ("b1", *MANY))
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
    assert f"{len(MANY)} of {len(MANY)} hearings" in await page.text()
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
    assert set(await found(desk, "Wang Fang")) == {"hearing-b1"}
    assert await found(desk, "Wang Feng") == {}
    assert await found(desk, "100%") == {}
    assert (await call(desk, "name-search", {"name": "王"})).status == 422
    body = {"name": "王芳", "reason": "minor", "hearings": []}
    assert (await call(desk, "name-withdrawals", body)).status == 422


async def add_hearing(desk: Desk) -> str:
    """Add a hearing that is not broadcast, whose notice and moving name somebody; its notice."""
    judge = await desk.service.client.get("/api/v1/me", headers=desk.judge)
    by, day = (await judge.json())["id"], datetime.now(UTC) + timedelta(days=2)
    case: dict[str, Any] = {
        "id": "c",
        "court": "sh",
        "number": "（2026）沪01民初9号",
        "cause": "合同",
    }
    its: dict[str, Any] = {"id": "h", "case": "c", "courtroom": "room-sh", "title": "", "judge": by}
    notice: dict[str, Any] = {
        "id": "n", "hearing": "h", "court": "sh", "version": 1, "nature": "civil", "cause": "合同",
        "parties": [["plaintiff", NAME], ["defendant", "王芳"]], "place": "一", "place_en": "1",
    }  # fmt: skip
    out = {"days": 3, "needed_days": 3, "late_reason": "", "published_at": START}
    moved = {"id": "m", "hearing": "h", "kind": "adjourned", "reason": f"{NAME}生病"}
    async with desk.service.database.begin() as connection:
        await connection.execute(insert(cases).values(**case, created_at=START))
        await connection.execute(
            insert(hearings).values(
                **its, title_en="", scheduled_at=day, created_at=START, created_by=""
            )
        )
        was = {"was_at": day - timedelta(hours=1), "now_at": day}
        await connection.execute(
            insert(hearing_changes).values(**moved, **was, changed_at=START, changed_by=by)
        )
        its_day = {"scheduled_at": was["was_at"], "published_by": by}
        await connection.execute(insert(notices).values(**notice, **out, **its_day))
    return "n"


PUBLIC = ("/notices", "/notices/n", "/notices.ics", "/feeds/hearings.atom")
OF_NOTICES = ("/api/v1/notices", "/api/v1/notices/n")


async def naming(desk: Desk, name: str) -> set[str]:
    """Return at which public addresses a name stands."""
    client = desk.service.client
    answers = {one: await (await client.get(one)).text() for one in (*PUBLIC, *OF_NOTICES)}
    return {address for address, answer in answers.items() if name in answer}


async def test_a_hearing_without_a_broadcast_names_nobody_either(desk: Desk) -> None:
    await add_hearing(desk)
    assert await naming(desk, NAME) == {*PUBLIC, *OF_NOTICES}
    assert await found(desk, NAME) == {"h": (["notice"], False)}
    assert await found(desk, "王芳") == {"h": (["notice"], False)}
    order = {"name": NAME, "mark": "欧某", "reason": "sealed", "hearings": ["h"]}
    made = await call(desk, "name-withdrawals", order)
    assert made.status == 201, await made.text()
    assert await naming(desk, NAME) == set()
    assert await naming(desk, "欧某") == {*PUBLIC, *OF_NOTICES}
    assert await found(desk, NAME) == {"h": (["notice"], True)}
    assert (await call(desk, "name-withdrawals", order)).status == 409
    async with desk.service.database.read() as connection:
        noted = [one.action async for one in entries(connection, "hearing:h")]
    assert noted == ["withdrawal.order"]

    # What is planned for it later is under the same order, and given back with it.
    register = desk.service.client.app[REGISTER]
    async with desk.service.database.begin() as connection:
        given = "id, hearing, state, replay"
        rest = "has_video, has_report, delay_ms, layout, cameras, created_at, created_by"
        copy = f"SELECT 'later', 'h', 'planned', 'none', {rest} FROM broadcasts WHERE id = 'b1'"  # noqa: S608
        await connection.execute(text(f"INSERT INTO broadcasts ({given}, {rest}) {copy}"))
    await register.look()
    assert register.of("later").text(NAME) == "欧某"
    # A line of SQL does not give it back.
    async with desk.service.database.begin() as connection:
        await connection.execute(text("UPDATE hearing_names SET restored_at = 5"))
    await register.look()
    assert register.of("later").text(NAME) == "欧某"


async def test_what_a_hearing_without_a_broadcast_lost_is_given_back(desk: Desk) -> None:
    await add_hearing(desk)
    order = {"name": NAME, "reason": "sealed", "hearings": ["h"]}
    made = await (await call(desk, "name-withdrawals", order)).json()
    listed = await desk.service.client.get("/api/v1/courts/sh/name-withdrawals", headers=desk.judge)
    assert [one["id"] for one in (await listed.json())["orders"]] == [made["id"]]
    given = await call(desk, f"name-withdrawals/{made['id']}/restoration", {"note": "Asked."})
    assert given.status == 200, await given.text()
    assert await naming(desk, NAME) == {*PUBLIC, *OF_NOTICES}
