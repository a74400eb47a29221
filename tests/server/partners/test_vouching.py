"""A partner's rows open nothing that the journal does not know of."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from server.bus import InProcessBus
from server.database import Database
from server.errors import Forbidden, SignInNeeded
from server.partners.model import TERMS_VERSION, Scope
from server.partners.service import Partners
from tests.server.partners.test_service import good_key


async def execute(database: Database, statement: str, **values: str) -> None:
    async with database.begin() as connection:
        assert (await connection.execute(text(statement), values)).rowcount


async def test_terms_that_were_accepted_by_statement_are_not(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner = await partners.add("电台", "")
    _, key = await partners.add_key(partner.id, "", [Scope.PULL])
    accepted = "UPDATE partners SET terms_version = :version, terms_accepted_at = 1"
    await execute(counted, accepted, version=TERMS_VERSION)
    with pytest.raises(Forbidden):
        await partners.check(key, Scope.PULL)
    assert not (await partners.one(partner.id))[0].has_accepted_terms
    assert (await partners.accept_terms(partner.id, TERMS_VERSION)).has_accepted_terms
    await partners.check(key, Scope.PULL)


async def test_a_suspension_that_was_lifted_by_statement_holds(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner, _, key = await good_key(partners)
    await partners.suspend(partner, suspended=True)
    await execute(counted, "UPDATE partners SET suspended_at = NULL")
    with pytest.raises(Forbidden):
        await partners.check(key, Scope.PULL)
    assert (await partners.one(partner))[0].suspended_at is not None
    [(shown, _)] = await partners.all()
    assert shown.suspended_at is not None
    await partners.suspend(partner, suspended=False)
    await partners.check(key, Scope.PULL)
    await execute(counted, "UPDATE partners SET suspended_at = 1")  # what closes counts either way
    partners.forget()
    with pytest.raises(Forbidden):
        await partners.check(key, Scope.PULL)


async def test_a_key_that_was_made_by_statement_is_none(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    _, made, key = await good_key(partners)
    copy = "a" * len(made)
    await execute(
        counted,
        "INSERT INTO partner_keys (id, partner_id, label, digest, scopes, created_at)"
        " SELECT :copy, partner_id, label, digest, scopes, created_at FROM partner_keys",
        copy=copy,
    )
    with pytest.raises(SignInNeeded):
        await partners.check(key.replace(made, copy), Scope.PULL)


async def test_terms_that_are_accepted_again_stay_as_they_were(counted: Database) -> None:
    partners = Partners(counted, InProcessBus())
    partner, _, _ = await good_key(partners)
    first = (await partners.one(partner))[0].terms_accepted_at
    assert (await partners.accept_terms(partner, TERMS_VERSION)).terms_accepted_at == first
