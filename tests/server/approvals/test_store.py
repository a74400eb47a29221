"""The tables keep the rules by themselves, in each kind of database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.accounts.tables import people
from server.approvals import store
from server.approvals.model import (
    Answer,
    Application,
    Decision,
    Form,
    Met,
    Refusal,
    SignedStep,
    State,
    Submission,
)
from server.courts.tables import courtrooms, courts
from server.database import Database
from server.hearings.tables import cases, hearings

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)
FORM = Form("broadcast", ("video", "audio"), "Why.", {"E-01": Answer("no", "n")})
NEW = Application("a1", "h", "c", State.DRAFT, "ann", FORM, {}, 1, 0, AT, AT)
LAID = Submission("a1", 1, "{}", "d" * 64, AT)
STEP = SignedStep("a1", 1, 1, "division_head", Decision.AGREE, "", "bob", AT, AT, AT, LAID.digest)


async def fill(database: Database) -> None:
    """Make a hearing, three people and an application that was submitted."""
    async with database.begin() as connection:
        for name in ("ann", "bob", "cy"):
            person = {"id": name, "name": name, "display_name": name, "password": "x"}
            row = person | {"must_change_password": False, "created_at": AT}
            await connection.execute(insert(people).values(row))
        its = {"id": "c", "name": "c", "name_en": "", "level": "basic", "time_zone": "UTC"}
        court = its | {"case_number_style": "free", "created_at": AT}
        await connection.execute(insert(courts).values(court))
        room = {"id": "r", "court": "c", "name": "r", "name_en": "", "created_at": AT}
        await connection.execute(insert(courtrooms).values(room))
        case = {"id": "k", "court": "c", "number": "1", "cause": "", "created_at": AT}
        await connection.execute(insert(cases).values(case))
        hearing = {"id": "h", "case": "k", "courtroom": "r", "title": "", "title_en": ""}
        when = {"scheduled_at": AT, "created_at": AT, "created_by": "ann"}
        await connection.execute(insert(hearings).values(hearing | when))
        await store.add(connection, NEW)
        await store.change(connection, NEW, {"state": "submitted", "round": 1}, AT)
        await store.submit(connection, LAID)


async def test_what_is_written_is_read(database: Database) -> None:
    await fill(database)
    refusal = Refusal("f", "h", "a1", ("E-02",), "Private.", "bob", AT)
    met = Met("a1", "E-20", False, "", "", "cy", AT)
    async with database.begin() as connection:
        await store.sign(connection, STEP, "ann")
        await store.refuse(connection, refusal)
        await store.meet(connection, "m", met)
    async with database.read() as connection:
        found = await store.of_hearing(connection, "h")
        assert found is not None
        assert (found.form, found.state, found.version) == (FORM, State.SUBMITTED, 2)
        assert await store.submission(connection, found) == LAID
        assert await store.steps(connection, "a1") == [STEP]
        assert await store.refusal(connection, "a1") == refusal
        assert await store.met(connection, "a1") == [met]
        assert await store.listed(connection, {"c"}, {State.SUBMITTED}, 9) == [found]
        assert await store.listed(connection, set(), {State.SUBMITTED}, 9) == []


async def test_a_hearing_has_one_open_application(database: Database) -> None:
    await fill(database)
    second = replace(NEW, id="a2")
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await store.add(connection, second)
    async with database.begin() as connection:
        found = await store.application(connection, "a1")
        assert found is not None
        assert await store.stand(connection, found, State.VOID, AT, "judge")
        assert not await store.stand(connection, found, State.AGREED, AT)
        await store.add(connection, second)


async def test_duties_are_apart_in_the_tables(database: Database) -> None:
    await fill(database)
    async with database.begin() as connection:
        await store.sign(connection, STEP, "ann")
    for step, applicant in (
        (replace(STEP, signer="cy"), "ann"),  # this step is signed
        (replace(STEP, number=2), "ann"),  # who signed one
        (replace(STEP, number=2, signer="ann"), "ann"),  # who applied
        (replace(STEP, number=2, signer="ann"), "cy"),  # who says that another one applied
        (replace(STEP, number=2, round=2, signer="cy"), "ann"),  # what was not submitted
    ):
        with pytest.raises(IntegrityError):
            async with database.begin() as connection:
                await store.sign(connection, step, applicant)


async def test_what_was_signed_stays(database: Database) -> None:
    await fill(database)
    async with database.begin() as connection:
        await store.sign(connection, STEP, "ann")
        await store.refuse(connection, Refusal("f", "h", "a1", (), "", "bob", AT))
        await store.meet(connection, "m", Met("a1", "E-20", False, "", "", "cy", AT))
    for statement in (
        "UPDATE submissions SET text = ''",
        "DELETE FROM submissions",
        "UPDATE approval_steps SET opinion = 'x'",
        "DELETE FROM approval_steps",
        "UPDATE refusals SET reason = 'x'",
        "DELETE FROM refusals",
        "UPDATE approval_conditions SET code = 'E-21'",
        "DELETE FROM approval_conditions",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(text(statement))
