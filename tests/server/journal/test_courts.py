from sqlalchemy import text

from server.database import Database
from server.journal.courts import court_of
from tests.server.counted import add_broadcast, add_courts


async def test_things_are_at_the_court_of_their_courtroom(database: Database) -> None:
    await add_courts(database)
    for court in ("sh", "berlin"):
        await add_broadcast(database, f"b-{court}", court=court)
    async with database.read() as connection:
        hearings = {
            row[0]: row[1]
            for row in await connection.execute(text("SELECT id, hearing FROM broadcasts"))
        }
        for court in ("sh", "berlin"):
            for about in (
                f"broadcast:b-{court}",
                f"hearing:{hearings[f'b-{court}']}",
                f"courtroom:room-{court}",
                f"court:{court}",
            ):
                assert await court_of(connection, about) == court


async def test_what_is_nowhere_has_no_court(database: Database) -> None:
    async with database.read() as connection:
        for about in ("journal", "people", "broadcast:none", "person:none", "other:1", "", ":"):
            assert await court_of(connection, about) == ""
