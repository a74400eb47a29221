"""A viewer's connection, with aiortc at its other end: it connects, moves, restarts and ends."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

import pytest
from pylibsrtp import Session

from media.relay import connection as connecting_module
from media.relay import stun
from media.relay.connection import Connection
from media.relay.gcm import Gcm
from media.relay.ice import MOST_PATHS, Path
from tests.media.relay.connecting import (
    Owner,
    Room,
    listening,
    protected,
    sing,
    take,
    viewer,
)
from tests.media.relay.handmade import Handmade

pytestmark = [
    # aioice's transports close one turn of the loop after the connection, often after the test.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
WITHIN = 30.0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_viewer_connects_hears_and_reports(address: str) -> None:
    async with listening(address) as room, viewer("audio", address=address) as (peer, tracks):
        connection, owner, answer, (sound,) = room.accept(peer.localDescription.sdp)
        await take(peer, answer)
        async with asyncio.timeout(WITHIN):
            await owner.connected.wait()
            assert connection.way == "udp"
            singing = asyncio.create_task(
                sing(connection, sound.codec.payload_type, sound.negotiated.ssrc)
            )
            await tracks[0].recv()
            await owner.reported.wait()
        singing.cancel()
        assert owner.reports[0][1] in range(200, 208)
        connection.close()
        async with asyncio.timeout(WITHIN):
            while peer.connectionState != "closed":
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def connected(room: Room) -> AsyncIterator[tuple[Connection, Owner, Handmade, Session]]:
    """Give a connection at whose other end is a viewer made by hand."""
    viewer = Handmade()
    connection, owner, answer, _ = room.accept(viewer.offer())
    viewer.take_answer(answer)
    await viewer.by_udp()
    async with asyncio.timeout(WITHIN):
        viewer.check()
        session = await viewer.shake_hands()
        await owner.connected.wait()
    try:
        yield connection, owner, viewer, session
    finally:
        connection.close()
        viewer.close()


async def test_a_restart_moves_to_another_address_and_the_old_one_serves_until_then() -> None:
    async with listening() as room, connected(room) as (connection, owner, viewer, session):
        new = Handmade()
        new.theirs = connection.restart(new.ours)
        connection.send(protected(connection, packet(1)))
        assert session.unprotect(await viewer.media.get()) == packet(1)
        new.candidates = viewer.candidates
        await new.by_udp()
        new.check()
        async with asyncio.timeout(WITHIN):
            await owner.moved.wait()
        connection.send(protected(connection, packet(2)))
        async with asyncio.timeout(WITHIN):
            assert session.unprotect(await new.media.get()) == packet(2)
        transaction = viewer.check()  # by the credentials that are no more
        transaction = new.check()
        async with asyncio.timeout(WITHIN):
            while (await new.answers.get()).transaction != transaction:
                pass
        assert viewer.answers.qsize() <= 1
        new.close()


async def test_a_restart_that_nobody_follows_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connecting_module, "RESTART_SECONDS", 0.05)
    async with listening() as room, connected(room) as (connection, _, viewer, session):
        old = connection.local
        connection.restart(Handmade().ours)
        assert connection.local != old
        async with asyncio.timeout(WITHIN):
            while connection.local != old:
                await asyncio.sleep(0.01)
        connection.send(protected(connection, packet(1)))
        assert session.unprotect(await viewer.media.get()) == packet(1)


async def test_a_viewer_that_never_finishes_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting_module, "CONNECT_SECONDS", 0.1)
    async with listening() as room:
        viewer = Handmade()
        connection, owner, answer, _ = room.accept(viewer.offer())
        viewer.take_answer(answer)
        await viewer.by_udp()
        viewer.check()
        async with asyncio.timeout(WITHIN):
            await owner.closed.wait()
        assert owner.reason == "not connected in time"
        assert room.port.counted == {"not connected in time": 1}
        assert connection.over
        assert not room.port._by_path
        assert not room.port._by_ufrag
        assert not room.port._by_mark
        viewer.close()


async def test_dtls_that_comes_before_the_path_is_proved_waits_for_it() -> None:
    async with listening() as room:
        viewer = Handmade(answers_checks=False)
        connection, owner, answer, _ = room.accept(viewer.offer())
        viewer.take_answer(answer)
        await viewer.by_udp()
        async with asyncio.timeout(WITHIN):
            viewer.check()
            await viewer.answers.get()
            shaking = asyncio.create_task(viewer.shake_hands())
            while not viewer.checks:
                await asyncio.sleep(0)
            await asyncio.sleep(0.05)
            assert viewer.arrived.empty()  # nothing large goes where nobody has agreed to it
            viewer.answers_checks = True
            await shaking
            await owner.connected.wait()
        connection.close()
        viewer.close()


async def test_media_garbage_and_repeats_from_a_viewer_reach_nobody() -> None:
    async with listening() as room, connected(room) as (_, owner, viewer, _):
        assert viewer.outbound is not None
        report = viewer.outbound.protect_rtcp(bytes.fromhex("80c9000100000001"))
        for datagram in (
            viewer.outbound.protect(packet(1)),
            b"\x80\xc9" + bytes(30),
            b"\x80",
            report,
            report,
        ):
            viewer.send(datagram)
        async with asyncio.timeout(WITHIN):
            while room.port.counted.total() < 4:
                await asyncio.sleep(0)
        assert len(owner.reports) == 1
        assert room.port.counted == {"unwanted": 2, "not authentic": 2}


async def test_a_flood_of_reports_is_cut_off_before_it_is_decrypted() -> None:
    async with listening() as room, connected(room) as (connection, owner, _, _):
        path = next(iter(connection._paths))
        for _ in range(5000):
            connection.on_rtp(b"\x80\xc9" + bytes(30), path)
        assert room.port.counted["not authentic"] <= 2000  # the second may turn meanwhile
        assert room.port.counted["flood"] >= 3000
        assert owner.reports == []


async def test_a_viewer_who_claims_many_addresses_keeps_a_bounded_number() -> None:
    async with listening() as room, connected(room) as (connection, _, viewer, _):
        for number in range(40):
            attributes = [
                (stun.USERNAME, f"{viewer.theirs.ufrag}:{viewer.ours.ufrag}".encode()),
                (stun.PRIORITY, bytes(4)),
                (stun.ICE_CONTROLLING, bytes(8)),
            ]
            key = stun.Key(viewer.theirs.password.encode())
            request = stun.build(stun.BINDING_REQUEST, bytes(12), attributes, key)
            path = Path("udp", 0, ("127.0.0.1", 1 + number))
            connection.on_stun(stun.parse(request), path)
        assert len(room.port._by_path) <= MOST_PATHS + 1
        assert connection._paths >= set(room.port._by_path)
        connection.close()
        assert not room.port._by_path


async def test_a_viewer_that_says_goodbye_is_gone() -> None:
    async with listening() as room, connected(room) as (_, owner, viewer, _):
        assert viewer.tls is not None
        viewer.tls.shutdown()
        viewer.flush()
        async with asyncio.timeout(WITHIN):
            await owner.closed.wait()
        assert owner.reason == "closed by the viewer"


async def test_who_has_left_can_be_sent_nothing_more(gcm: Gcm) -> None:
    async with listening() as room:
        room.gcm = gcm
        async with connected(room) as (connection, _, _, _):
            assert connection.protector.spread is not None
            protected(connection, packet(1))
            connection.close()
            assert connection.protector.protect(packet(2), 2) is None


async def test_without_rtx_a_second_of_pictures_can_be_sent_again() -> None:
    async with listening() as room, connected(room) as (connection, _, _, _):
        first = protected(connection, packet(1))
        for number in range(2, 1000):
            protected(connection, packet(number))
        assert protected(connection, packet(1)) == first


async def test_without_consent_nothing_more_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.relay.ice.CONSENT_SECONDS", 0.02)
    async with listening() as room, connected(room) as (connection, owner, viewer, _):
        agent, asked = connection._agent, len(viewer.checks)
        given = agent.consent_until
        async with asyncio.timeout(WITHIN):
            while len(viewer.checks) < asked + 3 or agent.consent_until <= given:
                await asyncio.sleep(0.01)  # it is renewed
        assert not connection.over
        monkeypatch.setattr("media.relay.ice.CONSENT_LOST_SECONDS", 0.2)
        viewer.answers_checks = False
        agent.consent_until = connection.now() + 0.2
        async with asyncio.timeout(WITHIN):
            await owner.closed.wait()
        assert owner.reason == "no consent any more"


def packet(number: int) -> bytes:
    return struct.pack("!BBHII", 0x80, 111, number, 960 * number, 333) + b"sound"
