"""What waits is found however much that is newer waits with it."""

from __future__ import annotations

from typing import Any

import pytest

from server.approvals import dossier
from tests.server.approvals.conftest import Chamber, chamber

__all__ = ["chamber"]


async def another(chamber: Chamber, number: int) -> Any:  # noqa: ANN401
    """Submit an application for another hearing."""
    new = {
        "case_number": f"(2026) 苏07刑初 {number}号",
        "courtroom": chamber.hall.room,
        "title": "案",
        "scheduled_at": f"2036-11-23T09:{number}:00+08:00",
        "judge": chamber.ids["judge"],
    }
    hearing = (await chamber.did("POST", "/hearings", "technician", new))["id"]
    path = f"/hearings/{hearing}/applications"
    return await chamber.submit(await chamber.did("POST", path, "applicant", chamber.form()))


async def test_what_is_old_is_not_forgotten_behind_what_is_new(
    chamber: Chamber, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await chamber.submit(await chamber.apply())
    newer = [await another(chamber, number) for number in (31, 32, 33)]
    monkeypatch.setattr(dossier, "_AT_ONCE", 1)

    async def reminded(who: str) -> list[str]:
        told = await chamber.did("GET", "/applications/reminders", who)
        return [one["application"] for one in told["reminders"]]

    assert await reminded("head") == [one["id"] for one in (old, *newer)]
    monkeypatch.setattr(dossier, "MOST_LISTED", 2)
    assert await reminded("head") == [old["id"], newer[0]["id"]]
    waiting = await chamber.did("GET", "/applications/waiting", "vice")
    assert [one["id"] for one in waiting["applications"]] == [old["id"], newer[0]["id"]]
    await chamber.sign(old, "head", "return")
    assert await reminded("applicant") == [old["id"]]
    assert await reminded("head") == [one["id"] for one in newer[:2]]
