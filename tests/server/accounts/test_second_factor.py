"""Codes of an app and for recovery, with the time told."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from server.accounts.model import Person, Posting
from server.accounts.roles import Role
from server.accounts.second_factor import SecondFactors
from server.accounts.service import AccountService, SignInFrom
from server.accounts.tables import second_factors
from server.accounts.totp import hotp, step_at
from server.database import Database
from server.errors import CodeNeeded, Conflict, Forbidden, Invalid, TooMany
from server.signing import Signer
from tests.services.databases import DatabaseOf

PASSWORD = "a long way to the court"  # noqa: S105
HERE = SignInFrom("192.0.2.1")
SIGNER = Signer(b"of this test")


@dataclass
class Desk:
    """Somebody with a second factor, and a clock that is set by hand."""

    accounts: AccountService
    person: Person
    now: datetime = datetime(2026, 11, 26, 9, tzinfo=UTC)
    secret: bytes = b""
    codes: tuple[str, ...] = ()

    @property
    def factors(self) -> SecondFactors:
        return self.accounts.factors

    def code(self, steps: int = 0) -> str:
        """Return what the app shows now, or some steps later."""
        return hotp(self.secret, step_at(self.now.timestamp()) + steps)

    async def set_up(self) -> None:
        """Set the second factor up."""
        new = await self.factors.begin(self.person)
        self.secret = base64.b32decode(new.secret)
        self.codes = tuple(await self.factors.confirm(self.person, self.code(), ""))
        self.now += timedelta(seconds=30)

    async def sign_in(self, code: str = "", its: SignInFrom = HERE) -> Person:
        """Sign in."""
        return (await self.accounts.sign_in("judy", PASSWORD, replace(its, code=code)))[0]


async def seated(database: Database) -> Desk:
    """Seat Judy, a clerk at the court of the east, without a second factor."""
    accounts = AccountService(database, SIGNER)
    accounts.passwords._hasher = PasswordHasher(1, 64, 1)
    postings = [Posting(Role.CLERK, "east")]
    person = await accounts.add_person("judy", "Judy", PASSWORD, postings, must_change=False)
    desk = Desk(accounts, person)
    accounts.factors = SecondFactors(database, SIGNER, lambda: desk.now)
    return desk


@pytest.fixture
async def desk(tmp_path: Path, database_of: DatabaseOf) -> AsyncIterator[Desk]:
    """Judy's desk."""
    database = Database(database_of(tmp_path))
    yield await seated(database)
    await database.close()


async def test_a_code_is_asked_for_and_opens_once(database: Database) -> None:
    desk = await seated(database)
    assert (await desk.sign_in()).id == desk.person.id
    await desk.set_up()
    for wrong in ("", "000000", desk.code(5), desk.code(-1)):  # the last was used to set it up
        with pytest.raises(CodeNeeded):
            await desk.sign_in(wrong)
    code = desk.code()
    await desk.sign_in(f"{code[:3]} {code[3:]}")
    with pytest.raises(CodeNeeded):
        await desk.sign_in(code)
    async with database.read() as connection:
        stored = (await connection.execute(select(second_factors.c.secret))).scalar_one()
    assert desk.secret not in base64.urlsafe_b64decode(stored)
    assert SIGNER.unseal("second factor", "another", stored) is None


async def test_it_is_asked_for_once_a_code_was_shown(desk: Desk) -> None:
    await desk.factors.begin(desk.person)
    await desk.sign_in()
    with pytest.raises(Invalid):
        await desk.factors.confirm(desk.person, "000000", "")
    await desk.sign_in()
    await desk.set_up()
    with pytest.raises(Conflict):
        await desk.factors.begin(desk.person)


async def test_a_recovery_code_opens_once(desk: Desk) -> None:
    await desk.set_up()
    assert len(set(desk.codes)) == 10
    typed = desk.codes[0].upper().replace("-", " ")
    await desk.sign_in(typed)
    with pytest.raises(CodeNeeded):
        await desk.sign_in(desk.codes[0])
    assert (await desk.factors.state(desk.person)).recovery_codes_left == 9
    newer = await desk.factors.renew_codes(desk.person)
    with pytest.raises(CodeNeeded):
        await desk.sign_in(desk.codes[1])
    await desk.sign_in(newer[1])


async def test_guessing_codes_is_held_back_and_keeps_the_owner_in(desk: Desk) -> None:
    """Whoever knows the password guesses codes from everywhere."""
    await desk.set_up()
    for number in range(20):
        with pytest.raises(CodeNeeded):
            await desk.sign_in("000000", SignInFrom(f"198.51.100.{number}"))
    with pytest.raises(TooMany):
        await desk.sign_in(desk.code(), SignInFrom("198.51.100.99"))
    await desk.sign_in(desk.codes[0])
    await desk.sign_in(desk.code(), replace(HERE, browser="judys"))


async def test_a_court_can_ask_a_role_for_it(desk: Desk) -> None:
    chief = replace(desk.person, postings=(Posting(Role.ADMINISTRATOR),))
    local = replace(desk.person, postings=(Posting(Role.ADMINISTRATOR, "west"),))
    rule = Posting(Role.CLERK, "east")
    with pytest.raises(Forbidden):
        await desk.factors.set_rules([rule], local)
    elsewhere = [Posting(Role.CLERK, "west"), Posting(Role.TECHNICIAN)]
    assert await desk.factors.set_rules(elsewhere, chief) == elsewhere
    assert not (await desk.sign_in()).must_set_up_factor
    await desk.factors.set_rules([rule], chief)
    assert (await desk.sign_in()).must_set_up_factor
    await desk.set_up()
    assert not (await desk.sign_in(desk.code())).must_set_up_factor
    with pytest.raises(Conflict):
        await desk.factors.remove(desk.person)
    await desk.factors.set_rules([], chief)
    await desk.factors.remove(desk.person)
    await desk.sign_in()


async def test_without_the_service_s_secret_only_recovery_codes_open(desk: Desk) -> None:
    await desk.set_up()
    desk.factors._signer = Signer(b"another")
    with pytest.raises(CodeNeeded):
        await desk.sign_in(desk.code())
    await desk.sign_in(desk.codes[0])
