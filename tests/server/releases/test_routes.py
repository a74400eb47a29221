"""A replay under a policy is watched by somebody else before the public sees it, and ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import select, update

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.broadcasts.service import BROADCASTS
from server.broadcasts.tables import broadcasts
from server.journal.store import Deed, entries, note
from server.playback.sources import SOURCES
from server.releases.service import RELEASES
from tests.server.approvals.conftest import seat
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import Service as Plain
from tests.server.playback.conftest import Service, make_recording

MASTER = "/replay/b2/master.m3u8"
NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


async def hold(service: Service, **values: Any) -> None:  # noqa: ANN401
    await make_recording(service)
    held = {"state": "ended", "replay": "held", "ended_at": NOW, **values}
    async with service.database.begin() as connection:
        await connection.execute(update(broadcasts).where(broadcasts.c.id == "b2").values(held))


async def token(service: Service, name: str, court: str = "sh") -> tuple[str, dict[str, str]]:
    accounts = service.client.app[ACCOUNTS]
    accounts.passwords._hasher = PasswordHasher(1, 64, 1)
    postings = [Posting(Role.TRIAL_MANAGEMENT, court)]
    person = await accounts.add_person(
        name, name.title(), "a long way to the court", postings, must_change=False
    )
    secret = await accounts.issue_token(person.id, "test")
    return person.id, {"Authorization": f"Bearer {secret}"}


async def decide(service: Service, by: dict[str, str], **what: Any) -> Any:  # noqa: ANN401
    path = "/api/v1/broadcasts/b2/replay-decisions"
    return await service.client.post(path, json=what, headers=by)


async def replay_of(service: Service, broadcast: str = "b2") -> Any:  # noqa: ANN401
    async with service.database.read() as connection:
        query = select(broadcasts.c.replay).where(broadcasts.c.id == broadcast)
        return (await connection.execute(query)).scalar()


async def test_who_reviews_watches_it_before_the_public(service: Service) -> None:
    await hold(service)
    _, reviewer = await token(service, "rui")
    _, stranger = await token(service, "sven", "berlin")
    client = service.client
    for by in ({}, stranger):
        assert (await client.get(MASTER, headers=by)).status == 404
    master = await client.get(MASTER, headers=reviewer)
    assert master.status == 200, await master.text()
    lines = (await master.text()).splitlines()
    name = next(line for line in lines if line.endswith("v360.m3u8"))
    listed = await client.get(f"/replay/b2/{name}")  # the session alone is enough
    assert listed.status == 200
    folder = name.rpartition("/")[0]
    assert (await client.get(f"/replay/b2/{folder}/v360/0.m4s")).status == 200
    assert (await client.get("/replay/b2/v360/0.m4s")).status == 404
    waiting = await (await client.get("/api/v1/replays/waiting", headers=reviewer)).json()
    assert [one["broadcast"] for one in waiting["replays"]] == ["b2"]
    others = await (await client.get("/api/v1/replays/waiting", headers=stranger)).json()
    assert others["replays"] == []
    for path in ("/console/reviews", "/console/broadcasts/b2/review"):
        page = await client.get(path, headers=reviewer)
        assert page.status == 200, await page.text()
        assert "b2" in await page.text()
    assert (await decide(service, reviewer, decision="release")).status == 201
    service.client.app[SOURCES].forget_standing("b2")
    assert (await client.get(MASTER)).status == 200
    assert (await decide(service, reviewer, decision="release")).status == 409


async def test_who_operated_it_does_not_release_it(service: Service) -> None:
    await hold(service)
    operator, by = await token(service, "tom")
    async with service.database.begin() as connection:
        await note(connection, Deed("broadcast.start", "broadcast:b2", operator), NOW)
    assert (await decide(service, by, decision="release")).status == 403
    _, other = await token(service, "rui")
    assert (await decide(service, other, decision="refuse")).status == 422
    refused = await decide(service, other, decision="refuse", remark="a child is seen")
    assert refused.status == 201
    assert await replay_of(service) == "none"
    async with service.database.read() as connection:
        noted = [one async for one in entries(connection, "broadcast:b2")]
    assert noted[-1].action == "replay.refuse"
    assert "a child is seen" in noted[-1].details


async def test_two_reviewers_at_once_make_one_decision(service: Service) -> None:
    await hold(service)
    _, rui = await token(service, "rui")
    _, lin = await token(service, "lin")
    both = await asyncio.gather(
        decide(service, rui, decision="release"),
        decide(service, lin, decision="refuse", remark="a child is seen"),
    )
    assert sorted(one.status for one in both) == [201, 409]
    kept = await service.client.get("/api/v1/broadcasts/b2/replay-decisions", headers=rui)
    [made] = (await kept.json())["decisions"]
    assert await replay_of(service) == {"release": "public", "refuse": "none"}[made["decision"]]


async def test_what_is_withdrawn_while_its_release_is_signed_is_not_shown(service: Service) -> None:
    await hold(service)
    _, rui = await token(service, "rui")
    _, lin = await token(service, "lin")
    order = {"kind": "broadcast", "reason": "minor"}
    path = "/api/v1/broadcasts/b2/withdrawals"
    both = await asyncio.gather(
        decide(service, rui, decision="release"),
        service.client.post(path, json=order, headers=lin),
    )
    assert [one.status for one in both] == [201, 201]
    service.client.app[SOURCES].forget_standing("b2")
    assert (await service.client.get(MASTER)).status == 410


async def test_what_has_its_time_becomes_public_and_ends(service: Service) -> None:
    await hold(service, replay_due=NOW)
    releases = service.client.app[RELEASES]
    await releases.look(NOW - timedelta(seconds=1))
    assert await replay_of(service) == "held"
    await releases.look(NOW)
    assert await replay_of(service) == "public"
    until = NOW + timedelta(days=30)
    async with service.database.begin() as connection:
        await connection.execute(update(broadcasts).values(replay_until=until))
    _, by = await token(service, "rui")
    later = until + timedelta(days=3000)
    told = {"decision": "extend", "until": later.isoformat(), "remark": "asked for by a school"}
    assert (await decide(service, by, **told)).status == 201
    await releases.look(until)
    assert await replay_of(service) == "public"
    await releases.look(later)
    assert await replay_of(service) == "none"


async def test_under_a_policy_a_replay_waits(start_service: Any) -> None:  # noqa: ANN401
    plain: Plain = await start_service()
    hall = await furnish(plain)
    await seat(hall, "cn-default")
    await plain.app[BROADCASTS].finish(hall.broadcast)
    about = await plain.app[BROADCASTS].about(hall.broadcast)
    assert (about.replay, about.phase) == ("held", "ended")
