"""Sessions by WebRTC as visits: counted while the viewer is heard, and by the right they have."""

import asyncio

import pytest
from sqlalchemy import select

from media import SessionFigures
from server.audience import AUDIENCE
from server.audience.tables import totals
from server.broadcasts.direct_viewers import direct_view
from server.partners import PARTNERS
from server.partners.model import TERMS_VERSION, Scope
from server.playback.relays import RELAYS
from tests.server.counted import count_visits
from tests.server.playback.conftest import Service
from tests.server.playback.relayed import FakeRelay
from tests.server.playback.test_whep import SDP, opened, post, relay

__all__ = ["relay"]
SECOND_US = 1_000_000


async def noted(service: Service) -> None:
    """Wait until something that a relay told is counted."""
    async with asyncio.timeout(30):
        while not await count_visits(service.client.app):
            await asyncio.sleep(0.005)


async def watched_us(service: Service) -> int:
    await service.client.app[AUDIENCE].flush(everything=True)
    async with service.database.read() as connection:
        return sum(row.watched_us for row in await connection.execute(select(totals)))


def name_of(location: str) -> str:
    return location.rpartition("/")[2]


async def test_who_watches_is_counted_while_bytes_flow(service: Service, relay: FakeRelay) -> None:
    session = name_of(await opened(service))
    assert await count_visits(service.client.app) == {}
    relay.tell(session, "b1", 0)
    relay.tell(session, "b1", state="connecting")
    relay.tell(session, "b1")
    relay.tell(session, "b1")
    await noted(service)
    assert await count_visits(service.client.app) == {"live_video": 1}


async def test_a_browser_that_vanished_was_not_watching_until_it_was_missed(
    service: Service, relay: FakeRelay
) -> None:
    session = name_of(await opened(service))
    relay.tell(session, "b1", 1000, silent_s=40)
    relay.tell(session, "b1", 2000, silent_s=10)
    # It vanished; for half a minute it is sent to, and told of, and then its consent is over.
    relay.tell(session, "b1", 9000, silent_s=10)
    relay.report(SessionFigures(session, "b1", "closed", 9500, silent_s=10))
    await noted(service)
    while service.client.app[RELAYS].count("b1"):
        await asyncio.sleep(0.005)
    assert 29 * SECOND_US < await watched_us(service) < 31 * SECOND_US


async def test_a_session_of_before_this_server_is_counted_on(
    service: Service, relay: FakeRelay
) -> None:
    session = name_of(await opened(service))
    relay.die()
    relay.streams.clear()
    await relay.connected()
    assert service.client.app[RELAYS].count("b1") == 0
    relay.tell(session, "b1")
    await noted(service)
    assert await count_visits(service.client.app) == {"live_video": 1}
    assert (await service.client.delete(f"/whep/b1/{session}")).status == 200


async def test_programs_are_not_counted_and_partners_stand_apart(
    service: Service, relay: FakeRelay
) -> None:
    robot = await post(service, **{"User-Agent": "Examplebot/1.0"})
    partners = service.client.app[PARTNERS]
    partner = await partners.add("Press", "")
    _, key = await partners.add_key(partner.id, "", [Scope.PULL])
    await partners.accept_terms(partner.id, TERMS_VERSION)
    press = await post(service, Authorization=f"Bearer {key}")
    for response in (robot, press):
        relay.tell(name_of(response.headers["Location"]), "b1")
    await noted(service)
    assert await count_visits(service.client.app) == {"partner": 1}


async def test_the_console_is_told_how_viewers_fare(service: Service, relay: FakeRelay) -> None:
    session = name_of(await opened(service))
    relay.tell(session, "b1", rung="v360", bit_rate=800_000, loss_percent=1.5, rtt_ms=30)
    await noted(service)
    view = direct_view(service.client.app, "b1")
    assert (view["viewers"], view["bit_rate"], view["worst_loss_percent"]) == (1, 800_000, 1.5)
    assert view["rungs"][0]["rung"] == "v360"
    metrics = await (await service.client.get("/metrics")).text()
    assert 'tingbo_webrtc_sessions{rung="v360"} 1.0' in metrics
    assert "tingbo_webrtc_relays 1.0" in metrics
    assert session not in metrics


@pytest.mark.parametrize("name", ["", "s1", "z" * 60, "p"])
async def test_a_name_that_is_not_ours_counts_nobody(
    service: Service, relay: FakeRelay, name: str
) -> None:
    relay.tell(name, "b1")
    session = name_of(
        (await service.client.post("/whep/b1", data="v=0", headers=SDP)).headers["Location"]
    )
    relay.tell(session, "b1")
    await noted(service)
    assert await count_visits(service.client.app) == {"live_video": 1}
