import asyncio
from datetime import datetime, timedelta

import pytest

from server.bus import InProcessBus
from server.database import Database
from server.errors import Conflict, DatabaseUnavailable, Forbidden, Invalid, NotFound, SignInNeeded
from server.journal.store import entries
from server.partners import service
from server.partners.model import TERMS_VERSION, Scope
from server.partners.service import Partners
from tests.server.counted import START


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


async def good_key(partners: Partners, *scopes: Scope) -> tuple[str, str, str]:
    """Return partner, key and text of a key that opens the scopes (all, if none is named)."""
    partner = await partners.add("电视台", "desk@example.org")
    await partners.accept_terms(partner.id, TERMS_VERSION)
    key, text = await partners.add_key(partner.id, "studio", scopes or list(Scope))
    return partner.id, key.id, text


async def test_a_key_opens_what_it_is_for(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner, key, text = await good_key(partners, Scope.READ)
    assert (await partners.check(text, Scope.READ)).key.id == key
    with pytest.raises(Forbidden):
        await partners.check(text, Scope.PULL)
    shown, keys = await partners.one(partner)
    assert shown.has_accepted_terms
    assert keys[0].last_used_at is not None
    assert text not in repr(keys)
    assert text.startswith(keys[0].prefix)


@pytest.mark.parametrize(
    "text", ["", "tbp_", "tbp_abcdefghijkl_" + "x" * 43, "nothing", "tbp_有_" + "x" * 43]
)
async def test_what_is_no_key_opens_nothing(counted: Database, text: str) -> None:
    with pytest.raises(SignInNeeded):
        await Partners(counted, InProcessBus()).check(text, Scope.READ)


async def test_a_wrong_secret_opens_nothing(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    _, _, text = await good_key(partners)
    with pytest.raises(SignInNeeded):
        await partners.check(text[:-1] + ("a" if text[-1] != "a" else "b"), Scope.READ)


async def test_terms_come_first(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner = await partners.add("电台", "")
    _, text = await partners.add_key(partner.id, "", [Scope.PULL])
    with pytest.raises(Forbidden):
        await partners.check(text, Scope.PULL)
    with pytest.raises(Invalid):
        await partners.accept_terms(partner.id, "1999")
    await partners.accept_terms(partner.id, TERMS_VERSION)
    await partners.check(text, Scope.PULL)


async def test_a_key_expires(counted: Database) -> None:
    clock = Clock()
    partners = Partners(counted, InProcessBus(), clock)
    partner, _, _ = await good_key(partners)
    until = clock.at + timedelta(hours=1)
    key, text = await partners.add_key(partner, "", [Scope.PULL], until)
    await partners.check(text, Scope.PULL)
    clock.at = until
    with pytest.raises(SignInNeeded):
        await partners.check(text, Scope.PULL)
    assert not await partners.holds(key.id, Scope.PULL)
    with pytest.raises(Invalid):
        await partners.add_key(partner, "", [Scope.PULL], until)


async def test_a_revoked_key_is_refused_at_once_at_every_server(counted: Database) -> None:
    bus = InProcessBus()
    here, there = Partners(counted, bus), Partners(counted, bus)
    listening = asyncio.create_task(there.run())
    await asyncio.sleep(0)
    try:
        partner, key, text = await good_key(here)
        assert await there.holds(key, Scope.PULL)
        assert await here.revoke(partner, key)
        assert not await here.holds(key, Scope.PULL)
        await asyncio.sleep(0)
        assert not await there.holds(key, Scope.PULL)
        with pytest.raises(SignInNeeded):
            await there.check(text, Scope.PULL)
        assert not await here.revoke(partner, key)
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_without_the_bus_a_verdict_lives_a_second(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = Partners(counted, InProcessBus()), Partners(counted, InProcessBus())
    partner, key, _ = await good_key(here)
    assert await there.holds(key, Scope.PULL)
    await here.revoke(partner, key)
    monkeypatch.setattr(service, "VERDICT_SECONDS", 0.0)
    assert not await there.holds(key, Scope.PULL)


async def test_the_last_verdict_stands_while_the_database_is_away(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    partners = Partners(counted, InProcessBus())
    _, key, _ = await good_key(partners)
    assert await partners.holds(key, Scope.PULL)
    monkeypatch.setattr(service, "VERDICT_SECONDS", 0.0)

    async def away(key_id: str) -> None:
        raise DatabaseUnavailable(key_id)

    monkeypatch.setattr(partners, "_load", away)
    assert await partners.holds(key, Scope.PULL)
    monkeypatch.setattr(service, "WITHOUT_DATABASE_SECONDS", 0.0)
    with pytest.raises(DatabaseUnavailable):
        await partners.holds(key, Scope.PULL)


async def test_a_suspended_partner_has_nothing(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner, _, text = await good_key(partners)
    await partners.suspend(partner, suspended=True)
    with pytest.raises(Forbidden):
        await partners.check(text, Scope.PULL)
    await partners.suspend(partner, suspended=False)
    await partners.check(text, Scope.PULL)


async def test_names_are_given_once_and_deeds_are_noted(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner, key, _ = await good_key(partners)
    with pytest.raises(Conflict):
        await partners.add("电视台", "")
    with pytest.raises(NotFound):
        await partners.revoke("nobody", key)
    with pytest.raises(NotFound):
        await partners.add_key("nobody", "", [Scope.PULL])
    await partners.revoke(partner, key, by="someone")
    async with counted.read() as connection:
        noted = [one async for one in entries(connection, f"partner:{partner}")]
    actions = [one.action for one in noted]
    assert actions == ["partner.add", "partner.terms", "partner.key", "partner.revoke"]
    assert noted[-1].person == "someone"
