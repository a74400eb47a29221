"""That a broadcast was announced in court: one press, outstanding until then, kept as it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from server.accounts.roles import Role
from tests.server.approvals.conftest import Chamber, chamber, seat
from tests.server.approvals.test_versions import OWN
from tests.server.broadcasts.conftest import furnish
from tests.server.broadcasts.test_console import first
from tests.server.broadcasts.test_readiness import confirm, execute, ready, start
from tests.server.conftest import StartService

__all__ = ["chamber"]
JUDGE = {"speaker": "presiding_judge"}


async def told(chamber: Chamber) -> Any:  # noqa: ANN401
    """Return what the desk is told now."""
    path = f"/api/v1/broadcasts/{chamber.hall.broadcast}/console/events?lang=en"
    async with chamber.service.client.get(path, headers=chamber.hall.technician) as response:
        return (await first(response, "status"))["announced"]


async def page(chamber: Chamber, path: str, who: str) -> str:
    headers = chamber.by.get(who) or chamber.hall.technician
    options: dict[str, Any] = {"headers": headers, "params": {"lang": "en"}}
    return await (await chamber.service.client.get(f"/console{path}", **options)).text()


async def test_one_press_at_the_opening(chamber: Chamber) -> None:
    court, log = chamber.hall.court, f"/hearings/{chamber.hearing}/announcements"
    chamber.by["clerk"] = await chamber.service.token("cai", Role.CLERK, court)
    chamber.by["watcher"] = await chamber.service.token("wen", Role.WATCHER, court)
    desk = f"/broadcasts/{chamber.hall.broadcast}"
    outstanding = "The broadcast has not been announced in court."
    assert await told(chamber) == {"done": False, "words": ""}
    for path, who in ((desk, "technician"), (f"{desk}/report", "clerk")):
        text = await page(chamber, path, who)
        assert outstanding in text
        assert 'id="announce">' in text
    assert 'id="announce" hidden>' in await page(chamber, desk, "watcher")
    assert (await chamber.call("POST", log, "watcher", JUDGE)).status == 403

    # Clerk and technician press at the same moment: one of them is told.
    both = await asyncio.gather(
        *(chamber.call("POST", log, who, JUDGE) for who in ("clerk", "technician"))
    )
    assert sorted(one.status for one in both) == [201, 409]
    words = "Announced in court by the presiding judge Judge at "
    now = await told(chamber)
    assert now["done"] is True
    assert now["words"].startswith(words)
    for path, who in ((desk, "technician"), (f"{desk}/report", "clerk")):
        text = await page(chamber, path, who)
        assert words in text
        assert outstanding not in text


async def test_what_was_pressed_by_mistake_is_taken_back_and_stays(chamber: Chamber) -> None:
    court, log = chamber.hall.court, f"/hearings/{chamber.hearing}/announcements"
    chamber.by["clerk"] = await chamber.service.token("cai", Role.CLERK, court)
    await chamber.did("POST", log, "clerk", JUDGE)
    assert (await chamber.call("POST", log, "clerk", {"speaker": None})).status == 422
    why = {"speaker": None, "note": "Pressed by mistake."}
    await chamber.did("POST", log, "clerk", why)
    assert (await told(chamber))["done"] is False
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await chamber.call("POST", log, "clerk", JUDGE | {"at": soon})).status == 422
    before = (datetime.now(UTC) - timedelta(minutes=3)).isoformat()
    await chamber.did("POST", log, "clerk", {"speaker": "clerk", "at": before})
    file = await page(chamber, f"/hearings/{chamber.hearing}", "clerk")
    assert "Taken back: Pressed by mistake." in file
    assert 'data-announced="true"' in file
    assert [one["speaker"] for one in (await chamber.did("GET", log, "clerk"))["log"]] == [
        "presiding_judge",
        None,
        "clerk",
    ]
    acts = [one.action for one in await chamber.journal(f"hearing:{chamber.hearing}")]
    assert acts[-3:] == ["hearing.announce", "hearing.take_back_announcement", "hearing.announce"]
    for statement in ("UPDATE court_announcements SET at = 0", "DELETE FROM court_announcements"):
        with pytest.raises(DBAPIError, match="append-only"):
            await execute(chamber, statement)


async def test_who_was_there_before_it_was_put_off_heard_it_and_nobody_else(
    chamber: Chamber,
) -> None:
    hearing = f"/hearings/{chamber.hearing}"
    await chamber.did("POST", f"{hearing}/announcements", "judge", JUDGE)
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    body = {"reason": "A witness is ill.", "until": until}
    await chamber.did("POST", f"{hearing}/adjournment", "judge", body)
    assert (await told(chamber))["done"] is False
    await chamber.did("POST", f"{hearing}/cancellation", "judge", {"reason": "Settled."})
    assert (await chamber.call("POST", f"{hearing}/announcements", "judge", JUDGE)).status == 409


async def test_where_the_policy_says_so_nothing_begins_before(
    start_service: StartService, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    folder = data / "rules" / "policies"
    folder.mkdir(parents=True)
    text = OWN.read_text(encoding="utf-8").replace("cn-default", "own")
    text = text.replace("[delay]", 'announcement = "before_the_start"\n\n[delay]')
    (folder / "own.toml").write_text(text, encoding="utf-8")
    service = await start_service(data=str(data))
    chamber = await seat(await furnish(service), "own")
    await ready(chamber)
    assert set(await start(chamber)) == {"B-08"}
    # A row without its entry in the journal was written past the service.
    await execute(
        chamber,
        "INSERT INTO court_announcements SELECT id, 1, 'clerk', NULL, 1, '', created_by, 1"
        " FROM hearings",
    )
    assert set(await start(chamber)) == {"B-08"}
    assert (await confirm(chamber, "announcement")).status == 409
    assert (await confirm(chamber, "announcement", override=True)).status == 422
    why = "The bench announces it once the jury is in."
    assert (await confirm(chamber, "announcement", override=True, reason=why)).status == 200
    assert await start(chamber) == {}


async def test_a_policy_that_asks_for_nothing_before_the_start_knows_no_such_condition(
    chamber: Chamber,
) -> None:
    await ready(chamber)
    assert (await confirm(chamber, "announcement", override=True, reason="x")).status == 422
    assert await start(chamber) == {}
