"""A viewer's ear is where the viewer is: what is usual is noted, what is not comes to its owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.feeds.rtcp import ReportBlock, picture_loss, receiver_report
from media.relay.connection import Connection
from media.relay.ears import Ears
from media.relay.intake import Intake
from tests.media.relay.connecting import Owner, Room, listening
from tests.media.relay.handmade import Handmade
from tests.media.relay.test_connection import connected

WITHIN = 30.0
SSRC = 111
WELL = receiver_report(9, ReportBlock(SSRC, 0, 5, 1, 2, 7, 9), "viewer")


@pytest.fixture
async def room(library: Path) -> AsyncIterator[Room]:
    async with listening(intake=Intake(library)) as made:
        yield made


def ears(room: Room) -> Ears:
    assert room.port.ears is not None
    return room.port.ears


async def usually_answered(room: Room, viewer: Handmade) -> None:
    """Check until a check is answered without being read."""
    reading = ears(room)._readings[0]
    before = reading.answered
    async with asyncio.timeout(WITHIN):
        while reading.answered == before:
            transaction = viewer.check()
            while (await viewer.answers.get()).transaction != transaction:
                pass


async def heard(owner: Owner, viewer: Handmade, report: bytes) -> None:
    """Send a report that is brought to the owner, and wait for it."""
    assert viewer.outbound is not None
    owner.reported.clear()
    viewer.send(viewer.outbound.protect_rtcp(report))
    async with asyncio.timeout(WITHIN):
        await owner.reported.wait()
    assert owner.reports[-1] == report


async def test_what_is_usual_is_noted_and_a_request_is_brought(room: Room) -> None:
    async with connected(room) as (connection, owner, viewer, _):
        assert connection.ear is not None
        assert viewer.outbound is not None
        connection.ear.expect([SSRC])
        await usually_answered(room, viewer)
        viewer.send(viewer.outbound.protect_rtcp(WELL))
        await heard(owner, viewer, picture_loss(9, SSRC))
        assert len(owner.reports) == 1
        assert [block.lost for block, _ in connection.ear.news()] == [5]


async def test_garbage_and_repeats_are_counted_as_without_it(room: Room) -> None:
    async with connected(room) as (_, owner, viewer, _):
        assert viewer.outbound is not None
        report = viewer.outbound.protect_rtcp(picture_loss(9, SSRC))
        for datagram in (b"\x80\x60" + bytes(20), b"\x80\xc9" + bytes(30), report, report):
            viewer.send(datagram)
        async with asyncio.timeout(WITHIN):
            while room.port.counted.total() < 3:
                await asyncio.sleep(0)
        assert room.port.counted == {"unwanted": 1, "not authentic": 2}
        assert len(owner.reports) == 1


async def test_it_follows_to_another_address_with_the_new_password(room: Room) -> None:
    async with connected(room) as (connection, owner, viewer, _):
        await usually_answered(room, viewer)
        new = Handmade()
        new.theirs, new.candidates = connection.restart(new.ours), viewer.candidates
        await new.by_udp()
        new.check()
        async with asyncio.timeout(WITHIN):
            await owner.moved.wait()
        await usually_answered(room, new)
        new.outbound = viewer.outbound
        await heard(owner, new, picture_loss(9, SSRC))
        assert len(ears(room)._readings[0]._ears) == 1
        new.close()


async def test_whoever_was_heard_by_it_keeps_the_address(room: Room) -> None:
    async with connected(room) as (connection, _, viewer, _):
        path, pairs = next(iter(connection._paths)), connection._agent._pairs
        pairs[path].heard = 0.0
        assert not connection.was_heard(path, connection.now())
        await usually_answered(room, viewer)
        pairs[path].heard = 0.0
        assert connection.was_heard(path, connection.now())


async def test_consent_is_asked_for_and_renewed_where_the_ear_is(room: Room) -> None:
    async with connected(room) as (connection, _, viewer, _):
        await usually_answered(room, viewer)
        ear, agent, asked = connection.ear, connection._agent, len(viewer.checks)
        assert ear is not None
        ear.fields.consent.due = 1.0
        agent.consent_until = connection.now() + 1.0
        async with asyncio.timeout(WITHIN):
            while not ear.consent[0]:
                viewer.check()  # something comes, so the port is read
                await asyncio.sleep(0.05)
        check = viewer.checks[asked]
        assert check.username == (viewer.ours.ufrag, viewer.theirs.ufrag)
        connection._on_time()
        assert agent.consent_until > connection.now() + 20
        assert connection.rtt_ms == pytest.approx(ear.consent[1] * 1000)


async def test_who_is_not_asked_by_it_any_more_is_asked_all_the_same(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.relay.ice.CONSENT_SECONDS", 0.02)
    async with connected(room) as (connection, owner, viewer, _):
        ear = connection.ear
        assert ear is not None
        ear.ask_no_more()
        until, asked = connection._agent.consent_until, len(viewer.checks)
        async with asyncio.timeout(WITHIN):
            while len(viewer.checks) < asked + 3:
                await asyncio.sleep(0.01)
        monkeypatch.setattr("media.relay.ice.CONSENT_LOST_SECONDS", 0.2)
        assert connection._agent.consent_until >= until
        viewer.answers_checks = False
        connection._agent.consent_until = connection.now() + 0.1
        async with asyncio.timeout(WITHIN):
            await owner.closed.wait()
        assert owner.reason == "no consent any more"


async def test_nothing_is_left_of_one_who_has_gone(room: Room) -> None:
    async with connected(room) as (connection, _, viewer, _):
        await usually_answered(room, viewer)
        ear = connection.ear
        assert ear is not None
        connection.close()
        assert not ears(room)._receivers
        assert not ears(room)._readings[0]._ears
        assert not any(bytes(ear.fields))


async def test_a_viewer_by_tcp_has_none_and_is_served(room: Room) -> None:
    viewer = Handmade()
    connection, owner, answer, _ = room.accept(viewer.offer())
    viewer.take_answer(answer)
    reading = await viewer.by_tcp()
    async with asyncio.timeout(WITHIN):
        viewer.check()
        await viewer.shake_hands()
        await owner.connected.wait()
    assert isinstance(connection, Connection)
    assert not ears(room)._readings[0]._ears
    await heard(owner, viewer, WELL)
    connection.close()
    viewer.close()
    reading.cancel()
