"""Two people act at the same moment on one hearing: a clear answer, and nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from server.approvals.service import APPROVALS
from server.database import DATABASE
from server.journal.store import entries
from tests.server.approvals.conftest import CHAIN, Chamber, chamber

__all__ = ["chamber"]


@asynccontextmanager
async def just_before(
    chamber: Chamber, doing: Awaitable[Any], statement: str
) -> AsyncIterator[Any]:
    """Run a statement when a request has read all and is about to write; yield its answer."""
    database = chamber.service.app[DATABASE]
    async with database.begin() as connection:
        task = asyncio.ensure_future(doing)
        while not database._writer._waiters:  # it stands in line behind this transaction
            await asyncio.sleep(0)
        await connection.execute(text(statement), {"at": 2_000_000_000_000_000})
    yield await task


async def state(chamber: Chamber, application: Any) -> str:  # noqa: ANN401
    return str((await chamber.show(application))["state"])


async def test_what_is_submitted_while_the_hearing_is_adjourned(chamber: Chamber) -> None:
    draft = await chamber.apply()
    body = {"version": draft["version"]}
    submit = chamber.call("POST", f"/applications/{draft['id']}/submit", "applicant", body)
    adjourn = "UPDATE hearings SET scheduled_at = :at"
    async with just_before(chamber, submit, adjourn) as response:
        assert response.status == 409
    assert await state(chamber, draft) == "draft"
    # Looked at again it is the application for the hearing as it is now.
    assert (await chamber.submit(draft))["state"] == "submitted"


async def test_what_is_signed_while_the_room_changes(chamber: Chamber) -> None:
    room = await chamber.did(
        "POST", "/courtrooms", "admin", {"court": chamber.hall.court, "name": "第二法庭"}
    )
    application = await chamber.submit(await chamber.apply())
    sign = chamber.sign(application, "head")
    moved = f"UPDATE hearings SET courtroom = '{room['id']}'"  # noqa: S608  (an id of ours)
    async with just_before(chamber, sign, moved) as response:
        assert response.status == 409
    assert (await chamber.show(application))["steps"] == []
    response = await chamber.sign(application, "head")
    assert response.status == 409
    assert await state(chamber, application) == "void"


async def test_a_role_that_ends_while_its_holder_signs_signs_nothing(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    ended = f"UPDATE postings SET until = 1 WHERE person = '{chamber.ids['head']}'"  # noqa: S608
    async with just_before(chamber, chamber.sign(application, "head"), ended) as response:
        assert response.status == 403
    shown = await chamber.show(application)
    assert (shown["state"], shown["steps"]) == ("submitted", [])


async def test_roles_are_taken_by_one_while_their_holder_signs(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    path = f"/people/{chamber.ids['head']}"
    other = {"roles": [{"role": "watcher", "court": chamber.hall.court}]}
    signed, changed = await asyncio.gather(
        chamber.sign(application, "head"), chamber.call("PATCH", path, "admin", other)
    )
    assert changed.status == 200
    assert signed.status in (200, 401, 403)
    async with chamber.service.app[DATABASE].read() as connection:
        noted = [one.action async for one in entries(connection)]
    if signed.status == 200:  # then it was signed before, and the journal says so
        assert noted.index("application.sign") < noted.index("person.roles")
    else:
        assert "application.sign" not in noted


async def test_what_is_signed_last_while_the_hearing_is_cancelled(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    for who in CHAIN[:-1]:
        assert (await chamber.sign(application, who)).status == 200
    both = await asyncio.gather(
        chamber.sign(application, "vice"),
        chamber.call(
            "POST", f"/hearings/{chamber.hearing}/cancellation", "judge", {"reason": "Settled."}
        ),
    )
    assert both[1].status == 200
    assert both[0].status in (200, 409)
    assert await state(chamber, application) == "void"


async def test_what_became_submitted_meanwhile_is_void_all_the_same(chamber: Chamber) -> None:
    draft = await chamber.apply()
    approvals = chamber.service.app[APPROVALS]
    seen = await approvals.dossiers.application(draft["id"])
    await chamber.submit(draft)
    await approvals.voiding.void(seen, ("called_off",))
    assert await state(chamber, draft) == "void"
    # What is open again to be written was not submitted for the hearing as it was.
    other = await chamber.submit(await chamber.apply())
    seen = await approvals.dossiers.application(other["id"])
    await chamber.sign(other, "head", "return")
    assert await approvals.voiding.if_other_media(seen, frozenset({"text"}))
    assert await state(chamber, other) == "returned"


async def test_it_is_adjourned_by_two_at_once(chamber: Chamber) -> None:
    path = f"/hearings/{chamber.hearing}/adjournment"
    soon = datetime.now(UTC)
    both = await asyncio.gather(
        *(
            chamber.call(
                "POST",
                path,
                "judge",
                {"reason": "ill", "until": (soon + timedelta(days=days)).isoformat()},
            )
            for days in (1, 2)
        )
    )
    assert sorted(one.status for one in both) == [200, 409]
