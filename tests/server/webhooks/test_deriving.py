"""What is read from the journal and from the air, and what partners are not told of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from server.accounts.roles import Role
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.journal.store import Deed, note
from server.notices.service import NOTICES
from server.partners.model import TERMS_VERSION
from server.webhooks.deriving import Deriving
from server.webhooks.routes import DUTY
from server.webhooks.tables import events
from tests.server.approvals.conftest import seat, withdraw_notice
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import Service
from tests.server.webhooks.conftest import Office

NOW = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)


async def told(service: Service, deriving: Deriving | None = None) -> list[tuple[str, Any]]:
    """Read what is new; return kind and data of all events, oldest first."""
    if deriving is None:
        deriving = Deriving(service.app[DATABASE], service.app[NOTICES], lambda _: None)
    await deriving.look(NOW)
    async with service.app[DATABASE].read() as connection:
        query = select(events.c.kind, events.c.data).order_by(events.c.sequence)
        return [(row.kind, row.data) for row in await connection.execute(query)]


async def noted(service: Service, action: str, about: str, **details: object) -> None:
    async with service.app[DATABASE].begin() as connection:
        await note(connection, Deed(action, about, "", details), NOW)


async def told_partner(service: Service, court: str) -> None:
    """Add a partner of a court, with an endpoint that somebody else would tell."""
    service.app[DUTY].stop()
    pam = await service.token("pam", Role.PARTNER_MANAGER, court)
    made = await service.post("/partners", {"name": "台", "court": court}, headers=pam)
    partner = f"/partners/{(await made.json())['id']}"
    terms = {"terms_version": TERMS_VERSION}
    await service.client.patch(f"/api/v1{partner}", json=terms, headers=pam)
    hook = {"url": "https://partner.example/"}
    assert (await service.post(f"{partner}/webhooks", hook, headers=pam)).status == 201


async def test_a_case_is_announced_by_its_notice_and_not_before(service: Service) -> None:
    chamber = await seat(await furnish(service))
    await told_partner(service, chamber.hall.court)
    await withdraw_notice(chamber)
    await noted(service, "broadcast.plan", f"broadcast:{chamber.hall.broadcast}")
    assert [kind for kind, _ in await told(service)] == ["broadcast.unannounced"]
    late = {"late_reason": "The judge has shortened the time."}
    await chamber.did("POST", f"/hearings/{chamber.hearing}/notice", "technician", late)
    [_, (kind, data)] = await told(service)
    assert (kind, set(data)) == ("broadcast.announced", {"scheduled_at"})

    hearing = f"/hearings/{chamber.hearing}"
    at = (datetime.now(UTC) + timedelta(days=20)).isoformat()
    await chamber.did("PATCH", hearing, "technician", {"title": "另案", "scheduled_at": at})
    [_, _, (kind, data)] = await told(service)
    assert (kind, set(data)) == ("broadcast.moved", {"scheduled_at"})
    await chamber.did("PATCH", hearing, "technician", {"title": "再改"})
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    moved = {"reason": "The judge is ill.", "until": until}
    await chamber.did("POST", f"{hearing}/adjournment", "technician", moved)
    await chamber.did("POST", f"{hearing}/cancellation", "technician", {"reason": "Settled."})
    [_, _, _, adjourned, cancelled] = await told(service)
    assert adjourned[0] == "broadcast.adjourned"
    assert datetime.fromisoformat(adjourned[1]["scheduled_at"]) == datetime.fromisoformat(until)
    assert cancelled == ("broadcast.cancelled", {})


async def test_replays_and_the_end_are_told_as_the_public_sees_them(office: Office) -> None:
    service = office.service
    service.app[DUTY].stop()
    await office.add("https://partner.example/", events=["content.withdrawn"])
    shown = ["upcoming"]
    deriving = Deriving(service.app[DATABASE], service.app[NOTICES], lambda _: shown[-1])

    async def kinds() -> list[str]:
        return [kind for kind, _ in await told(service, deriving)]

    for state in ("live", "recess", "live", "live", "upcoming", "interrupted"):
        shown.append(state)
        await deriving.look(NOW)
    assert await kinds() == [
        f"broadcast.{state}" for state in ("live", "recess", "resumed", "interrupted")
    ]
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(update(broadcasts).values(state="ended", replay="held"))
        await note(connection, Deed("broadcast.over", "broadcast:b1", ""), NOW)
    assert (await kinds())[-1] == "broadcast.ended"
    await noted(service, "replay.due", "broadcast:b1")  # and it is held
    assert (await kinds())[-1] == "broadcast.ended"
    async with service.app[DATABASE].begin() as connection:
        await connection.execute(update(broadcasts).values(replay="public"))
        await note(connection, Deed("replay.release", "broadcast:b1", "", {"remark": "x"}), NOW)
    await noted(service, "replay.over", "broadcast:b1")
    assert (await kinds())[-2:] == ["replay.released", "replay.expired"]
    before = await kinds()
    await noted(service, "hearing.cancel", "hearing:of-nothing", broadcast=None)
    await noted(service, "withdrawal.order", "broadcast:b1", kind="name")  # torn
    await noted(service, "replay.over", "broadcast:b1")
    assert await kinds() == [*before, "replay.expired"]


async def test_two_that_read_at_once_tell_once(office: Office) -> None:
    service = office.service
    service.app[DUTY].stop()
    await office.add("https://partner.example/")
    for _ in range(3):
        await noted(service, "replay.over", "broadcast:b1")
    one, other = (
        Deriving(service.app[DATABASE], service.app[NOTICES], lambda _: None) for _ in range(2)
    )
    await asyncio.gather(one.look(NOW), other.look(NOW))
    await asyncio.gather(one.look(NOW), other.look(NOW))
    found = [kind for kind, _ in await told(service)]
    assert found.count("replay.expired") == 3
