"""A bad line for datagrams: they are lost, late, overtake one another, and some come twice.

What ``tc netem`` would do, without its kernel module and without root; the same seed makes the same
trouble. ``rtsp_line`` carries a camera's RTSP connection untouched and its RTP and RTCP by such
lines, by naming their ports to the camera instead of the client's.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

HERE = "127.0.0.1"
_MOST_HELD = 4000
_NEXT_S = 1e-6  # timers that are due together run in no order
_LARGEST = 65_536
_CLIENT_PORTS = re.compile(rb"client_port=(\d+)-(\d+)")


@dataclass(frozen=True)
class Weather:
    """Shares of datagrams that are lost and doubled, and the most by which one is late.

    ``in_order``: who is late holds up all behind it, as in a queue, instead of being overtaken.
    """

    loss: float = 0.05
    doubled: float = 0.01
    jitter_s: float = 0.2
    in_order: bool = False


CALM = Weather(0, 0, 0)


class Fates:
    """Decides what becomes of each datagram [pure]."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (the same trouble in each run)

    def next(self, weather: Weather) -> list[float]:
        """Return by how many seconds each copy of the next one is late; none: it is lost."""
        if self._chance.random() < weather.loss:
            return []
        copies = 2 if self._chance.random() < weather.doubled else 1
        return [self._chance.uniform(0, weather.jitter_s) for _ in range(copies)]


class UdpLine(asyncio.DatagramProtocol):
    """Passes on what comes to its port; calm unless ``weather`` is set to something else."""

    def __init__(self, to: int, seed: int) -> None:
        self.weather = CALM
        self.heard = self.carried = self.lost = 0
        self._to, self._fates, self._held = to, Fates(seed), 0
        self._latest = 0.0  # when the last of those that are held is due
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        """Where to send to."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    @property
    def is_empty(self) -> bool:
        """Whether all that was heard has been carried or lost."""
        return not self._held

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, _: object) -> None:
        """Hold a datagram for as long as it is late; what would be held too many are lost."""
        self.heard += 1
        late = self._fates.next(self.weather)
        if not late or self._held >= _MOST_HELD:
            self.lost += 1
        loop = asyncio.get_running_loop()
        for seconds in late if self._held < _MOST_HELD else ():
            self._held += 1
            due = loop.time() + seconds
            if self.weather.in_order:
                due = max(due, self._latest + _NEXT_S)
            self._latest = max(due, self._latest)
            loop.call_at(due, self._deliver, data)

    def _deliver(self, data: bytes) -> None:
        self._held -= 1
        self.carried += 1
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, (HERE, self._to))

    def close(self) -> None:
        """Carry nothing more."""
        if self._transport is not None:
            self._transport.close()


async def _open(to: int, seed: int) -> UdpLine:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_datagram_endpoint(lambda: UdpLine(to, seed), local_addr=(HERE, 0))
    return line


@asynccontextmanager
async def udp_line(to: int, seed: int = 4) -> AsyncIterator[UdpLine]:
    """Have a line to a port on loopback as long as the block lasts."""
    line = await _open(to, seed)
    try:
        yield line
    finally:
        line.close()


class RtspLine:
    """Stands before an RTSP camera; ``weather`` is that of its datagrams."""

    def __init__(self, behind: int, seed: int) -> None:
        self.port = 0
        self.weather = CALM
        self._behind, self._seed = behind, seed
        self.lines: list[UdpLine] = []

    def set(self, weather: Weather) -> None:
        """Have another weather from now on."""
        self.weather = weather
        for line in self.lines:
            line.weather = weather

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side ends it."""
        try:
            far_reader, far_writer = await asyncio.open_connection(HERE, self._behind)
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.create_task(self._ask(reader, far_writer)),
            asyncio.create_task(_carry(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, far_writer):
                end.close()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_LARGEST):
            found = _CLIENT_PORTS.search(data)
            if found:
                ports = [await self._line(int(port)) for port in found.groups()]
                data = _CLIENT_PORTS.sub(b"client_port=%d-%d" % (ports[0], ports[1]), data)
            writer.write(data)
            await writer.drain()

    async def _line(self, to: int) -> int:
        line = await _open(to, self._seed + len(self.lines))
        line.weather = self.weather
        self.lines.append(line)
        return line.port


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_LARGEST):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def rtsp_line(behind: int, seed: int = 4) -> AsyncIterator[RtspLine]:
    """Have a line to an RTSP camera on loopback as long as the block lasts."""
    line = RtspLine(behind, seed)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await line.connected(reader, writer)

    server = await asyncio.start_server(connected, HERE, 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        async with server:
            yield line
    finally:
        for one in line.lines:
            one.close()
