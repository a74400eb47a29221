"""The bad line itself: it does what it says, and the same in each run."""

import asyncio
import contextlib
import socket

import pytest

from tests.services.udp_line import HERE, Fates, UdpLine, Weather, udp_line

MANY = 10_000


def test_datagrams_are_lost_doubled_and_late_as_often_as_was_said() -> None:
    weather = Weather(loss=0.05, doubled=0.01, jitter_s=0.2)
    fates = Fates(7)
    found = [fates.next(weather) for _ in range(MANY)]
    assert sum(not one for one in found) / MANY == pytest.approx(0.05, abs=0.01)
    assert sum(len(one) > 1 for one in found) / MANY == pytest.approx(0.01, abs=0.005)
    late = [seconds for one in found for seconds in one]
    assert 0 <= min(late) < 0.001
    assert 0.199 < max(late) <= 0.2
    again = Fates(7)
    assert found == [again.next(weather) for _ in range(MANY)]


async def test_what_is_sent_by_a_calm_line_comes_and_by_a_bad_one_in_another_order() -> None:
    numbers = list(range(200))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((HERE, 0))
        receiver.setblocking(False)
        async with udp_line(receiver.getsockname()[1]) as line:
            assert await through(line, receiver, numbers) == numbers
            line.weather = Weather(loss=0.05, doubled=0.1, jitter_s=0.05)
            found = await through(line, receiver, numbers)
    assert found != sorted(found)
    assert len(found) > len(set(found))
    assert 5 < line.lost < 20
    assert len(set(found)) == 200 - line.lost


async def test_a_queue_makes_late_and_does_not_let_overtake() -> None:
    numbers = list(range(200))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((HERE, 0))
        receiver.setblocking(False)
        async with udp_line(receiver.getsockname()[1]) as line:
            line.weather = Weather(loss=0.05, doubled=0, jitter_s=0.05, in_order=True)
            found = await through(line, receiver, numbers)
    assert found == sorted(found)
    assert len(found) == 200 - line.lost


async def through(line: UdpLine, receiver: socket.socket, numbers: list[int]) -> list[int]:
    """Send each number by the line; return them as they came."""
    found: list[int] = []
    heard, carried = line.heard + len(numbers), line.carried
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in numbers:
            sender.sendto(b"%d" % number, (HERE, line.port))
    async with asyncio.timeout(30):
        while line.heard < heard or not line.is_empty or len(found) < line.carried - carried:
            with contextlib.suppress(BlockingIOError):
                found.append(int(receiver.recv(100)))
            await asyncio.sleep(0)
    return found
