from datetime import UTC, datetime, timedelta

from server.accounts import session_store, store
from server.accounts.session_store import MOST_SESSIONS, NewSession
from server.database import Database

AT = datetime(2026, 11, 26, 9, tzinfo=UTC)


async def test_a_person_keeps_the_newest_sessions(database: Database) -> None:
    async with database.begin() as connection:
        new = store.NewPerson("tom", "Tom", None, must_change_password=False)
        tom = await store.add_person(connection, new, AT)
        for number in range(MOST_SESSIONS + 2):
            at = AT + timedelta(minutes=number)
            session = NewSession(tom, f"{number:064}", "Firefox", at + timedelta(hours=12))
            await session_store.open_session(connection, session, at)
        later = AT + timedelta(hours=2)
        found = await session_store.sessions_of(connection, tom, later)
        assert len(found) == MOST_SESSIONS
        assert found[-1].created_at == AT + timedelta(minutes=2)
        assert await session_store.session(connection, f"{0:064}", later) is None


async def test_when_sessions_and_tokens_were_last_used(database: Database) -> None:
    async with database.begin() as connection:
        new = store.NewPerson("tom", "Tom", None, must_change_password=False)
        tom = await store.add_person(connection, new, AT)
        until = AT + timedelta(hours=12)
        await session_store.open_session(connection, NewSession(tom, "s" * 64, "", until), AT)
        await session_store.add_token(connection, session_store.NewToken(tom, "cron", "t" * 64), AT)
        later = AT + timedelta(minutes=5)
        await session_store.note_seen(connection, {"s" * 64: later, "t" * 64: later, "x": later})
        [session] = await session_store.sessions_of(connection, tom, later)
        [token] = await session_store.tokens_of(connection, tom, later)
        assert (session.seen_at, token.used_at) == (later, later)
