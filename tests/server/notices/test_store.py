"""Calendar, participants and notices on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.accounts import store as accounts
from server.courts import store as courts
from server.courts.model import Court, Courtroom
from server.database import Database
from server.hearings import store as hearings
from server.hearings.model import NewHearing, Span
from server.hearings.participants import store as participants
from server.hearings.participants.model import Logged, Part
from server.notices import store
from server.notices.model import Ending, Notice, text_of

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
STYLE = "（{year}）苏9999{type}{number}号"


def new(number: int, days: int, room: str = "r1") -> NewHearing:
    at = NOW + timedelta(days=days)
    return NewHearing(f"（2026）苏9999民初{number}号", room, "案", "", "借款", at, "civil")


async def filled(database: Database) -> tuple[str, list[str]]:
    """Add two courts with a room each and some hearings; return a person and the hearings."""
    async with database.begin() as connection:
        somebody = accounts.NewPerson("ann", "Ann", "x", must_change_password=False)
        by = await accounts.add_person(connection, somebody, NOW)
        for its in ("1", "2"):
            court = Court(f"c{its}", f"法院{its}", "", "basic", "Asia/Shanghai", STYLE)
            await courts.add_court(connection, court, NOW)
            room = Courtroom(f"r{its}", f"c{its}", "法庭", "")
            await courts.add_courtroom(connection, room, NOW)
        wanted = [new(1, 3), new(2, 3), new(1, 5)]
        made = await hearings.add_many(connection, "c1", wanted, by, NOW)
        made += await hearings.add_many(connection, "c2", [new(1, 4, "r2")], by, NOW)
        await participants.add(connection, [(made[0], Part.PLAINTIFF, "甲", "")], by, NOW)
    return by, made


async def test_the_calendar_is_read_page_by_page(database: Database) -> None:
    _, made = await filled(database)
    async with database.read() as connection:
        assert await courts.court(connection, "c1") == Court(
            "c1", "法院1", "", "basic", "Asia/Shanghai", STYLE
        )
        day = Span(frozenset({"c1"}), NOW + timedelta(days=2), NOW + timedelta(days=4))
        [first] = await hearings.page(connection, day, 1)
        after = Span(day.courts, day.since, day.until, after=(first.scheduled_at, first.id))
        [second] = await hearings.page(connection, after, 50)
        assert {first.id, second.id} == set(made[:2])
        assert await hearings.neighbours(connection, day) == (None, NOW + timedelta(days=5))
        both = Span(None, day.since, day.until)
        assert await hearings.neighbours(connection, both) == (None, NOW + timedelta(days=4))
        of_case = Span(frozenset({"c1"}), number="(2026)苏9999民初1号")
        assert [one.id for one in await hearings.page(connection, of_case, 50)] == [
            made[0],
            made[2],
        ]
        nowhere = Span(frozenset(), day.since, day.until)
        assert await hearings.page(connection, nowhere, 50) == []
        there = await hearings.at_places(connection, {("r1", NOW + timedelta(days=3))})
        assert {one.id for one in there} == set(made[:2])
        known = await hearings.cases_of(connection, "c1", [new(1, 0).case_number, "x"])
        assert [one.cause for one in known.values()] == ["借款"]


async def test_notices_and_logs_stay(database: Database) -> None:
    by, [hearing, *_] = await filled(database)
    async with database.begin() as connection:
        [somebody] = await participants.of_hearing(connection, hearing)
        told = Logged("notified", "letter", NOW, "", by, NOW)
        await participants.log(connection, somebody.id, told)
        [somebody] = (await participants.of_hearings(connection, [hearing]))[hearing]
        assert somebody.log == (told,)
        its = await hearings.hearing(connection, hearing)
        assert its is not None
        notice = Notice(
            "", hearing, "c1", "", "", "", 0, text_of(its, [somebody]), 3, 3, "", NOW, None,
            moved=False,
        )  # fmt: skip
        first = await store.add(connection, notice, by)
        [coming] = await store.coming(connection, NOW, "c1", None, 50)
        assert (coming.id, coming.text, coming.moved) == (first, notice.text, False)
        await hearings.change(connection, hearing, {"scheduled_at": NOW + timedelta(days=9)})
        assert (await store.holding(connection, [hearing]))[hearing].moved
        await store.end(connection, first, Ending("replaced", "", NOW), by)
        second = await store.add(connection, notice, by)
        found = await store.of_hearing(connection, hearing)
        assert [(one.id, one.version) for one in found] == [(second, 2), (first, 1)]
        assert await store.coming(connection, NOW, "c2", None, 50) == []
    with pytest.raises(IntegrityError):
        async with database.begin() as connection:
            await store.end(connection, first, Ending("withdrawn", "again", NOW), by)
    for table in ("notices", "notice_endings", "participants", "participant_log"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.begin() as connection:
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
