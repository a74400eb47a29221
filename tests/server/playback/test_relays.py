import asyncio
import contextlib
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from media import Change, Offer, SessionFigures
from server.errors import NotFound, TooMany, Unavailable
from server.places import Places
from server.playback.relay import RelayClient
from server.playback.relays import Relays
from server.relaying import RelaySettings
from server.supervisor import Supervisor
from server.wanted import Processes
from tests.server.playback.relayed import FakeRelay, listening

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


@asynccontextmanager
async def several(folder: Path, count: int = 2) -> AsyncIterator[tuple[Relays, list[FakeRelay]]]:
    async with AsyncExitStack() as stack:
        paths = [folder / f"relay-{index}.sock" for index in range(count)]
        fakes = [await stack.enter_async_context(listening(path)) for path in paths]
        relays = Relays([RelayClient(path, lambda *_: None) for path in paths])
        task = asyncio.create_task(relays.run())
        while relays.connected < count:
            await asyncio.sleep(0)
        yield relays, fakes
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def offer(session: str) -> Offer:
    return Offer(session, "b1", "/run/worker.sock", "v=0")


async def test_viewers_are_spread_over_the_relays(tmp_path: Path) -> None:
    async with several(tmp_path) as (relays, fakes):
        await asyncio.gather(*(relays.offer(offer(f"s{number}"), HERE) for number in range(6)))
        assert [len(fake.offers) for fake in fakes] == [3, 3]
        assert relays.count("b1") == 6


async def test_a_session_stays_with_its_relay(tmp_path: Path) -> None:
    async with several(tmp_path) as (relays, fakes):
        for number in range(4):
            await relays.offer(offer(f"s{number}"), HERE)
        keeper = next(fake for fake in fakes if "s3" in {one.session for one in fake.offers})
        await relays.change(Change("s3", "a=candidate:1", ""))
        assert [one.session for one in keeper.changes] == ["s3"]
        relays.close("s3")
        await keeper.until(1)
        assert relays.broadcast_of("s3") is None
        with pytest.raises(NotFound):
            await relays.change(Change("s3", "a=candidate:1", ""))


async def test_a_full_relay_is_passed_over(tmp_path: Path) -> None:
    async with several(tmp_path) as (relays, fakes):
        fakes[0].status = 503
        assert {(await relays.offer(offer(f"s{n}"), HERE)).status for n in range(3)} == {201}
        fakes[1].status = 503
        assert (await relays.offer(offer("s9"), HERE)).status == 503


async def test_the_viewers_of_a_relay_that_dies_are_gone_and_the_others_are_not(
    tmp_path: Path,
) -> None:
    async with several(tmp_path) as (relays, fakes):
        for number in range(4):
            await relays.offer(offer(f"s{number}"), HERE)
        kept = {one.session for one in fakes[1].offers}
        fakes[0].is_silent = True
        fakes[0].die()
        while relays.connected == 2:
            await asyncio.sleep(0)
        assert {one.session for one in relays.sessions()} == kept
        assert (await relays.offer(offer("s9"), HERE)).status == 201
        assert fakes[1].offers[-1].session == "s9"


async def test_viewers_stay_spread_when_a_relay_comes_back(tmp_path: Path) -> None:
    async with several(tmp_path) as (relays, fakes):
        for number in range(6):
            await relays.offer(offer(f"s{number}"), HERE)
        fakes[0].die()
        while relays.connected == 2:
            await asyncio.sleep(0)
        await relays.offer(offer("s6"), HERE)  # who is quicker than the relay
        assert len(fakes[1].offers) == 4
        async with asyncio.timeout(30):
            while relays.connected < 2:
                await asyncio.sleep(0.01)
        before = len(fakes[0].offers)
        for number in range(7, 9):
            await relays.offer(offer(f"s{number}"), HERE)
        assert [len(fakes[0].offers) - before, len(fakes[1].offers)] == [2, 4]
        for number in range(9, 15):
            await relays.offer(offer(f"s{number}"), HERE)
        assert [len(client.sessions) for client in relays.clients] == [6, 6]


