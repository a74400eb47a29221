"""That a step went up because its time was over stands in the journal, once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.approvals import escalation
from server.approvals.escalation import Escalations, deeds_of
from server.approvals.model import State
from server.database import DATABASE
from server.journal.chain import Entry, first_break
from tests.server.approvals.conftest import Chamber, seat
from tests.server.approvals.test_chain import AT, ITS, LAID
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import StartService

HOUR = timedelta(hours=1)


async def went_up(chamber: Chamber) -> list[Entry]:
    """Return the entries of steps that went up; the chain of all is whole."""
    entries = await chamber.journal()
    assert first_break(entries) is None
    return [one for one in entries if one.action == "application.escalate"]


async def test_an_overdue_step_is_noted_once_by_two_servers_and_after_a_restart(
    start_service: StartService,
    postgres_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(escalation, "AT_ONCE", 1)
    there = {"database_url": postgres_url, "redis_url": redis_url, "secret": "the same"}
    one, other = await start_service(**there), await start_service(**there)
    chamber = await seat(await furnish(one, medium=["image_text"]))
    application = await chamber.submit(await chamber.apply(media=["text"]))
    servers = [Escalations(its.app[DATABASE]) for its in (one, other)]
    now = datetime.now(UTC)
    await servers[0].look(now + HOUR)
    assert await went_up(chamber) == []

    late = now + 25 * HOUR
    await asyncio.gather(*(its.look(late) for its in servers * 3))
    [first] = await went_up(chamber)
    assert (first.object, first.person) == (f"application:{application['id']}", "")
    assert first.court == chamber.hall.court
    told = json.loads(first.details)
    assert (told["step"], told["role"], told["to"]) == (1, "division_head", "trial_management")

    assert (await chamber.sign(application, "head")).status == 200
    await servers[1].look(late)  # the next step is late by then, too
    await Escalations(other.app[DATABASE]).look(late + HOUR)  # it starts anew
    steps = [json.loads(entry.details)["step"] for entry in await went_up(chamber)]
    assert steps == [1, 2]
    for who in ("management", "vice"):
        assert (await chamber.sign(application, who)).status == 200
    await servers[0].look(late + 100 * HOUR)  # nothing waits any more
    assert len(await went_up(chamber)) == 2


def test_what_was_changed_in_the_database_holds_up_nobody_else() -> None:
    sound, other = replace(ITS, state=State.SUBMITTED), replace(ITS, id="b", state=State.SUBMITTED)
    laid = {"a": LAID, "b": replace(LAID, text="{}")}
    deeds = deeds_of([other, sound], laid, {}, AT + 25 * HOUR)
    assert [one.object for one in deeds] == ["application:a"]
