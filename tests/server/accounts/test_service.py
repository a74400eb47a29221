import asyncio
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from server.accounts.model import Posting
from server.accounts.roles import Permission, Role
from server.accounts.service import AccountService, SignInFrom
from server.database import Database
from server.errors import Conflict, Invalid, SignInNeeded, TooMany
from server.signing import Signer

PASSWORD = "a long way to the court"  # noqa: S105
HERE, THERE = SignInFrom("192.0.2.1"), SignInFrom("192.0.2.2")
SECRET = b"of this test"


@pytest.fixture
def accounts(database: Database) -> AccountService:
    """Accounts on each database."""
    accounts = AccountService(database, Signer(SECRET))
    accounts.passwords._hasher = PasswordHasher(1, 64, 1)
    return accounts


async def test_the_first_administrator_is_made_once(accounts: AccountService) -> None:
    password = await accounts.ensure_administrator()
    assert password
    assert await accounts.ensure_administrator() is None
    person, cookie = await accounts.sign_in("Admin", password, HERE)
    assert person.must_change_password
    assert not person.may(Permission.ADMINISTER)
    assert (await accounts.recognise(cookie)) == person

    await accounts.change_password(person, password, PASSWORD, cookie)
    changed = await accounts.recognise(cookie)
    assert changed is not None
    assert not changed.must_change_password
    assert changed.may(Permission.ADMINISTER)
    with pytest.raises(SignInNeeded):
        await accounts.sign_in("admin", password, HERE)


async def test_nobody_learns_who_exists(accounts: AccountService) -> None:
    await accounts.add_person("judy", "Judy", PASSWORD, [])
    for name, password in (("judy", "wrong"), ("nobody", PASSWORD), ("\0", "x"), ("", "")):
        with pytest.raises(SignInNeeded, match="Name or password is not right"):
            await accounts.sign_in(name, password, HERE)


async def test_guessing_is_held_back_and_locks_nobody_else_out(accounts: AccountService) -> None:
    await accounts.add_person("judy", "Judy", PASSWORD, [])
    for _ in range(8):
        with pytest.raises(SignInNeeded):
            await accounts.sign_in("judy", "guess", HERE)
    with pytest.raises(TooMany) as problem:
        await accounts.sign_in("judy", PASSWORD, HERE)
    assert problem.value.retry_after_s > 0
    person, _ = await accounts.sign_in("judy", PASSWORD, THERE)
    assert person.name == "judy"


async def test_nobody_is_kept_out_by_a_neighbour(accounts: AccountService) -> None:
    """All of a court come from one address; one of them guesses without end."""
    await accounts.add_person("judy", "Judy", PASSWORD, [])
    for number in range(61):
        with pytest.raises((SignInNeeded, TooMany)):
            await accounts.sign_in(f"guess{number}", "guess", HERE)
    with pytest.raises(TooMany):
        await accounts.sign_in("judy", PASSWORD, HERE)
    familiar = replace(HERE, browser="judys")
    assert (await accounts.sign_in("judy", PASSWORD, familiar))[0].name == "judy"
    # A familiar browser is held back by itself, wherever it says it is.
    for number in range(8):
        with pytest.raises(SignInNeeded):
            await accounts.sign_in("judy", "guess", SignInFrom(f"198.51.100.{number}", "judys"))
    with pytest.raises(TooMany):
        await accounts.sign_in("judy", PASSWORD, familiar)


async def test_a_session_ends(accounts: AccountService) -> None:
    await accounts.add_person("judy", "Judy", PASSWORD, [])
    _, cookie = await accounts.sign_in("judy", PASSWORD, HERE)
    await accounts.sign_out(cookie)
    assert await accounts.recognise(cookie) is None
    assert await accounts.recognise("tbt_nothing") is None


async def test_a_token_is_narrowed_and_replaced(accounts: AccountService) -> None:
    postings = [Posting(Role.TECHNICIAN, "east")]
    person = await accounts.add_person("tom", "Tom", PASSWORD, postings)
    token = await accounts.issue_token(person.id, "bench", [Permission.STOP])
    known = await accounts.recognise(token)
    assert known is not None
    assert known.may(Permission.STOP, "east")
    assert not known.may(Permission.STOP, "west")
    assert not known.may(Permission.ORDER, "east")
    newer = await accounts.issue_token(person.id, "bench")
    assert await accounts.recognise(token) is None
    assert await accounts.recognise(newer) is not None


async def test_a_name_is_given_once(accounts: AccountService) -> None:
    results = await asyncio.gather(
        *(accounts.add_person("tom", "Tom", PASSWORD, []) for _ in range(3)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in results) == 2


@pytest.mark.parametrize("password", ["short", "tom" * 5, "a" * 20, "x" * 300])
async def test_a_bad_password_is_refused(accounts: AccountService, password: str) -> None:
    with pytest.raises(Invalid):
        await accounts.add_person("tom", "Tom", password, [])