async def test_a_relay_that_hangs_is_the_last_that_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with several(tmp_path) as (relays, fakes):
        fakes[0].is_silent = True
        with monkeypatch.context() as impatient:  # with the silent one, not with the other
            impatient.setattr("server.playback.relay.ANSWER_SECONDS", 0.02)
            first = asyncio.ensure_future(relays.offer(offer("s0"), HERE))
            await asyncio.sleep(0)
        assert (await first).status == 201
        for number in range(1, 5):
            assert (await relays.offer(offer(f"s{number}"), HERE)).status == 201
        assert len(fakes[0].offers) == 1
        assert len(fakes[1].offers) == 5


async def test_what_one_relay_refuses_the_others_are_not_asked(tmp_path: Path) -> None:
    async with several(tmp_path) as (relays, fakes):
        fakes[0].status = fakes[1].status = 422
        assert (await relays.offer(offer("s1"), HERE)).status == 422
        assert sum(len(fake.offers) for fake in fakes) == 1


async def test_without_relays_there_is_no_answer(tmp_path: Path) -> None:
    relays = Relays([RelayClient(tmp_path / "nobody.sock", lambda *_: None)])
    with pytest.raises(Unavailable):
        await relays.offer(offer("s1"), HERE)


async def test_who_asks_and_never_connects_leaves_room_for_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.relays.MOST_HALF_OPEN_PER_ADDRESS", 2)
    async with several(tmp_path, 1) as (relays, (fake,)):
        for number in range(2):
            await relays.offer(offer(f"s{number}"), HERE)
        with pytest.raises(TooMany):
            await relays.offer(offer("s2"), HERE)
        assert (await relays.offer(offer("s3"), ELSEWHERE)).status == 201
        fake.tell("s0", "b1")  # connected
        fake.report(SessionFigures("s1", "b1", "closed"))
        while relays.broadcast_of("s1"):
            await asyncio.sleep(0)
        for number in range(4, 6):
            assert (await relays.offer(offer(f"s{number}"), HERE)).status == 201
        fake.is_silent = True
        monkeypatch.setattr("server.playback.relays.MOST_HALF_OPEN_PER_ADDRESS", 3)
        waiting = asyncio.create_task(relays.offer(offer("s6"), HERE))
        await asyncio.sleep(0)
        with pytest.raises(TooMany):
            await relays.offer(offer("s7"), HERE)
        fake.die()
        with pytest.raises(Unavailable):
            await waiting


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.02)


def running(name: str, data: Path) -> list[int]:
    """Return the processes that were started with this assignment."""
    assignment = f"{data / 'run' / 'assignments' / name}.json".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # others end at any moment
            if assignment in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def neighbours() -> int:
    """Return the first of two ports that nobody has, of those that are given to nobody by itself.

    Whoever connects or asks for any port gets one of the others at any moment.
    """
    given_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(given_from // 2, given_from - 2), 100):
        with contextlib.ExitStack() as taken, contextlib.suppress(OSError):
            for number in (port, port + 1):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    probe = taken.enter_context(socket.socket(socket.AF_INET, kind))
                    probe.bind(("127.0.0.1", number))
            return port
    raise AssertionError("no port is free")


@pytest.mark.services
async def test_a_relay_that_was_killed_is_started_again_at_its_port(tmp_path: Path) -> None:
    places = Places(tmp_path)
    wanted = RelaySettings(2, ("127.0.0.1",), port=neighbours()).assignments(places)
    processes, stop = Processes(tmp_path), asyncio.Event()
    for name, assignment in wanted.items():
        processes.want(name, "media.relay.process", assignment)
    relays = Relays([RelayClient(one["socket"], lambda *_: None) for one in wanted.values()])
    tasks = [
        asyncio.create_task(Supervisor(tmp_path).run(stop)),
        asyncio.create_task(relays.run()),
    ]
    try:
        async with asyncio.timeout(30):
            await until(lambda: relays.connected == 2)
            (victim,) = running("relay-0", tmp_path)
            os.kill(victim, signal.SIGKILL)
            await until(lambda: relays.connected == 1)
            await until(lambda: relays.connected == 2)
        assert running("relay-0", tmp_path) != [victim]
    finally:
        stop.set()
        await tasks[0]
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
