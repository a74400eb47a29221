"""Daily roots over years: keys change, servers race, clocks err, and nothing is undone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from media.proof.daily import check_days, read_daily
from media.proof.ed25519 import raw_key
from media.proof.keys import TrustedKeys
from media.spool.sheet import Interruption, Sheet, sealed
from server.accounts.roles import Role
from server.approvals.service import APPROVALS
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.journal.store import entries
from server.proofs.service import PROOFS, ProofService
from server.proofs.tables import daily_roots, proof_entries
from tests.server.approvals.conftest import Chamber, chamber
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service, StartService

__all__ = ["chamber"]
NOW = datetime(2026, 12, 30, 4, tzinfo=UTC)  # noon in Shanghai
DAY = timedelta(days=1)


async def end(hall: Hall) -> None:
    """Have the broadcast be over and filed; what the sheet says is of no matter here."""
    sheet = Sheet("room", hall.broadcast, 1, 9, (Interruption("recess", 2, 3, 2),), (), None)
    hall.directory.mkdir(parents=True, exist_ok=True)
    (hall.directory / "record.sheet").write_bytes(sealed(sheet, "f" * 32, bytes(64)))
    async with hall.service.app[DATABASE].begin() as connection:
        values = {"state": "ended", "started_at": NOW, "ended_at": NOW, "replay": "public"}
        its = update(broadcasts).where(broadcasts.c.id == hall.broadcast)
        await connection.execute(its.values(**values))


@pytest.fixture
async def ended(service: Service) -> Hall:
    """A hall whose hearing is over."""
    hall = await furnish(service)
    await end(hall)
    return hall


def proofs_of(hall: Hall) -> ProofService:
    found: ProofService = hall.service.app[PROOFS]
    return found


async def chain(hall: Hall) -> list[bytes]:
    path = f"/courts/{hall.court}/daily-roots"
    return [one["signed"].encode() for one in (await read(hall, path))["days"]]


async def read(hall: Hall, path: str) -> Any:  # noqa: ANN401
    response = await hall.service.get(path)
    assert response.status == 200, await response.text()
    return await response.json()


async def test_a_new_key_goes_on_with_the_chain_and_the_old_one_stays_published(
    ended: Hall,
) -> None:
    proofs = proofs_of(ended)
    await proofs.keep_up(NOW)
    await proofs.keep_up(NOW + 2 * DAY)
    [old] = (await read(ended, "/record-keys"))["keys"]
    (ended.places.keys / "court.pem").unlink()
    await proofs.keep_up(NOW + 4 * DAY)
    new, earlier = (await read(ended, "/record-keys"))["keys"]
    assert (earlier["fingerprint"], earlier["is_present"]) == (old["fingerprint"], False)
    assert new["is_present"]
    days = await chain(ended)
    found = [read_daily(one) for one in days]
    assert [daily.day for daily, _ in found] == [
        "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"
    ]  # fmt: skip
    assert [daily.entries for daily, _ in found] == [1, 0, 0, 0]
    async with ended.service.app[DATABASE].read() as connection:
        *_, newest = [one async for one in entries(connection)]
    assert {daily.journal for daily, _ in found} == {newest.digest}
    assert [signed.fingerprint == old["fingerprint"] for _, signed in found] == [True] * 2 + [
        False
    ] * 2
    both = TrustedKeys([raw_key(one["pem"].encode()) for one in (old, new)])
    assert check_days(days, both.have_signed) == []
    only_new = TrustedKeys([raw_key(new["pem"].encode())])
    assert [one.place for one in check_days(days, only_new.have_signed)] == [0, 1]


async def test_servers_that_race_sign_each_day_once(
    ended: Hall, start_service: StartService
) -> None:
    other = await start_service(data=str(ended.service.data))
    both = (proofs_of(ended), other.app[PROOFS])
    for now in (NOW, NOW + 3 * DAY):
        await asyncio.gather(*(one.keep_up(now) for one in both))
    days = [read_daily(one)[0] for one in await chain(ended)]
    assert [(one.day, one.entries) for one in days] == [
        ("2026-12-30", 1), ("2026-12-31", 0), ("2027-01-01", 0)
    ]  # fmt: skip


async def test_a_clock_that_runs_away_and_comes_back_signs_nothing(ended: Hall) -> None:
    proofs = proofs_of(ended)
    await proofs.keep_up(NOW)
    await proofs.keep_up(NOW + 3650 * DAY)
    assert await chain(ended) == []
    await proofs.keep_up(NOW + DAY)
    assert len(await chain(ended)) == 1


async def test_nothing_that_was_told_can_be_changed_in_the_database(ended: Hall) -> None:
    await proofs_of(ended).keep_up(NOW)
    await proofs_of(ended).keep_up(NOW + DAY)
    for change in (
        update(daily_roots).values(signed="x"),
        delete(daily_roots),
        update(proof_entries).values(digest="x"),
        delete(proof_entries),
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            async with ended.service.app[DATABASE].begin() as connection:
                await connection.execute(change)


async def test_a_sheet_that_somebody_damaged_is_not_entered(ended: Hall) -> None:
    (ended.directory / "record.sheet").write_bytes(b"{}\nsigned f 00\n")
    await proofs_of(ended).keep_up(NOW)
    response = await ended.service.get(f"/broadcasts/{ended.broadcast}/proof")
    assert response.status == 404


async def test_who_agreed_is_told_by_role_and_by_name_only_where_the_policy_says_so(
    chamber: Chamber,
) -> None:
    await chamber.approved()
    await end(chamber.hall)
    await proofs_of(chamber.hall).keep_up(NOW)
    path = f"/broadcasts/{chamber.hall.broadcast}/proof"
    steps = (await read(chamber.hall, path))["approved_by"]
    assert [(one["role"], one["name"]) for one in steps] == [
        ("division_head", None), ("trial_management", None), ("vice_president", None)
    ]  # fmt: skip
    library = chamber.service.app[APPROVALS].policies.library
    known = library.policies["cn-default"]
    open_rules = known.rules.model_copy(update={"approvers": "names"})
    library.policies["cn-default"] = replace(known, rules=open_rules)
    try:
        told = json.dumps((await read(chamber.hall, path))["approved_by"])
    finally:
        library.policies["cn-default"] = known
    assert "Vice" in told


async def test_staff_are_told_of_days_that_wait_for_a_signature(ended: Hall) -> None:
    service, proofs = ended.service, proofs_of(ended)
    now = datetime.now(UTC)
    await proofs.keep_up(now - 3 * DAY)
    days = (await proofs.late(now))[ended.court]
    assert days in {2, 3}  # two in the first hour of a day
    technician = await service.token("tess", Role.TECHNICIAN, ended.court)
    page = {"Accept": "text/html", "Accept-Language": "en", **technician}
    shown = await (await service.client.get("/console", headers=page)).text()
    assert f"no signed root: {days}" in shown
    await proofs.keep_up(now)
    assert await proofs.late(now) == {}
    shown = await (await service.client.get("/console", headers=page)).text()
    assert "no signed root" not in shown
